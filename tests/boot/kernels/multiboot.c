/* SPDX-License-Identifier: MIT */
/* The Multiboot 1 verdict kernel: checks the machine and every field of the boot information (specification 0.6.96, 3.2 and 3.3). */
#include "machine.h"
#include "memory_map.h"
#include "multiboot_common.h"

enum { BOOTLOADER_MAGIC = 0x2badb002, INFORMATION_BYTES = 120, STRING_BYTES_MAX = 4096, MAP_ENTRIES_MAX = 256, MAP_ENTRY_BYTES = 20 };

/* Bits of the first field. */
enum {
	HAS_MEMORY = 1 << 0,
	HAS_BOOT_DEVICE = 1 << 1,
	HAS_COMMAND_LINE = 1 << 2,
	HAS_MODULES = 1 << 3,
	HAS_SYMBOLS = 1 << 4,
	HAS_ELF_SECTIONS = 1 << 5,
	HAS_MAP = 1 << 6,
	HAS_DRIVES = 1 << 7,
	HAS_CONFIGURATION = 1 << 8,
	HAS_LOADER_NAME = 1 << 9,
	HAS_APM = 1 << 10,
	HAS_VBE = 1 << 11,
	HAS_FRAMEBUFFER = 1 << 12,
	HAS_ALWAYS = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MODULES | HAS_MAP | HAS_LOADER_NAME,
};

/* Which bytes of the structure belong to which bit. */
static const struct {
	uint16_t flags;
	uint8_t start, end;
} fields[] = {
	{ HAS_MEMORY, 4, 12 },
	{ HAS_BOOT_DEVICE, 12, 16 },
	{ HAS_COMMAND_LINE, 16, 20 },
	{ HAS_MODULES, 20, 28 },
	{ HAS_SYMBOLS | HAS_ELF_SECTIONS, 28, 44 },
	{ HAS_MAP, 44, 52 },
	{ HAS_DRIVES, 52, 60 },
	{ HAS_CONFIGURATION, 60, 64 },
	{ HAS_LOADER_NAME, 64, 68 },
	{ HAS_APM, 68, 72 },
	{ HAS_VBE, 72, 88 },
	{ HAS_FRAMEBUFFER, 88, 120 },
};

static uint64_t information;
static uint32_t flags;
static bool loader_is_mkboot;

static uint32_t field(uint32_t offset)
{
	return read32(information + offset);
}

/* A pointed-to part of the boot information: reports it, with its place. */
static void part(const char *what, uint64_t start, uint64_t bytes)
{
	check(start >= 0x10000, "a part of the boot information is in the first 64 KiB");
	map_claim(what, start, start + bytes);
}

static uint64_t string_bytes(uint64_t start)
{
	uint64_t end = start;

	while (read8(end) != 0)
		end++;
	return end + 1 - start;
}

static void map_take(void)
{
	uint64_t at = field(48), end = at + field(44);

	require(end - at <= MAP_ENTRIES_MAX * (4 + MAP_ENTRY_BYTES), "the memory map is longer than it can be");
	while (at < end) {
		uint32_t bytes = read32(at); /* without itself */

		check(bytes == MAP_ENTRY_BYTES, "an entry of the memory map has not 20 bytes");
		require(bytes >= MAP_ENTRY_BYTES && bytes + 4 <= end - at, "an entry of the memory map does not fit");
		map_add(read64(at + 4), read64(at + 12), read32(at + 20));
		at += bytes + 4;
	}
	map_check();
}

static void strings_show(void)
{
	const char *name = string_at(field(64), STRING_BYTES_MAX);

	report_text("cmdline", string_at(field(16), STRING_BYTES_MAX));
	report_text("loader", name);
	loader_is_mkboot = is_mkboot(name);
	part("command line", field(16), string_bytes(field(16)));
	part("loader's name", field(64), string_bytes(field(64)));
}

