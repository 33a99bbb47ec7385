/* SPDX-License-Identifier: MIT */
/*
 * The Linux verdict kernel, for the 32-bit and the 64-bit entry: checks the machine and struct boot_params ("zero page"; Linux
 * Documentation/arch/x86/boot.rst and zero-page.rst).
 */
#include "bzimage.h"
#include "machine.h"
#include "memory_map.h"
#include "screen.h"
#include "support.h"

/* Offsets in struct boot_params; from 0x1f1 on they are those of the setup header in the file. */
enum {
	SCREEN_CURSOR_COLUMN = 0x000,
	SCREEN_CURSOR_LINE = 0x001,
	SCREEN_MODE = 0x006,
	SCREEN_COLUMNS = 0x007,
	SCREEN_LINES = 0x00e,
	SCREEN_IS_VGA = 0x00f,
	SCREEN_WIDTH = 0x012,
	SCREEN_HEIGHT = 0x014,
	SCREEN_DEPTH = 0x016,
	SCREEN_BASE = 0x018,
	SCREEN_BYTES_64K = 0x01c,
	SCREEN_PITCH = 0x024,
	SCREEN_COLOURS = 0x026, /* bits and position of red, green, blue, reserved */
	ACPI_RSDP = 0x070,
	EXT_RAMDISK_IMAGE = 0x0c0,
	EXT_RAMDISK_SIZE = 0x0c4,
	EXT_COMMAND_LINE = 0x0c8,
	E820_COUNT = 0x1e8,
	SENTINEL = 0x1ef,
	SYSSIZE = 0x1f4,
	HEADER_JUMP = 0x201,
	HEADER_MAGIC = 0x202,
	VERSION = 0x206,
	TYPE_OF_LOADER = 0x210,
	LOADFLAGS = 0x211,
	CODE32_START = 0x214,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	HEAP_END = 0x224,
	COMMAND_LINE = 0x228,
	INITRD_MAX = 0x22c,
	KERNEL_ALIGNMENT = 0x230,
	RELOCATABLE = 0x234,
	XLOADFLAGS = 0x236,
	COMMAND_LINE_SIZE = 0x238,
	SETUP_DATA = 0x250,
	PREFERRED_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
	E820_TABLE = 0x2d0,
	EDD_TABLE = 0xd00,
	AFTER_EDD = 0xeec,
	BOOT_PARAMS_BYTES = 0x1000,
};

enum {
	HDRS = 0x53726448,
	SCREEN_VGA_TEXT = 1,
	SCREEN_VESA_LINEAR = 0x23,
	E820_MAX = 128,
	E820_ENTRY_BYTES = 20,
	PAGE_BYTES = 4096,
	LOADED_HIGH = 1,
	XLF_ANYWHERE = 2,
	INITRD_MAX_BEFORE_2_03 = 0x37ffffff,
	COMMAND_LINE_MAX_BEFORE_2_06 = 255,
	KERNEL_OLD_ADDRESS = 0x100000,
	INTERRUPT_VECTORS_BYTES = 0x500, /* and the BIOS data area */
	SETUP_DATA_HEADER_BYTES = 16,
	SETUP_DATA_MAX = 16,
	SETUP_E820_EXT = 1,
	SETUP_RNG_SEED = 9,
	RANDOM_SEED_BYTES = 32,
};

/* The parts of the header that are the kernel's to say: a loader copies them as they are. Up to the header's end. */
static const uint16_t fixed_fields[][2] = {
	{ 0x1f1, 0x1f2 }, { 0x1f4, 0x1f8 }, { 0x200, 0x210 }, { 0x22c, 0x230 }, { 0x234, 0x250 }, { 0x258, 0x26c },
};

/* Compiled for 32 bits this is what the 32-bit entry calls, and for 64 bits the 64-bit entry. */
static const bool in_long_mode = sizeof(void *) == 8;

static uint64_t params;

static uint32_t version(void)
{
	return read16(params + VERSION);
}

/* A field of 32 bits that kernels have since a version; `otherwise` for older ones. */
static uint32_t field_since(uint32_t since, uint32_t offset, uint32_t otherwise)
{
	return version() >= since ? read32(params + offset) : otherwise;
}

