/* SPDX-License-Identifier: MIT */
/* The walk that the processor makes for an address (Intel SDM vol. 3, 4.5.4). */
#include "example.h"

enum { ENTRY_PRESENT = 1, ENTRY_WRITABLE = 2, ENTRY_LARGE = 128, ROOT_SHIFT = 39, LAST_SHIFT = 12, BITS_EACH = 9 };

#define ENTRY_NO_EXECUTE (1ull << 63)
#define ENTRY_ADDRESS    0x000ffffffffff000ull

bool page_at(uint64_t virtual, struct page *page)
{
	uint64_t table = READ_CONTROL_REGISTER("cr3");
	struct page found = { .writable = true, .executable = true };

	for (unsigned shift = ROOT_SHIFT;; shift -= BITS_EACH) {
		uint64_t entry = ((const uint64_t *)at(table & ENTRY_ADDRESS))[virtual >> shift & 511];

		if (!(entry & ENTRY_PRESENT))
			return false;
		found.writable = found.writable && entry & ENTRY_WRITABLE;
		found.executable = found.executable && !(entry & ENTRY_NO_EXECUTE);
		table = entry;
		if (shift == LAST_SHIFT || (shift != ROOT_SHIFT && entry & ENTRY_LARGE)) {
			found.bytes = 1ull << shift;
			break;
		}
	}
	found.physical = (table & ENTRY_ADDRESS & ~(found.bytes - 1)) + (virtual & (found.bytes - 1));
	*page = found;
	return true;
}
