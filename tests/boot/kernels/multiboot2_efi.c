/* SPDX-License-Identifier: MIT */
/* The system table and the EFI memory map, for kernels of 32 and 64 bits. */
#include "multiboot2_efi.h"

#include "memory_map.h"

enum { SYSTEM_TABLE_BYTES = 120, DESCRIPTOR_BYTES_MIN = 40, DESCRIPTOR_VERSION = 1, EFI_PAGE_BYTES = 4096, TAG_HEAD_BYTES = 16 };

/* EFI_MEMORY_TYPE (UEFI 2.10, section 7.2): what a kernel may use when boot services have ended. */
enum { LOADER_CODE = 1, LOADER_DATA, BOOT_SERVICES_CODE, BOOT_SERVICES_DATA, CONVENTIONAL = 7 };

void system_table_check(uint64_t table)
{
	report_hex("efi.system_table", table);
	require(table != 0 && table % 8 == 0, "the EFI system table is at 0 or not aligned");
	if (sizeof(void *) == 4 && table >= 1ull << 32)
		return; /* out of our reach */
	check(same_bytes(table, (uintptr_t) "IBI SYST", 8), "the EFI system table does not have its signature");
	check(read32(table + 12) >= SYSTEM_TABLE_BYTES, "the EFI system table is shorter than it has to be");
}

static bool is_usable(uint32_t type)
{
	return (type >= LOADER_CODE && type <= BOOT_SERVICES_DATA) || type == CONVENTIONAL;
}

void efi_map_check(uint64_t tag, uint32_t bytes)
{
	uint32_t entry_bytes = read32(tag + 8), version = read32(tag + 12), conventional = 0;

	report_number("efi.map.bytes", bytes - TAG_HEAD_BYTES);
	report_number("efi.map.entry_bytes", entry_bytes);
	check(version == DESCRIPTOR_VERSION, "the EFI memory map's version is not 1");
	require(entry_bytes >= DESCRIPTOR_BYTES_MIN && entry_bytes % 8 == 0, "the EFI memory map's entries have a wrong size");
	require(bytes > TAG_HEAD_BYTES && (bytes - TAG_HEAD_BYTES) % entry_bytes == 0, "the EFI memory map is empty or has half an entry");
	for (uint64_t p = tag + TAG_HEAD_BYTES; p < tag + bytes; p += entry_bytes) {
		uint64_t start = read64(p + 8), end = start + read64(p + 24) * EFI_PAGE_BYTES;
		uint32_t type = read32(p);

		check(start % EFI_PAGE_BYTES == 0 && end > start, "an entry of the EFI memory map is empty or not aligned");
		check(is_usable(type) == map_is_ram(start, end), "the two memory maps do not agree");
		conventional += type == CONVENTIONAL;
	}
	report_number("efi.map.conventional", conventional);
	check(conventional > 0, "the EFI memory map has no free memory");
}