static void usable_check(uint64_t start, uint64_t end, bool writable)
{
	if (in_long_mode)
		check(is_mapped_one_to_one(start, end, writable), "something that was handed over is not mapped one to one");
}

/* GRUB leaves what it does not use as it finds it. */
static bool loader_is_grub(void)
{
	return read8(params + TYPE_OF_LOADER) >> 4 == 7;
}

static bool unused_is_zero(void)
{
	uint64_t map_end = params + E820_TABLE + read8(params + E820_COUNT) * E820_ENTRY_BYTES;

	return is_zero(map_end, params + EDD_TABLE) && is_zero(params + AFTER_EDD, params + BOOT_PARAMS_BYTES);
}

static void header_check(void)
{
	uint64_t copy = address_of(kernel_start) + PAYLOAD_HEADER_COPY - SETUP_HEADER_START;
	uint32_t header_end = HEADER_MAGIC + read8(copy + HEADER_JUMP);

	report_hex("header.version", version());
	report_hex("header.type_of_loader", read8(params + TYPE_OF_LOADER));
	report_hex("header.loadflags", read8(params + LOADFLAGS));
	report_hex("header.code32_start", read32(params + CODE32_START));
	report_hex("header.heap_end_ptr", read16(params + HEAP_END));
	require(read32(params + HEADER_MAGIC) == HDRS, "boot_params has no setup header");
	for (unsigned i = 0; i < sizeof fixed_fields / sizeof fixed_fields[0]; i++) {
		uint32_t start = fixed_fields[i][0], end = fixed_fields[i][1];
		if (end > header_end)
			end = header_end;
		for (uint32_t offset = start; offset < end; offset++)
			if (read8(params + offset) != read8(copy + offset)) {
				report_hex("header.differs_at", offset);
				require(false, "the setup header was not copied as it is in the file");
			}
	}
	check(read8(params + TYPE_OF_LOADER) != 0, "type_of_loader is 0");
	check((read8(params + LOADFLAGS) & LOADED_HIGH) != 0, "loadflags have lost LOADED_HIGH");
	check(read32(params + CODE32_START) == (uint32_t)address_of(kernel_start), "code32_start is not where the kernel is");
	check(read8(params + SENTINEL) == 0, "the sentinel is not 0: more than the setup header was copied");
	check(loader_is_grub() || unused_is_zero(), "unused parts of boot_params are not 0");
}

static void linear_screen_check(void)
{
	const struct kernel_screen screen = {
		.start = read32(params + SCREEN_BASE),
		.pitch = read16(params + SCREEN_PITCH),
		.width = read16(params + SCREEN_WIDTH),
		.height = read16(params + SCREEN_HEIGHT),
		.depth = read16(params + SCREEN_DEPTH),
		.red = { read8(params + SCREEN_COLOURS + 1), read8(params + SCREEN_COLOURS) },
		.green = { read8(params + SCREEN_COLOURS + 3), read8(params + SCREEN_COLOURS + 2) },
		.blue = { read8(params + SCREEN_COLOURS + 5), read8(params + SCREEN_COLOURS + 4) },
	};
	uint64_t bytes = (uint64_t)screen.pitch * screen.height;

	check(read8(params + SCREEN_COLUMNS) == 0 && read8(params + SCREEN_LINES) == 0, "a linear screen has columns or lines of text");
	check((uint64_t)read32(params + SCREEN_BYTES_64K) << 16 >= bytes, "lfb_size is too small for the screen");
	usable_check(screen.start, screen.start + bytes, true);
	screen_paint(&screen);
}

static void screen_check(void)
{
	uint8_t kind = read8(params + SCREEN_IS_VGA);

	report_number("screen.cursor_column", read8(params + SCREEN_CURSOR_COLUMN));
	report_number("screen.cursor_line", read8(params + SCREEN_CURSOR_LINE));
	report_number("screen.mode", read8(params + SCREEN_MODE));
	report_number("screen.columns", read8(params + SCREEN_COLUMNS));
	report_number("screen.lines", read8(params + SCREEN_LINES));
	report_number("screen.is_vga", kind);
	check(kind == 0 || kind == SCREEN_VGA_TEXT || kind == SCREEN_VESA_LINEAR, "the screen is of no kind that a BIOS has");
	if (kind == SCREEN_VESA_LINEAR)
		linear_screen_check();
	else
		check(read16(params + SCREEN_WIDTH) == 0 && read32(params + SCREEN_BASE) == 0, "a text screen has a framebuffer");
}

