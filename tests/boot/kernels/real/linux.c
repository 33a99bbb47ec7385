/* SPDX-License-Identifier: MIT */
/* The Linux verdict kernel for the 16-bit entry: the machine, and what the loader has written into the setup header. */
#include "machine.h"

/* Offsets in the real-mode part. */
enum {
	OLD_COMMAND_LINE_MAGIC = 0x20,
	OLD_COMMAND_LINE_OFFSET = 0x22,
	HEADER_START = 0x1f1,
	VIDEO_MODE = 0x1fa,
	TYPE_OF_LOADER = 0x210,
	LOADFLAGS = 0x211,
	SETUP_MOVE_SIZE = 0x212,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	HEAP_END = 0x224,
	COMMAND_LINE = 0x228,
	INITRD_MAX = 0x22c,
};

enum {
	LOADED_HIGH = 1,
	CAN_USE_HEAP = 0x80,
	OLD_MAGIC = 0xa33f,
	HEAP_END_BIAS = 0x200,
	TRADITIONAL_BASE = 0x90000,
	TRADITIONAL_END = 0x9a000, /* nothing above: an EBDA may begin there */
	LOWEST_BASE = 0x10000,
	LOW_MEMORY_END = 0xa0000,
	HEAP_BYTES_MIN = 0x1000,
	ENTRY_OFFSET = 0x200,
	BOOT_DRIVE = 0x80,
	PAGE_BYTES = 4096,
};

static const uint32_t kernel_high = 0x100000, kernel_low = 0x10000, initrd_max_default = 0x37ffffff;

extern const uint8_t setup_header_live[], setup_header_copy[], setup_header_copy_end[];

/* What a loader may write: the rest of the header has to be as it was. */
static const uint16_t written_fields[][2] = { { VIDEO_MODE, 2 }, { TYPE_OF_LOADER, 4 }, { RAMDISK_IMAGE, 8 }, { HEAP_END, 8 } };

static uint32_t base;

static bool may_be_written(uint32_t offset)
{
	for (unsigned i = 0; i < sizeof written_fields / sizeof written_fields[0]; i++)
		if (offset >= written_fields[i][0] && offset < (uint32_t)written_fields[i][0] + written_fields[i][1])
			return true;
	return false;
}

static void header_check(uint32_t stack)
{
	uint32_t bytes = (uint32_t)(setup_header_copy_end - setup_header_copy), heap_end;

	for (uint32_t i = 0; i < bytes; i++) {
		uint32_t offset = HEADER_START + i;

		if (setup_header_live[i] == setup_header_copy[i] || may_be_written(offset))
			continue;
		report_hex("header.differs_at", offset);
		require(false, "a field of the setup header was written that is not the loader's");
	}
	report_hex("header.vid_mode", read16(VIDEO_MODE));
	if (PROTOCOL < 0x200)
		return;
	report_hex("header.type_of_loader", read8(TYPE_OF_LOADER));
	report_hex("header.loadflags", read8(LOADFLAGS));
	check(read8(TYPE_OF_LOADER) != 0, "type_of_loader is 0");
	check((read8(LOADFLAGS) & LOADED_HIGH) == (LOAD_FLAGS & LOADED_HIGH), "LOADED_HIGH was changed");
	check(((read8(LOADFLAGS) & CAN_USE_HEAP) != 0) == (PROTOCOL >= 0x201), "CAN_USE_HEAP is not as the version has it");
	if (PROTOCOL < 0x201)
		return;
	heap_end = read16(HEAP_END) + (uint32_t)HEAP_END_BIAS;
	report_hex("header.heap_end_ptr", read16(HEAP_END));
	check(heap_end >= stack, "the stack lies above the end of the heap");
	check(heap_end >= (uint32_t)address_of(image_end) + HEAP_BYTES_MIN, "there is no heap");
}

