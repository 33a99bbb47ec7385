/* SPDX-License-Identifier: MIT */
/* The machine of the protocols' fuzzers, and what every plan has to be. */
#include "support_plan.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/print.h"
#include "kernel-handoff/proto.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 128 * 1024, MIB = 1 << 20, MODULES = 2 };

static struct memory memory;
static struct plan plan;
static uint8_t arena_bytes[ARENA_BYTES];

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void make_memory(void)
{
	struct memory_range raw[] = {
		{ 0, 0x9FC00, MEMORY_RAM, 1 },     { 0x9FC00, 0xA0000, MEMORY_RESERVED, 1 }, { 0xF0000, MIB, MEMORY_RESERVED, 1 },
		{ MIB, 512 * MIB, MEMORY_RAM, 1 }, { 511 * MIB, 512 * MIB, MEMORY_ACPI, 1 }, { 1ull << 32, 3ull << 31, MEMORY_RAM, 1 },
	};
	struct err err;

	memory.count = 0;
	require(memory_map_build(raw, sizeof raw / sizeof *raw, &memory.map, &err) == OK);
	require(memory_reserve(&memory, 0, 0x1000, "firmware", false, NULL, &err) == OK);
	require(memory_reserve(&memory, 0x7000, 0x80000, "loader", true, NULL, &err) == OK);
}

/* Reads the first and the last bytes of a place's file: what is promised must be there. */
static void check_file(const struct place *place)
{
	uint8_t bytes[64];
	uint64_t part = min_u64(place->file_bytes, sizeof bytes);
	struct err err;

	if (place->file_bytes == 0)
		return;
	require(file_read(place->file, place->file_offset, part, bytes, &err) == OK);
	require(file_read(place->file, place->file_offset + place->file_bytes - part, part, bytes, &err) == OK);
}

/* Loads what begins where the firmware's map is wanted, in memory of just its length, and has the longest map written. */
static void check_firmware_map(void)
{
	static const uint8_t descriptors[FIRMWARE_MAP_ROOM];
	const struct plan_firmware_map *want = &plan.firmware_map;
	const struct firmware_map map = { descriptors, want->room, 48, 1 };
	uint64_t end = want->start;
	uint8_t *bytes;
	struct err err;

	require(want->room <= sizeof descriptors && want->write != NULL);
	for (unsigned i = 0; i < plan.count; i++)
		end += plan.place[i].start == end ? plan.place[i].bytes : 0;
	require(end - want->start > want->room);
	bytes = calloc(1, end - want->start);
	for (unsigned i = 0; i < plan.count; i++) {
		const struct place *place = &plan.place[i];

		if (place->start >= want->start && place->start < end && place->file_bytes > 0)
			require(file_read(place->file, place->file_offset, place->file_bytes, bytes + (place->start - want->start), &err) ==
				OK);
	}
	want->write(want->context, bytes, &map);
	free(bytes);
}

static void check_plan(void)
{
	static char text[64 * 1024];
	struct text_buffer buffer;

	text_buffer_init(&buffer, text, sizeof text);
	plan_print(&plan, &buffer.sink);
	require(!buffer.truncated);
	if (plan.mode == ENTRY_MODE_IMAGE) {
		require(plan.count == 0 && plan.trampoline == 0 && plan.image.file->bytes > 0);
		return;
	}
	if (plan.mode == ENTRY_MODE_REAL)
		require(plan.trampoline > 0 && plan.trampoline + TRAMPOLINE_BYTES <= MIB);
	else
		require(plan.mode == ENTRY_MODE_FIRMWARE ? plan.trampoline == 0 : plan.trampoline >= (plan.low_from ? 0x1000 : MIB));
	require(plan.count > 0);
	for (unsigned i = 0; i < plan.count; i++) {
		const struct place *place = &plan.place[i];

		require(place->bytes > 0 && place->file_bytes <= place->bytes && place->start >= 0x1000);
		/* Only Linux takes anything above 4 GiB, and that is its initrd. */
		require(place->start <= UINT64_MAX - place->bytes);
		require(place->start + place->bytes <= 1ull << 32 || (place->kind == PLACE_MODULE && plan.mode == ENTRY_MODE_LONG));
		require(memory_map_covers(&memory.map, place->start, place->start + place->bytes, MEMORY_RAM));
		for (unsigned j = 0; j < i; j++)
			require(!ranges_overlap(place->start, place->start + place->bytes, plan.place[j].start,
						plan.place[j].start + plan.place[j].bytes));
		require(!ranges_overlap(place->start, place->start + place->bytes, plan.trampoline,
					plan.trampoline + (plan.trampoline != 0 ? TRAMPOLINE_BYTES : 0)));
		check_file(place);
		require(!place->staged || plan.mode != ENTRY_MODE_FIRMWARE);
	}
	if (plan.firmware_map.start != 0)
		check_firmware_map();
}