static void rsdp_check(void)
{
	uint64_t rsdp = read64(params + ACPI_RSDP);

	report_hex("acpi.rsdp", rsdp);
	if (rsdp != 0 && version() >= 0x20e)
		check(same_bytes(rsdp, (uintptr_t) "RSD PTR ", 8) && sum8(rsdp, 20) == 0, "acpi_rsdp_addr points to no RSDP");
}

static void ranges_take(uint64_t entry, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++, entry += E820_ENTRY_BYTES)
		map_add(read64(entry), read64(entry + 8), read32(entry + 16));
}

static uint64_t setup_data_first(void)
{
	return version() >= 0x209 ? read64(params + SETUP_DATA) : 0;
}

static void memory_map_take(void)
{
	uint32_t count = read8(params + E820_COUNT), elements = 0;

	require(count > 0 && count <= E820_MAX, "e820_entries is 0 or more than 128");
	ranges_take(params + E820_TABLE, count);
	for (uint64_t at = setup_data_first(); at != 0; at = read64(at)) {
		require(++elements <= SETUP_DATA_MAX, "the list of setup_data has no end");
		usable_check(at, at + SETUP_DATA_HEADER_BYTES, true);
		if (read32(at + 8) == SETUP_E820_EXT) {
			check(count == E820_MAX, "there is an extension of a table that has room");
			check(read32(at + 12) % E820_ENTRY_BYTES == 0, "the extension of the memory map ends in the middle of a range");
			ranges_take(at + SETUP_DATA_HEADER_BYTES, read32(at + 12) / E820_ENTRY_BYTES);
		}
	}
	map_check();
}

/* A seed that was read is wiped, as Linux does it. */
static void random_seed_take(uint64_t start, uint32_t bytes)
{
	volatile uint8_t *seed = (volatile uint8_t *)(uintptr_t)start;

	check(bytes == RANDOM_SEED_BYTES, "the random seed has not 32 bytes");
	check(!is_zero(start, start + bytes), "the random seed is all zero");
	for (uint32_t i = 0; i < bytes; i++)
		seed[i] = 0;
	check(is_zero(start, start + bytes), "the random seed cannot be wiped");
}

static void setup_data_check(void)
{
	uint32_t index = 0;

	for (uint64_t at = setup_data_first(); at != 0; at = read64(at), index++) {
		uint32_t type = read32(at + 8), bytes = read32(at + 12);

		report_item_number("setup_data", index, "type", type);
		report_item_number("setup_data", index, "bytes", bytes);
		check(at % 8 == 0, "an element of setup_data is not aligned");
		map_claim("setup_data", at, at + SETUP_DATA_HEADER_BYTES + bytes);
		usable_check(at, at + SETUP_DATA_HEADER_BYTES + bytes, true);
		check(type == SETUP_E820_EXT || type == SETUP_RNG_SEED, "setup_data has a type that nobody promised");
		if (type == SETUP_RNG_SEED)
			random_seed_take(at + SETUP_DATA_HEADER_BYTES, bytes);
	}
	report_number("setup_data.count", index);
}

static void kernel_check(void)
{
	uint64_t start = address_of(kernel_start), bytes = (uint64_t)read32(params + SYSSIZE) * 16;
	uint32_t init_bytes = field_since(0x20a, INIT_SIZE, 0);
	bool relocatable = version() >= 0x205 && read8(params + RELOCATABLE) != 0;

	if (init_bytes > bytes)
		bytes = init_bytes;
	report_hex("kernel.start", start);
	report_hex("kernel.end", start + bytes);
	usable_check(start, start + bytes, true);
	map_claim("kernel", start, start + bytes);
	if (!relocatable) {
		check(start == KERNEL_OLD_ADDRESS, "the kernel is not at 1 MiB");
		return;
	}
	uint32_t alignment = read32(params + KERNEL_ALIGNMENT);
	report_hex("kernel.alignment", alignment);
	require(alignment != 0 && (alignment & (alignment - 1)) == 0, "kernel_alignment is no power of two");
	check((start & (alignment - 1)) == 0 || (version() < 0x20a && start == KERNEL_OLD_ADDRESS), "the kernel is not aligned as it asks");
	if (version() >= 0x20a)
		report_hex("kernel.preferred", read64(params + PREFERRED_ADDRESS));
}