static void place_check(const struct real_entry *entry)
{
	bool is_traditional = PROTOCOL < 0x202 || !(LOAD_FLAGS & LOADED_HIGH);

	report_hex("setup.base", base);
	check(entry->cs == (base >> 4) + ENTRY_OFFSET / 16, "CS is not the setup's segment + 20h");
	check(entry->ds == base >> 4 && entry->es == base >> 4 && entry->ss == base >> 4, "DS, ES or SS is not the setup's segment");
	check(entry->fs == base >> 4 && entry->gs == base >> 4, "FS or GS is not the setup's segment");
	check(entry->general.sp >= address_of(image_end) + HEAP_BYTES_MIN, "the stack lies in the image");
	check(is_traditional ? base == TRADITIONAL_BASE : base >= LOWEST_BASE, "the real-mode part is not where its version has to be");
	check(is_zero(address_of(image_end), entry->general.sp - HEAP_BYTES_MIN / 2), "the heap is not clean");
}

static void command_line_check(uint32_t stack)
{
	static char line[0x800];
	uint32_t start = base + read16(OLD_COMMAND_LINE_OFFSET), length = 0;

	if (PROTOCOL < 0x202) {
		require(read16(OLD_COMMAND_LINE_MAGIC) == OLD_MAGIC, "there is no command line by the old protocol");
		check(PROTOCOL < 0x200 || base + read16(SETUP_MOVE_SIZE) > start, "setup_move_size does not cover the command line");
	} else {
		start = read32(COMMAND_LINE);
	}
	report_hex("cmdline.start", start);
	require(start >= base + stack && start < LOW_MEMORY_END, "the command line does not lie between stack and end of low memory");
	while (length < sizeof line - 1 && (line[length] = (char)far8(start + length)) != '\0')
		length++;
	check(far8(start + length) == 0, "the command line has no end");
	check(base != TRADITIONAL_BASE || start + length < TRADITIONAL_END, "the command line goes beyond 0x9a000");
	check(PROTOCOL >= 0x202 || PROTOCOL < 0x200 || base + read16(SETUP_MOVE_SIZE) > start + length,
	      "setup_move_size does not cover the command line");
	report_text("cmdline", line);
}

/* In the segment where a part of the image lies, high or low. */
static uint32_t crc32_at(uint32_t phys, uint32_t bytes)
{
	return phys >= kernel_high ? high_crc32(phys, bytes) : far_crc32(phys, bytes);
}

static void parts_check(void)
{
	uint32_t kernel = LOAD_FLAGS & LOADED_HIGH ? kernel_high : kernel_low, start, bytes;

	report_hex("kernel.start", kernel);
	report_hex("kernel.crc32", crc32_at(kernel, PAYLOAD_BYTES));
	if (PROTOCOL < 0x200)
		return;
	start = read32(RAMDISK_IMAGE);
	bytes = read32(RAMDISK_SIZE);
	report_hex("initrd.start", start);
	report_hex("initrd.bytes", bytes);
	check((start == 0) == (bytes == 0), "the initrd is at 0, or empty and not at 0");
	if (bytes == 0)
		return;
	check(start >= kernel_high + 3 * PAYLOAD_BYTES, "the initrd lies where the kernel unpacks itself");
	check(start % PAGE_BYTES == 0, "the initrd is not aligned to 4 KiB");
	check(start + bytes - 1 <= initrd_max_default, "the initrd is above initrd_addr_max");
	report_hex("initrd.crc32", high_crc32(start, bytes));
}

__attribute__((noreturn)) void verdict_main(struct real_entry *entry);

void verdict_main(struct real_entry *entry)
{
	uint32_t stack = (uint32_t)entry->general.sp;

	report_text("verdict.protocol", "linux-16");
	image_check();
	base = segment_base();
	entry->general.ip = base + ENTRY_OFFSET; /* a jump led from there to us */
	place_check(entry);
	real_machine_check(entry, false);
	header_check(stack);
	command_line_check(stack);
	parts_check();
	real_firmware_check(BOOT_DRIVE);
	verdict_end();
}
