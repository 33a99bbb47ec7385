/* SPDX-License-Identifier: MIT */
/*
 * The model with OVMF. Figures are those of QEMU 7.2 with OVMF 2022.11 (2 MiB build, -bios) and a virtio disk. What the firmware has below
 * 21 MiB is where it is on every `pc`; all else hangs from the end of the memory below 4 GiB.
 */
#include "disk-tools/efi_loader.h" // efi_loader_image
#include "disk-tools/model.h"
#include "disk-tools/model_video.h"

#include <string.h>

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

enum {
	RSDP_BYTES = 36, /* ACPI 2.0 */
	SMBIOS_ENTRY_BYTES = 31,
	SMBIOS_TABLES_BYTES = 395,
	SMBIOS_TABLES_BYTES_HIGH = 428, /* with memory above 4 GiB */
	SMBIOS_MAJOR = 2,
	SMBIOS_MINOR = 8,
	SCREEN_WIDTH = 1280,
	SCREEN_HEIGHT = 800,
	PIXEL_BYTES = 4,
	LOADER_ARENA_BYTES = 512 * 1024,
};

/* Distances from the end of the low memory. */
enum {
	MODEL_SYSTEM_TABLE = 0xA13FE8,
	MODEL_IMAGE_HANDLE = 0x1A0C068,
	MODEL_RSDP = 0x881FEC,
	MODEL_SMBIOS = 0xAE8000,
};

static const struct machine machine = {
	.firmware = FIRMWARE_UEFI,
	.memory_lower_kib = 640,
	.bios_drive = BIOS_DRIVE_NONE,
	.cpu_no_execute = true,
	.rsdp = { .data = model_table, .bytes = RSDP_BYTES },
	.smbios_entry = { .data = model_table, .bytes = SMBIOS_ENTRY_BYTES },
	.smbios_tables = { .data = model_table, .bytes = SMBIOS_TABLES_BYTES },
	.smbios_major = SMBIOS_MAJOR,
	.smbios_minor = SMBIOS_MINOR,
	.screen = {
		.kind = SCREEN_LINEAR,
		.phys = 2 * GIB,
		.pitch_bytes = SCREEN_WIDTH * PIXEL_BYTES,
		.width = SCREEN_WIDTH,
		.height = SCREEN_HEIGHT,
		.bits_per_pixel = 8 * PIXEL_BYTES,
		.red = { 16, 8 },
		.green = { 8, 8 },
		.blue = { 0, 8 },
		.reserved = { 24, 8 },
	},
};

static unsigned uefi_ranges(uint64_t memory_bytes, struct memory_range *raw)
{
	uint64_t low = model_low_memory(memory_bytes), high = memory_bytes - low;
	const struct memory_range ranges[] = {
		{ 0, 0xA0000, MEMORY_RAM, 1 },
		{ MIB, 0x800000, MEMORY_RAM, 1 },
		{ 0x800000, 0x808000, MEMORY_NVS, 1 },
		{ 0x808000, 0x80B000, MEMORY_RAM, 1 },
		{ 0x80B000, 0x80C000, MEMORY_NVS, 1 },
		{ 0x80C000, 0x810000, MEMORY_RAM, 1 },
		{ 0x810000, 0x900000, MEMORY_NVS, 1 },
		{ 0x900000, low - 0x1545000, MEMORY_RAM, 1 },
		{ low - 0x1545000, low - 0x1484000, MEMORY_RESERVED, 1 },
		{ low - 0x1484000, low - 0xB13000, MEMORY_RAM, 1 },
		{ low - 0xB13000, low - 0x893000, MEMORY_RESERVED, 1 },
		{ low - 0x893000, low - 0x881000, MEMORY_ACPI, 1 },
		{ low - 0x881000, low - 0x801000, MEMORY_NVS, 1 },
		{ low - 0x801000, low - 0xA8000, MEMORY_RAM, 1 },
		{ low - 0xA8000, low - 0x88000, MEMORY_RESERVED, 1 },
		{ low - 0x88000, low, MEMORY_NVS, 1 },
		{ 4 * GIB, 4 * GIB + high, MEMORY_RAM, 1 },
	};

	memcpy(raw, ranges, sizeof ranges);
	return sizeof ranges / sizeof ranges[0];
}

/* Its image, the file that the firmware read it from, what both of them have taken since; most of that is the firmware's console. */
static uint64_t loader_bytes(void)
{
	enum { PAGE_BYTES = 4096, TAKEN_BYTES = 0x49F000 };
	uint64_t image = (efi_loader_image().bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;

	return 2 * image + TAKEN_BYTES;
}

/* The RAM that the firmware and the loader use until the jump. */
static enum status uefi_reserve(struct memory *memory, uint64_t memory_bytes, struct err *err)
{
	uint64_t low = model_low_memory(memory_bytes);
	const struct {
		uint64_t start, end;
		const char *what;
	} used[] = {
		{ 0, 0x1000, "the firmware" },
		{ 0x900000, 0x1500000, "the firmware" },
		{ low - 0x448B000, low - 0x446B000, "the firmware" },
		{ low - 0x1C32000 - loader_bytes(), low - 0x1C32000, "the loader" },
		{ low - 0x1C20000, low - 0x1545000, "the firmware" },
		{ low - 0x1484000, low - 0xB13000, "the firmware" },
		{ low - 0x801000, low - 0x200000, "the firmware" },
		{ low - 0x125000, low - 0xA8000, "the firmware" },
	};
	enum status status = OK;

	if (memory_bytes == 0)
		return OK;
	for (unsigned i = 0; i < sizeof used / sizeof used[0] && status == OK; i++)
		status = memory_reserve(memory, used[i].start, used[i].end, used[i].what, true, NULL, err);
	return status;
}

static void uefi_adjust(struct machine *adjusted, uint64_t memory_bytes)
{
	uint64_t low = model_low_memory(memory_bytes);

	adjusted->efi_system_table = low - MODEL_SYSTEM_TABLE;
	adjusted->efi_image_handle = low - MODEL_IMAGE_HANDLE;
	adjusted->rsdp_phys = low - MODEL_RSDP;
	adjusted->smbios_phys = low - MODEL_SMBIOS;
	if (memory_bytes > low)
		adjusted->smbios_tables.bytes = SMBIOS_TABLES_BYTES_HIGH;
	/* The card's memory comes behind the RAM, at a multiple of its window for large devices. */
	if (low > 2 * GIB)
		adjusted->screen.phys = 3 * GIB;
	adjusted->video = model_video_uefi(adjusted->screen.phys);
}

const struct model_firmware model_uefi = {
	.machine = &machine,
	.memory_min = 128 * MIB,
	.arena_bytes = LOADER_ARENA_BYTES,
	.ranges = uefi_ranges,
	.reserve = uefi_reserve,
	.adjust = uefi_adjust,
};
