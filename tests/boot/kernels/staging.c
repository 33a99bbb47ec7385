/* SPDX-License-Identifier: MIT */
/*
 * The staging verdict kernel: further segments of it lie where the loader and the firmware are (add-segments.py puts them there), and its
 * modules are large. Checks that every byte of them is what it has to be, and says how much of the loader they cover. Compiled for 32
 * bits it is a Multiboot2 kernel, for 64 bits one of the suite's own hand-off.
 */
#include "machine.h"
#include "memory_map.h"
#include "support.h"

#include <mkboot/handoff.h>

enum {
	MULTIBOOT2_MAGIC = 0x36d76289,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_EFI_MAP = 17,
	SEGMENTS_MAX = 8,
	EFI_PAGE_BYTES = 4096,
};

/* EFI_MEMORY_TYPE (UEFI 2.10, section 7.2). */
enum { LOADER_CODE = 1, BOOT_SERVICES_CODE = 3, BOOT_SERVICES_DATA = 4 };

/* Found by its magic and filled by add-segments.py. Not a constant for the compiler. */
static volatile const struct {
	char magic[16];
	struct {
		uint32_t start, file_bytes, bytes;
	} segment[SEGMENTS_MAX];
} added = { .magic = "MKBOOT-SEGMENTS" };

/* The Knuth multiplier: each word of a segment tells its own address. */
static uint32_t pattern(uint32_t address)
{
	return address * 2654435761u;
}

static void segment_check(uint32_t index, uint32_t start, uint32_t file_bytes, uint32_t bytes)
{
	report_item_hex("segment", index, "start", start);
	report_item_hex("segment", index, "end", (uint64_t)start + bytes);
	map_claim("segment", start, (uint64_t)start + bytes);
	for (uint32_t at = 0; at < file_bytes; at += 4)
		if (read32((uint64_t)start + at) != pattern(start + at)) {
			report_item_hex("segment", index, "wrong", (uint64_t)start + at);
			check(false, "a segment has other bytes than its file");
			break;
		}
	check(is_zero((uint64_t)start + file_bytes, (uint64_t)start + bytes), "a segment does not end with zeros");
}

/* --- the firmware's memory map -------------------------------------------------------------------------------------------------------- */

static uint64_t covered_bytes(uint64_t start, uint64_t end)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < SEGMENTS_MAX && added.segment[i].bytes != 0; i++) {
		uint64_t from = added.segment[i].start, to = from + added.segment[i].bytes;

		from = from > start ? from : start;
		to = to < end ? to : end;
		sum += from < to ? to - from : 0;
	}
	return sum;
}

/* What the segments lie on that the firmware had given to the loader's image, and what it used itself. */
static void efi_map_show(uint64_t map, uint64_t bytes, uint32_t descriptor_bytes)
{
	uint64_t loader = 0, firmware = 0;
	uint32_t count = 0;

	require(descriptor_bytes >= 40 && (uint32_t)bytes % descriptor_bytes == 0, "the EFI memory map makes no sense");
	for (uint64_t p = map; p < map + bytes; p += descriptor_bytes) {
		uint32_t type = read32(p);
		uint64_t start = read64(p + 8), end = start + read64(p + 24) * EFI_PAGE_BYTES, covered = covered_bytes(start, end);

		report_item_number("efi", count, "type", type);
		report_item_hex("efi", count, "start", start);
		report_item_hex("efi", count++, "end", end);
		if (type == LOADER_CODE)
			loader += covered;
		else if (type == BOOT_SERVICES_CODE || type == BOOT_SERVICES_DATA)
			firmware += covered;
	}
	report_hex("covered.loader", loader);
	report_hex("covered.firmware", firmware);
}

/* --- what was handed over ------------------------------------------------------------------------------------------------------------- */

static uint32_t module_count;

static void module_check(uint64_t start, uint64_t end)
{
	report_item_hex("module", module_count, "start", start);
	report_item_hex("module", module_count, "end", end);
	map_claim("module", start, end);
	report_item_hex("module", module_count++, "crc32", crc32(start, end - start));
}

static void segments_check(void)
{
	map_check();
	map_claim("kernel", address_of(image_start), address_of(image_end));
	for (uint32_t i = 0; i < SEGMENTS_MAX && added.segment[i].bytes != 0; i++)
		segment_check(i, added.segment[i].start, added.segment[i].file_bytes, added.segment[i].bytes);
}

/* The tag of this type at or behind `at`; 0 if there is none. */
static uint64_t tag_find(uint64_t information, uint64_t at, uint32_t type)
{
	uint64_t end = information + read32(information);

	while (at + 8 <= end && read32(at) != type) {
		require(read32(at + 4) >= 8, "a tag is shorter than its head");
		at += (read32(at + 4) + 7) & ~7u;
	}
	return at + 8 <= end ? at : 0;
}

static void take_multiboot2(uint64_t information)
{
	uint64_t first = information + 8, map = tag_find(information, first, TAG_MEMORY_MAP),
		 efi = tag_find(information, first, TAG_EFI_MAP);

	require(map != 0, "the memory map is missing");
	for (uint64_t p = map + 16; p < map + read32(map + 4); p += read32(map + 8))
		map_add(read64(p), read64(p + 8), read32(p + 16));
	segments_check();
	for (uint64_t tag = first; (tag = tag_find(information, tag, TAG_MODULE)) != 0; tag += (read32(tag + 4) + 7) & ~7u)
		module_check(read32(tag + 8), read32(tag + 12));
	if (efi != 0)
		efi_map_show(efi + 16, read32(efi + 4) - 16, read32(efi + 8));
}

/* The hand-off's map tells whose memory is whose; the claims of this kernel only ask whether it is RAM. */
static void take_handoff(const struct mkboot_handoff *handoff)
{
	const struct mkboot_memory_range *range = (const void *)(uintptr_t)handoff->memory_ranges;
	const struct mkboot_module *module = (const void *)(uintptr_t)handoff->modules;

	require(handoff->magic == MKBOOT_HANDOFF_MAGIC, "RDI does not point to a hand-off");
	for (uint32_t i = 0; i < handoff->memory_range_count; i++)
		map_add(range[i].start, range[i].bytes, range[i].type >= MKBOOT_MEMORY_KERNEL ? MEMORY_RAM : range[i].type);
	segments_check();
	for (uint32_t i = 0; i < handoff->module_count; i++)
		module_check(module[i].start, module[i].start + module[i].bytes);
	if (handoff->efi_memory_map != 0)
		efi_map_show(handoff->efi_memory_map, handoff->efi_memory_map_bytes, handoff->efi_descriptor_bytes);
}

__attribute__((noreturn)) void verdict_main(const struct entry_state *entry);

void verdict_main(const struct entry_state *entry)
{
	bool in_long_mode = sizeof(void *) == 8;

	report_text("verdict.protocol", in_long_mode ? "elf" : "multiboot2");
	report_entry(entry, in_long_mode ? 'r' : 'e');
	image_check();
	if (in_long_mode) {
		machine_check_long(entry);
		take_handoff((const void *)(uintptr_t)entry->di);
	} else {
		machine_check_protected(entry);
		require(entry->ax == MULTIBOOT2_MAGIC, "EAX is not 0x36d76289");
		take_multiboot2(entry->bx);
	}
	report_number("module.count", module_count);
	verdict_end();
}