static const uint8_t data[5] = "init";

/* A framebuffer of 32-bit pixels. */
#define PIXELS(at, w, h)                                                                                                                   \
	{                                                                                                                                  \
		.kind = SCREEN_LINEAR, .phys = (at), .pitch_bytes = 4 * (w), .width = (w), .height = (h), .bits_per_pixel = 32,            \
		.red = { 16, 8 }, .green = { 8, 8 }, .blue = {                                                                             \
			0,                                                                                                                 \
			8                                                                                                                  \
		}                                                                                                                          \
	}

static void video_modes(const struct video_mode **mode, unsigned *count)
{
	static const struct video_mode list[] = { { 0x115, PIXELS(0xFD000000, 800, 600) } };

	*mode = list;
	*count = 1;
}

static bool video_vbe(uint32_t number, struct vbe_information *information)
{
	*information = (struct vbe_information){ .mode = (uint16_t)number };
	return true;
}

static const struct video_source video = { .modes = video_modes, .vbe = video_vbe };

static const struct apm *apm(void)
{
	static const struct apm version_1_2 = { .version = 0x102 };

	return &version_1_2;
}

static const struct machine bios = { .firmware = FIRMWARE_BIOS,
				     .memory_lower_kib = 639,
				     .bios_drive = 0x80,
				     .boot_partition = 1,
				     .rsdp_phys = 0xF5A00,
				     .rsdp = { data, sizeof data },
				     .smbios_tables = { data, sizeof data },
				     .apm = apm,
				     .video = &video,
				     .dhcp_ack = { data, sizeof data },
				     .screen = { .kind = SCREEN_TEXT, .phys = 0xB8000, .width = 80, .height = 25 },
				     .cpu_no_execute = true,
				     .has_random_seed = true };

static const struct machine uefi = {
	.firmware = FIRMWARE_UEFI,
	.memory_lower_kib = 640,
	.bios_drive = BIOS_DRIVE_NONE,
	.smbios_tables = { data, sizeof data },
	.screen = PIXELS(5ull << 38, 1280, 800),
	.efi_system_table = 0x1F5EC018,
	.efi_image_handle = 0x1E605998,
	.cpu_no_execute = true,
	.has_random_seed = true,
	.random_seed = { 0x5A, 0x12, 0x77, 1, 0, 0, 0, 0, 0x99, 0x31 },
};

static void plan_on(const struct machine *machine, const char *protocol, const uint8_t *kernel, size_t bytes)
{
	struct memory_file kernel_file, module_file;
	struct boot_module module[MODULES] = { { &module_file.file, "/one", "" }, { &module_file.file, "/two", "arguments" } };
	struct boot_request request = { .protocol = protocol,
					.kernel = &kernel_file.file,
					.kernel_path = "/kernel",
					.options = "console=com1",
					.module_count = MODULES,
					.module = module,
					.machine = machine,
					.settings = { .multiboot_uefi = true } };
	struct arena arena;
	struct err err = { 0 };

	make_memory();
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	memory_file_init(&kernel_file, "/kernel", kernel, bytes);
	memory_file_init(&module_file, "/module", data, sizeof data);
	memset(&plan, 0, sizeof plan);
	plan.memory = &memory;
	if (boot_plan(&request, &plan, &arena, &err) == OK)
		check_plan();
	else
		require(err.code != OK && err.code != ERR_NOT_FOUND && err.code != ERR_IO && err.depth > 0);
}

void fuzz_plan(const char *protocol, const uint8_t *kernel, size_t bytes)
{
	plan_on(&bios, protocol, kernel, bytes);
	plan_on(&uefi, protocol, kernel, bytes);
}
