/* SPDX-License-Identifier: MIT */
/* The processor's page walk (Intel SDM volume 3, 4.5) over the places of a plan. */
#include "kernel-handoff/paging/page_walk.h"

#include "core/base/span.h"
#include "kernel-handoff/paging/page_tables.h"

static enum status read_entry(const struct plan *plan, uint64_t phys, uint64_t *entry, struct err *err)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];

		if (phys < place->start || phys - place->start >= place->file_bytes)
			continue;
		if (file_read(place->file, place->file_offset + (phys - place->start), sizeof bytes, bytes, err) != OK)
			return err->code;
		*entry = get_le64(bytes);
		return OK;
	}
	return err_set(err, ERR_CORRUPT, "there is no page table at {a:x}", NULL, phys, 0);
}

enum status page_walk(const struct plan *plan, uint64_t virt, struct page_walk *walk, struct err *err)
{
	struct page_walk result = { .phys = plan->page_table_root, .writable = true, .executable = true };
	unsigned shift = 39;
	uint64_t entry = 0, upper_bits = virt >> 47;

	if (upper_bits != 0 && upper_bits != (UINT64_MAX >> 47))
		return err_set(err, ERR_NOT_FOUND, "virtual address {a:x} is not canonical", NULL, virt, 0);
	for (;; shift -= 9) {
		if (read_entry(plan, result.phys + ((virt >> shift) & 511) * 8, &entry, err) != OK)
			return err->code;
		if ((entry & PAGE_PRESENT) == 0)
			return err_set(err, ERR_NOT_FOUND, "virtual address {a:x} is not mapped", NULL, virt, 0);
		result.writable = result.writable && (entry & PAGE_WRITABLE) != 0;
		result.executable = result.executable && (entry & PAGE_NO_EXECUTE) == 0;
		result.phys = entry & PAGE_ADDRESS;
		if (shift == 12 || (shift < 39 && (entry & PAGE_LARGE) != 0))
			break;
	}
	result.phys += virt & ((1ull << shift) - 1);
	*walk = result;
	return OK;
}