static void modules_show(void)
{
	uint32_t count = field(20), list = field(24);

	if (count > 0)
		part("list of modules", list, 16ull * count);
	for (uint32_t i = 0; i < count; i++, list += 16) {
		uint32_t string = read32(list + 8);

		module_show(read32(list), read32(list + 4), string_at(string, STRING_BYTES_MAX));
		part("string of a module", string, string_bytes(string));
		check(read32(list + 12) == 0, "the reserved field of a module is not 0");
	}
	modules_claim();
}

static void optional_show(void)
{
	if (flags & HAS_BOOT_DEVICE)
		report_hex("bootdev", field(12));
	if (flags & HAS_ELF_SECTIONS) {
		part("section headers", field(36), (uint64_t)field(28) * field(32));
		elf_sections_show(field(28), field(32), field(40), field(36));
	}
	if (flags & HAS_APM) {
		part("APM table", field(68), 20);
		apm_show(field(68));
	}
	if (flags & HAS_FRAMEBUFFER)
		framebuffer_show(information + 88, information + 112); /* as multiboot.h has it */
	if (flags & HAS_VBE) {
		part("VBE control information", field(72), 512);
		part("VBE mode information", field(76), 256);
		vbe_show(information + 80, field(72), field(76));
	}
}

static void flags_check(void)
{
	bool pixels = (flags & HAS_FRAMEBUFFER) && read8(information + 109) == FRAMEBUFFER_PIXELS;

	check((flags & ~0x1fffu) == 0, "the flags have a bit that means nothing");
	check((flags & (HAS_SYMBOLS | HAS_DRIVES | HAS_CONFIGURATION)) == 0, "there are symbols of a.out, drives or a configuration table");
	check(((flags & HAS_ELF_SECTIONS) == 0) == (header_is_flat != 0), "the ELF sections are missing, or there and should not be");
	check((flags & HAS_FRAMEBUFFER) != 0, "the screen is missing");
	if (!loader_is_mkboot)
		return;
	check((flags & HAS_VBE) == 0 || pixels, "there is VBE information for a screen of text");
	/* Only a BIOS has a boot device, and only by VBE it shows pixels. */
	check((flags & HAS_BOOT_DEVICE) == 0 || !pixels || (flags & HAS_VBE) != 0, "a BIOS shows pixels, and there is no VBE information");
}

/* The specification leaves fields open whose bit is clear; mkboot's are 0. */
static void unused_fields_check(void)
{
	bool zero = true;

	for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if ((flags & fields[i].flags) == 0)
			zero = zero && is_zero(information + fields[i].start, information + fields[i].end);
	check(zero || !loader_is_mkboot, "a field whose bit is clear is not 0");
}

__attribute__((noreturn)) void verdict_main(const struct entry_state *entry);

void verdict_main(const struct entry_state *entry)
{
	report_text("verdict.protocol", "multiboot");
	report_entry(entry, 'e');
	image_check();
	machine_check_protected(entry);
	map_little();

	require(entry->ax == BOOTLOADER_MAGIC, "EAX is not 0x2badb002");
	require(entry->bx % 4 == 0 && entry->bx >= 0x10000, "EBX is not aligned to 4, or in the first 64 KiB");
	check(entry->bx < 0xa0000, "the boot information is not below 640 KiB");
	check(entry->sp == 0x7ff00, "ESP is not where kernels expect it");
	information = entry->bx;
	flags = field(0);
	report_hex("information.start", information);
	report_hex("flags", flags);
	require((flags & HAS_ALWAYS) == HAS_ALWAYS, "memory, command line, modules, memory map or loader's name is missing");
	map_take();
	map_claim("kernel", address_of(image_start), address_of(image_end));
	check(address_of(image_start) == header_image_physical, "the kernel is not where its header or its segments say");
	part("boot information", information, INFORMATION_BYTES);
	part("memory map", field(48), field(44));
	memory_info_show(field(4), field(8));
	memory_info_check();
	strings_show();
	modules_show();
	optional_show();
	flags_check();
	unused_fields_check();
	verdict_end();
}
