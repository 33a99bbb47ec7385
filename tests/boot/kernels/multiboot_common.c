/* SPDX-License-Identifier: MIT */
/* The pieces that the boot information of Multiboot 1 and 2 have in common. */
#include "multiboot_common.h"

#include "memory_map.h"

enum { MODULES_MAX = 64, PAGE_BYTES = 4096, VBE_LINEAR = 1 << 14 };

static uint32_t module_count, memory_upper_kib;
static struct {
	uint64_t start, end;
} modules[MODULES_MAX];
static uint64_t framebuffer; /* the fields of a screen of pixels */

const char *string_at(uint64_t start, uint64_t bytes)
{
	for (uint64_t p = start; p < start + bytes; p++)
		if (read8(p) == 0)
			return (const char *)(uintptr_t)start;
	require(false, "a string has no end");
	return "";
}

bool is_mkboot(const char *name)
{
	return same_bytes((uintptr_t)name, (uintptr_t) "mkboot ", 7);
}

void module_show(uint64_t start, uint64_t end, const char *string)
{
	require(module_count < MODULES_MAX, "more than 64 modules");
	report_item_hex("module", module_count, "start", start);
	report_item_hex("module", module_count, "end", end);
	report_item_text("module", module_count, "string", string);
	require(start <= end, "a module ends before it starts");
	report_item_hex("module", module_count, "crc32", crc32(start, end - start));
	check(start % PAGE_BYTES == 0, "a module is not aligned to 4 KiB");
	check((start == 0) == (start == end), "a module is at 0, or empty and not at 0");
	check(start == 0 || start >= 1 << 20, "a module is below 1 MiB");
	modules[module_count].start = start;
	modules[module_count++].end = end;
}

void modules_claim(void)
{
	report_number("module.count", module_count);
	for (uint32_t i = 0; i < module_count; i++)
		if (modules[i].start != modules[i].end)
			map_claim("module", modules[i].start, modules[i].end);
}

void memory_info_show(uint32_t lower_kib, uint32_t upper_kib)
{
	memory_upper_kib = upper_kib;
	report_number("meminfo.lower", lower_kib);
	report_number("meminfo.upper", upper_kib);
	check(lower_kib >= 512 && lower_kib <= 640, "the lower memory is not 512 to 640 KiB");
}

void memory_info_check(void)
{
	check(memory_upper_kib == (uint32_t)((map_ram_end(0x100000) - 0x100000) >> 10), "the upper memory is not what the memory map says");
}

/* Colours are bytes that share a pixel. */
static void colors_check(uint64_t colors, uint8_t bits)
{
	uint32_t used = 0;

	for (unsigned i = 0; i < 3; i++) {
		uint8_t position = read8(colors + 2 * i), size = read8(colors + 2 * i + 1);
		uint32_t mask = size < 32 ? (1u << size) - 1 : 0;

		require(size != 0 && size <= 16 && position + size <= bits, "a colour is outside its pixel");
		check((used & mask << position) == 0, "two colours share bits of the pixel");
		used |= mask << position;
	}
}

uint8_t framebuffer_show(uint64_t fields, uint64_t colors)
{
	uint64_t address = read64(fields);
	uint32_t pitch = read32(fields + 8), width = read32(fields + 12), height = read32(fields + 16);
	uint8_t bits = read8(fields + 20), type = read8(fields + 21);

	report_hex("framebuffer.address", address);
	report_number("framebuffer.pitch", pitch);
	report_number("framebuffer.width", width);
	report_number("framebuffer.height", height);
	report_number("framebuffer.bits", bits);
	report_number("framebuffer.type", type);
	check(type == FRAMEBUFFER_PIXELS || type == FRAMEBUFFER_TEXT, "the framebuffer is neither pixels nor text");
	if (type == FRAMEBUFFER_PIXELS) {
		check(address != 0 && pitch >= width * ((bits + 7u) / 8) && width >= 640 && height >= 400,
		      "the screen of pixels makes no sense");
		colors_check(colors, bits);
		framebuffer = fields;
	}
	if (type == FRAMEBUFFER_TEXT) {
		check(address == 0xb8000 && pitch == 2 * width && bits == 16, "the text screen is not at 0xb8000 with 16-bit cells");
		check(width >= 40 && height >= 25, "the text screen is smaller than 40 x 25");
	}
	return type;
}

