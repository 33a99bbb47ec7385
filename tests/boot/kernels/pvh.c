/* SPDX-License-Identifier: MIT */
/*
 * The PVH verdict kernel: checks the machine and struct hvm_start_info (Xen docs/misc/pvh.pandoc and
 * xen/include/public/arch-x86/hvm/start_info.h, version 1).
 */
#include "machine.h"
#include "memory_map.h"
#include "support.h"

/* Offsets in struct hvm_start_info, hvm_memmap_table_entry and hvm_modlist_entry. */
enum {
	INFO_MAGIC = 0,
	INFO_VERSION = 4,
	INFO_FLAGS = 8,
	INFO_MODULE_COUNT = 12,
	INFO_MODULES = 16,
	INFO_COMMAND_LINE = 24,
	INFO_RSDP = 32,
	INFO_RANGES = 40,
	INFO_RANGE_COUNT = 48,
	INFO_RESERVED = 52,
	INFO_BYTES = 56,
	RANGE_TYPE = 16,
	RANGE_RESERVED = 20,
	RANGE_BYTES = 24,
	MODULE_SIZE = 8,
	MODULE_COMMAND_LINE = 16,
	MODULE_RESERVED = 24,
	MODULE_BYTES = 32,
};

enum { MAGIC = 0x336ec578, VERSION = 1, TEXT_MAX = 65536, MODULES_MAX = 64, PAGE_BYTES = 4096 };

static const uint64_t four_gib = 1ull << 32;

/* All of it is there, and where a 32-bit kernel can read it. */
static void claim(const char *what, uint64_t start, uint64_t bytes)
{
	require(start != 0 && start < four_gib && bytes <= four_gib - start, "an address of the start info is 0 or above 4 GiB");
	map_claim(what, start, start + bytes);
}

static uint64_t text_claim(const char *what, uint64_t start)
{
	uint32_t length = 0;

	require(start != 0 && start < four_gib, "a string of the start info is at 0 or above 4 GiB");
	while (length < TEXT_MAX && read8(start + length) != 0)
		length++;
	require(length < TEXT_MAX, "a string of the start info has no end");
	claim(what, start, length + 1);
	return start;
}

static void ranges_take(uint64_t info)
{
	uint64_t start = read64(info + INFO_RANGES);
	uint32_t count = read32(info + INFO_RANGE_COUNT);

	require(start != 0 && start < four_gib && count > 0, "there is no memory map");
	for (uint32_t i = 0; i < count; i++) {
		uint64_t range = start + (uint64_t)i * RANGE_BYTES;

		map_add(read64(range), read64(range + 8), read32(range + RANGE_TYPE));
		check(read32(range + RANGE_RESERVED) == 0, "what is reserved in a memory range is not 0");
	}
	map_check();
	claim("start info", info, INFO_BYTES);
	claim("memory map", start, (uint64_t)count * RANGE_BYTES);
}

static void module_check(uint64_t entry, uint32_t index)
{
	uint64_t start = read64(entry), bytes = read64(entry + MODULE_SIZE), text = read64(entry + MODULE_COMMAND_LINE);

	report_item_hex("module", index, "start", start);
	report_item_hex("module", index, "end", start + bytes);
	report_item_text("module", index, "string", (const char *)(uintptr_t)text_claim("a module's command line", text));
	check(read64(entry + MODULE_RESERVED) == 0, "what is reserved in a module's entry is not 0");
	check((start == 0) == (bytes == 0), "a module is at 0, or empty and not at 0");
	check(start % PAGE_BYTES == 0, "a module is not aligned to 4 KiB");
	if (bytes != 0)
		claim("module", start, bytes);
	report_item_hex("module", index, "crc32", crc32(start, bytes));
}

static void modules_check(uint64_t info)
{
	uint64_t list = read64(info + INFO_MODULES);
	uint32_t count = read32(info + INFO_MODULE_COUNT);

	report_number("module.count", count);
	check((list == 0) == (count == 0), "there is a list of modules without any, or modules without a list");
	require(count <= MODULES_MAX, "more than 64 modules");
	if (count == 0)
		return;
	claim("list of modules", list, (uint64_t)count * MODULE_BYTES);
	for (uint32_t i = 0; i < count; i++)
		module_check(list + (uint64_t)i * MODULE_BYTES, i);
}

static void rsdp_check(uint64_t rsdp)
{
	report_hex("acpi.rsdp", rsdp);
	require(rsdp != 0 && rsdp < four_gib, "there is no RSDP, or it is above 4 GiB");
	check(same_bytes(rsdp, (uintptr_t) "RSD PTR ", 8) && sum8(rsdp, 20) == 0, "the RSDP is none");
}

__attribute__((noreturn)) void verdict_main(struct entry_state *entry);

void verdict_main(struct entry_state *entry)
{
	uint64_t info = entry->bx;

	report_text("verdict.protocol", "pvh");
	report_entry(entry, 'e');
	image_check();
	machine_check_protected(entry);
	machine_check_pvh();
	map_little();
	report_hex("information.start", info);
	require(info != 0 && info % 8 == 0 && read32(info + INFO_MAGIC) == MAGIC, "EBX is not the address of the start info");
	report_number("start_info.version", read32(info + INFO_VERSION));
	require(read32(info + INFO_VERSION) == VERSION, "the start info is not of version 1");
	check(read32(info + INFO_FLAGS) == 0, "the start info has flags");
	check(read32(info + INFO_RESERVED) == 0, "what is reserved in the start info is not 0");

	ranges_take(info);
	map_claim("kernel", address_of(kernel_start), address_of(image_end));
	report_text("cmdline", (const char *)(uintptr_t)text_claim("command line", read64(info + INFO_COMMAND_LINE)));
	modules_check(info);
	map_all();
	rsdp_check(read64(info + INFO_RSDP));
	verdict_end();
}
