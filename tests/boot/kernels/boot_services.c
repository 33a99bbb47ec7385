/* SPDX-License-Identifier: MIT */
/* Calls of boot services (UEFI specification 2.10, section 4.4 and chapter 7), which only 64-bit kernels make. */
#include "memory_map.h"
#include "multiboot2_efi.h"

enum {
	SYSTEM_TABLE_BOOT_SERVICES = 96,
	GET_MEMORY_MAP = 56,
	HANDLE_PROTOCOL = 152,
	LOADED_IMAGE_SYSTEM_TABLE = 16,
	LOADER_CODE = 1,
	LOADER_DATA = 2,
	EFI_PAGE_BYTES = 4096,
	MAP_BYTES_MAX = 32 * 1024,
};

#define EFI_CALL __attribute__((ms_abi))

typedef uint64_t EFI_CALL get_memory_map_fn(uint64_t *bytes, void *map, uint64_t *key, uint64_t *entry_bytes, uint32_t *version);
typedef uint64_t EFI_CALL handle_protocol_fn(uint64_t handle, const void *guid, uint64_t *interface);

static uint8_t map[MAP_BYTES_MAX] __attribute__((aligned(8)));

/* EFI_LOADED_IMAGE_PROTOCOL_GUID */
static const uint8_t loaded_image[16] = { 0xa1, 0x31, 0x1b, 0x5b, 0x62, 0x95, 0xd2, 0x11, 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b };

/* The entry of the map with the lowest start that is not below `from`; 0 if there is none. The firmware need not sort them. */
static uint64_t next_entry(uint64_t bytes, uint64_t entry_bytes, uint64_t from)
{
	uint64_t found = 0;

	for (uint64_t p = (uintptr_t)map; p < (uintptr_t)map + bytes; p += entry_bytes)
		if (read64(p + 8) >= from && (found == 0 || read64(p + 8) < read64(found + 8)))
			found = p;
	return found;
}

/* Neighbours are one: what is placed may lie across the border of two allocations. */
static void loader_memory_take(uint64_t bytes, uint64_t entry_bytes)
{
	uint64_t start = 0, end = 0;

	for (uint64_t p = 0, from = 0; (p = next_entry(bytes, entry_bytes, from)) != 0;) {
		uint64_t entry_end = read64(p + 8) + read64(p + 24) * EFI_PAGE_BYTES;
		uint32_t type = read32(p);

		from = read64(p + 8) + 1;
		if (type != LOADER_CODE && type != LOADER_DATA)
			continue;
		if (read64(p + 8) != end) {
			if (end > start)
				map_add(start, end - start, MEMORY_RAM);
			start = read64(p + 8);
		}
		end = entry_end;
	}
	if (end > start)
		map_add(start, end - start, MEMORY_RAM);
}

void boot_services_check(uint64_t table, uint64_t image_handle)
{
	uint64_t services = read64(table + SYSTEM_TABLE_BOOT_SERVICES), bytes = sizeof map, key = 0, entry_bytes = 0, interface = 0;
	get_memory_map_fn *get_memory_map;
	handle_protocol_fn *handle_protocol;
	uint32_t version = 0;

	report_hex("efi.boot_services", services);
	report_hex("efi.image_handle", image_handle);
	require(services != 0 && same_bytes(services, (uintptr_t) "BOOTSERV", 8), "the boot services do not have their signature");
	get_memory_map = (get_memory_map_fn *)(uintptr_t)read64(services + GET_MEMORY_MAP);
	handle_protocol = (handle_protocol_fn *)(uintptr_t)read64(services + HANDLE_PROTOCOL);
	require(get_memory_map(&bytes, map, &key, &entry_bytes, &version) == 0, "GetMemoryMap does not answer");
	report_number("efi.map.bytes", (uint32_t)bytes);
	require(entry_bytes >= 40 && bytes % entry_bytes == 0, "GetMemoryMap answers nonsense");
	loader_memory_take(bytes, entry_bytes);
	require(handle_protocol(image_handle, loaded_image, &interface) == 0, "the image handle is not that of an image");
	check(read64(interface + LOADED_IMAGE_SYSTEM_TABLE) == table, "the image handle's image has another system table");
}