/* VBE 3.0, 4.3 (VbeInfoBlock) and 4.4 (ModeInfoBlock). */
void vbe_show(uint64_t mode, uint64_t control, uint64_t mode_information)
{
	uint16_t number = read16(mode), segment = read16(mode + 2), offset = read16(mode + 4), bytes = read16(mode + 6);
	uint32_t version = read16(control + 4), pitch = read16(mode_information + 16);

	report_hex("vbe.mode", number);
	report_hex("vbe.version", version);
	report_hex("vbe.interface.segment", segment);
	report_hex("vbe.interface.offset", offset);
	report_number("vbe.interface.bytes", bytes);
	check(same_bytes(control, (uintptr_t) "VESA", 4) && version >= 0x200, "the VBE control information is not that of VBE 2.0");
	check((segment == 0 && offset == 0) == (bytes == 0), "the VBE interface has an address or a length, but not both");
	if (framebuffer == 0)
		return; /* GRUB describes text modes, too */
	check((number & VBE_LINEAR) != 0, "the VBE mode is not linear");
	if (version >= 0x300 && read16(mode_information + 50) != 0)
		pitch = read16(mode_information + 50);
	check((read16(mode_information) & 0x81) == 0x81, "the VBE mode has no linear framebuffer");
	check(read32(mode_information + 40) == read64(framebuffer), "VBE and the framebuffer do not agree on its address");
	check(pitch == read32(framebuffer + 8), "VBE and the framebuffer do not agree on its pitch");
	check(read16(mode_information + 18) == read32(framebuffer + 12) && read16(mode_information + 20) == read32(framebuffer + 16) &&
		      read8(mode_information + 25) == read8(framebuffer + 20),
	      "VBE and the framebuffer do not agree on its size");
}

void apm_show(uint64_t table)
{
	uint16_t version = read16(table);

	report_hex("apm.version", version);
	report_hex("apm.code", read16(table + 2));
	report_hex("apm.entry", read32(table + 4));
	report_hex("apm.code_16", read16(table + 8));
	report_hex("apm.data", read16(table + 10));
	report_hex("apm.flags", read16(table + 12));
	report_hex("apm.code_bytes", read16(table + 14));
	report_hex("apm.code_16_bytes", read16(table + 16));
	report_hex("apm.data_bytes", read16(table + 18));
	check(version >= 0x100 && version <= 0x102, "the version of APM is not 1.0 to 1.2");
	check(read16(table + 2) >= 0xc000 && read16(table + 8) >= 0xc000, "the code of APM is not in a ROM");
	check((read16(table + 12) & 2) != 0, "APM has no 32-bit interface");
}

/* The headers' own size tells ELF32 from ELF64. Sections that were not loaded with the segments, such as .shstrtab, are in memory too. */
void elf_sections_show(uint32_t count, uint32_t entry_bytes, uint32_t names, uint64_t headers)
{
	bool is_64 = entry_bytes == 64;

	report_number("elf.sections", count);
	report_number("elf.entry_size", entry_bytes);
	report_number("elf.names", names);
	if (header_is_flat && count == 0)
		return; /* GRUB tells it any kernel */
	require(entry_bytes == 40 || is_64, "the section headers are neither ELF32's nor ELF64's");
	require(names < count && names != 0, "there is no section of names");

	uint64_t head = headers + (uint64_t)names * entry_bytes;
	uint64_t address = is_64 ? read64(head + 16) : read32(head + 12);
	uint64_t bytes = is_64 ? read64(head + 32) : read32(head + 20);
	uint32_t own_name = read32(head);

	report_hex("elf.names.address", address);
	report_hex("elf.names.bytes", bytes);
	require(read32(head + 4) == 3, "the section of names is no string table");
	require(address != 0 && bytes >= 10 && own_name <= bytes - 10, "the section of names is not in memory");
	check(same_bytes(address + own_name, (uintptr_t) ".shstrtab", 10), "the section of names does not have its own name");
}
