/* SPDX-License-Identifier: MIT */
/* The model with SeaBIOS. Figures are those of QEMU 7.2 with SeaBIOS 1.16.2 and a virtio disk, as the loader sees them there. */
#include "disk-tools/model.h"
#include "disk-tools/model_video.h"
#include "stage2/bios/memory-map.h" // LOW_START, LOW_END, WORK_ARENA, WORK_ARENA_END

#include <string.h>

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* SeaBIOS keeps the end of the low memory for ACPI tables and for its virtio driver. */
static const uint64_t firmware_tail = 128 * KIB + 12 * KIB;

enum {
	MODEL_EBDA = 0x9FC00,
	MODEL_RSDP = 0xF59D0,
	RSDP_BYTES = 20, /* ACPI 1.0 */
	MODEL_SMBIOS = 0xF59F0,
	MODEL_PNP = 0xF6060,
	SMBIOS_ENTRY_BYTES = 31,
	SMBIOS_TABLES_BYTES = 388,
	SMBIOS_TABLES_BYTES_HIGH = 421, /* with memory above 4 GiB */
	SMBIOS_MAJOR = 2,
	SMBIOS_MINOR = 8,
	TEXT_COLUMNS = 80,
	TEXT_LINES = 25,
	TEXT_MODE = 3,
	GLYPH_LINES = 16,
	BOOT_DRIVE = 0x80,
};

static const struct apm *model_apm(void)
{
	static const struct apm apm = { .version = 0x0102 };

	return &apm;
}

static const struct machine machine = {
	.firmware = FIRMWARE_BIOS,
	.memory_lower_kib = MODEL_EBDA / 1024,
	.bios_drive = BOOT_DRIVE,
	.cpu_no_execute = true,
	.rsdp_phys = MODEL_RSDP,
	.rsdp = { .data = model_table, .bytes = RSDP_BYTES },
	.smbios_phys = MODEL_SMBIOS,
	.smbios_entry = { .data = model_table, .bytes = SMBIOS_ENTRY_BYTES },
	.smbios_tables = { .data = model_table, .bytes = SMBIOS_TABLES_BYTES },
	.smbios_major = SMBIOS_MAJOR,
	.smbios_minor = SMBIOS_MINOR,
	.pnp_phys = MODEL_PNP,
	.apm = model_apm,
	.screen = {
		.kind = SCREEN_TEXT,
		.phys = 0xB8000,
		.pitch_bytes = TEXT_COLUMNS * 2,
		.width = TEXT_COLUMNS,
		.height = TEXT_LINES,
		.bits_per_pixel = 16,
		.text_mode = TEXT_MODE,
		.font_lines = GLYPH_LINES,
	},
};

static unsigned bios_ranges(uint64_t memory_bytes, struct memory_range *raw)
{
	uint64_t low = model_low_memory(memory_bytes), high = memory_bytes - low;
	const struct memory_range ranges[] = {
		{ 0, MODEL_EBDA, MEMORY_RAM, 1 },
		{ MODEL_EBDA, 640 * KIB, MEMORY_RESERVED, 1 },
		{ 960 * KIB, MIB, MEMORY_RESERVED, 1 },
		{ MIB, low - firmware_tail, MEMORY_RAM, 1 },
		{ low - firmware_tail, low, MEMORY_RESERVED, 1 },
		{ 4 * GIB - 256 * KIB, 4 * GIB, MEMORY_RESERVED, 1 },
		{ 4 * GIB, 4 * GIB + high, MEMORY_RAM, 1 },
		{ 1012 * GIB, 1024 * GIB, MEMORY_RESERVED, 1 },
	};

	memcpy(raw, ranges, sizeof ranges);
	return sizeof ranges / sizeof ranges[0];
}

/* As the BIOS shell does it. */
static enum status bios_reserve(struct memory *memory, uint64_t memory_bytes, struct err *err)
{
	enum status status = memory_reserve(memory, 0, LOW_START, "interrupt vectors and BIOS data", false, NULL, err);

	(void)memory_bytes;
	return status == OK ? memory_reserve(memory, LOW_START, LOW_END, "the loader", true, NULL, err) : status;
}

static void bios_adjust(struct machine *adjusted, uint64_t memory_bytes)
{
	adjusted->video = model_video_bios();
	if (memory_bytes > model_low_memory(memory_bytes))
		adjusted->smbios_tables.bytes = SMBIOS_TABLES_BYTES_HIGH;
}

const struct model_firmware model_bios = {
	.machine = &machine,
	.memory_min = 2 * MIB,
	.arena_bytes = WORK_ARENA_END - WORK_ARENA,
	.ranges = bios_ranges,
	.reserve = bios_reserve,
	.adjust = bios_adjust,
};