static void command_line_check(void)
{
	uint64_t start = read32(params + COMMAND_LINE) | (uint64_t)read32(params + EXT_COMMAND_LINE) << 32;
	uint32_t bytes_max = field_since(0x206, COMMAND_LINE_SIZE, COMMAND_LINE_MAX_BEFORE_2_06), length = 0;

	report_hex("cmdline.start", start);
	require(start != 0 && map_is_ram(start, start + 1), "cmd_line_ptr is 0 or not in RAM");
	usable_check(start, start + bytes_max + 1, false);
	while (length <= bytes_max && read8(start + length) != 0)
		length++;
	require(length <= bytes_max, "the command line is longer than the kernel takes, or has no end");
	report_text("cmdline", (const char *)(uintptr_t)start);
	if (has_word((const char *)(uintptr_t)start, "stay"))
		verdict_stay();
	map_claim("command line", start, start + length + 1);
}

static void initrd_check(void)
{
	uint64_t start = read32(params + RAMDISK_IMAGE) | (uint64_t)read32(params + EXT_RAMDISK_IMAGE) << 32;
	uint64_t bytes = read32(params + RAMDISK_SIZE) | (uint64_t)read32(params + EXT_RAMDISK_SIZE) << 32;
	uint64_t last_max = field_since(0x203, INITRD_MAX, (uint32_t)INITRD_MAX_BEFORE_2_03);
	bool anywhere = version() >= 0x20c && (read16(params + XLOADFLAGS) & XLF_ANYWHERE);

	report_hex("initrd.start", start);
	report_hex("initrd.bytes", bytes);
	check((start == 0) == (bytes == 0), "the initrd is at 0, or empty and not at 0");
	if (bytes == 0)
		return;
	map_claim("initrd", start, start + bytes);
	check(start + bytes - 1 <= last_max || (anywhere && in_long_mode), "the initrd is above initrd_addr_max");
	check(start % PAGE_BYTES == 0, "the initrd is not aligned to 4 KiB");
	require(in_long_mode || start + bytes <= 1ull << 32, "the initrd is above 4 GiB at a 32-bit entry");
	usable_check(start, start + bytes, false);
	report_hex("initrd.crc32", crc32(start, bytes));
}

static void machine_check(struct entry_state *entry)
{
	entry->ip = address_of(kernel_start) + (in_long_mode ? PAYLOAD_ENTRY_64 : 0); /* a jump led from there to us */
	report_number("entry.bits", in_long_mode ? 64 : 32);
	report_entry(entry, in_long_mode ? 'r' : 'e');
	image_check();
	if (in_long_mode) {
		machine_check_long(entry);
	} else {
		machine_check_protected(entry);
		check(entry->bx == 0 && entry->bp == 0 && entry->di == 0, "EBX, EBP or EDI is not 0");
	}
	machine_check_linux_selectors();
}

__attribute__((noreturn)) void verdict_main(struct entry_state *entry);

void verdict_main(struct entry_state *entry)
{
	report_text("verdict.protocol", "linux");
	machine_check(entry);
	params = entry->si;
	report_hex("boot_params", params);
	require(params >= INTERRUPT_VECTORS_BYTES && params % 8 == 0, "ESI or RSI is not the address of boot_params");
	usable_check(params, params + BOOT_PARAMS_BYTES, true);

	memory_map_take();
	map_claim("boot_params", params, params + BOOT_PARAMS_BYTES);
	header_check();
	kernel_check();
	command_line_check();
	setup_data_check();
	initrd_check();
	screen_check();
	rsdp_check();
	verdict_end();
}
