/* SPDX-License-Identifier: MIT */
/* The model machine. Figures are those of QEMU 7.2 with SeaBIOS 1.16.2 and a virtio disk, as the loader sees them there. */
#include "disk-tools/model.h"

#include "core/base/span.h"
#include "disk-tools/memory_map_file.h"
#include "stage2/bios/memory-map.h" // LOW_PAGE_TABLES, LOW_END, LOW_ARENA, LOW_ARENA_END

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* QEMU's `pc` leaves this much below 4 GiB when there is more than can be below. */
static const uint64_t low_memory_limit = 3584 * MIB, low_memory_split = 3 * GIB;
/* SeaBIOS keeps the end of the low memory for ACPI tables and for its virtio driver. */
static const uint64_t firmware_tail = 128 * KIB + 12 * KIB;

enum {
	MODEL_EBDA = 0x9FC00,
	MODEL_RSDP = 0xF59D0,
	RSDP_BYTES = 20, /* ACPI 1.0 */
	MODEL_SMBIOS = 0xF59F0,
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

/* Only the lengths of the firmware's tables have a part in a plan. */
static const uint8_t firmware_table[SMBIOS_TABLES_BYTES_HIGH];

/* The loader's part of the firmware is not called for a plan; what is left is a way to its memory. */
static void *model_window(struct platform *platform, uint64_t phys, uint64_t bytes)
{
	struct model *model = (struct model *)platform;

	if (phys > model->physical_bytes || bytes > model->physical_bytes - phys)
		return NULL;
	return model->physical + phys;
}

static const struct platform_ops model_ops = { .window = model_window };

static void drop(struct sink *sink, const char *text, size_t bytes)
{
	(void)sink;
	(void)text;
	(void)bytes;
}

static struct sink no_console = { .write = drop };

static const struct machine machine = {
	.firmware = FIRMWARE_BIOS,
	.memory_lower_kib = MODEL_EBDA / 1024,
	.bios_drive = BOOT_DRIVE,
	.cpu_no_execute = true,
	.rsdp_phys = MODEL_RSDP,
	.rsdp = { .data = firmware_table, .bytes = RSDP_BYTES },
	.smbios_phys = MODEL_SMBIOS,
	.smbios_entry = { .data = firmware_table, .bytes = SMBIOS_ENTRY_BYTES },
	.smbios_tables = { .data = firmware_table, .bytes = SMBIOS_TABLES_BYTES },
	.smbios_major = SMBIOS_MAJOR,
	.smbios_minor = SMBIOS_MINOR,
	.apm = { .version = 0x0102 },
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

/* The ranges that SeaBIOS reports on a `pc` with so much memory; returns how many. */
static unsigned pc_ranges(uint64_t memory_bytes, struct memory_range *raw)
{
	uint64_t low = memory_bytes >= low_memory_limit ? low_memory_split : memory_bytes, high = memory_bytes - low;
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

static enum exit_code make_map(struct model *model, uint64_t memory_bytes, const char *map_path)
{
	struct memory_range raw[MEMORY_RANGES_MAX];
	unsigned count = 0;
	struct err err = { .code = OK };
	enum exit_code code = EXIT_OK;

	if (map_path != NULL)
		code = memory_map_file_read(map_path, raw, &count);
	else if (memory_bytes < 2 * MIB)
		code = fail(EXIT_USAGE, "not enough memory for a machine", NULL, "--memory (at least 2M)");
	else
		count = pc_ranges(memory_bytes, raw);
	if (code == EXIT_OK && memory_map_build(raw, count, &model->platform.memory.map, &err) != OK)
		code = fail_err("no memory map for a machine", map_path, &err);
	return code;
}

/* As the BIOS shell does it. */
static enum status reserve_low(struct memory *memory, struct err *err)
{
	enum status status = memory_reserve(memory, 0, LOW_PAGE_TABLES, "interrupt vectors and BIOS data", false, NULL, err);

	return status == OK ? memory_reserve(memory, LOW_PAGE_TABLES, LOW_END, "the loader", true, NULL, err) : status;
}

enum exit_code model_init(struct model *model, uint64_t memory_bytes, const char *map_path)
{
	const size_t arena_bytes = LOW_ARENA_END - LOW_ARENA;
	struct err err = { .code = OK };
	enum exit_code code;
	void *arena;

	*model = (struct model){ .platform = { .ops = &model_ops, .console = &no_console, .machine = machine } };
	code = make_map(model, memory_bytes, map_path);
	if (code != EXIT_OK)
		return code;
	if (reserve_low(&model->platform.memory, &err) != OK)
		return fail_err("the loader has no room in this machine", map_path, &err);
	if (memory_map_ram_end(&model->platform.memory.map, UINT64_MAX) > 4 * GIB)
		model->platform.machine.smbios_tables.bytes = SMBIOS_TABLES_BYTES_HIGH;
	/* As much as the loader has, so that what is too much for it is too much here. */
	arena = malloc(arena_bytes);
	model->physical_bytes = memory_map_ram_end(&model->platform.memory.map, UINT64_MAX);
	model->physical = mmap(NULL, model->physical_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (model->physical == MAP_FAILED)
		model->physical = NULL;
	if (arena == NULL || model->physical == NULL) {
		free(arena);
		return fail(EXIT_FAILED, "cannot model a machine", NULL, "%s for %llu MiB of memory", strerror(ENOMEM),
			    (unsigned long long)(model->physical_bytes / MIB));
	}
	model->small_arena = arena;
	arena_init(&model->arena, arena, arena_bytes);
	model->platform.arena = &model->arena;
	boot_enlarge_arena(&model->platform);
	return EXIT_OK;
}

void model_free(struct model *model)
{
	if (model->physical != NULL)
		munmap(model->physical, model->physical_bytes);
	free(model->small_arena);
	*model = (struct model){ .physical = NULL };
}

struct model_mark model_mark(const struct model *model)
{
	return (struct model_mark){ .arena = arena_mark(&model->arena), .memory = memory_mark(&model->platform.memory) };
}

/* [start, end) reads as zeros again, and costs nothing. */
static void forget_physical(struct model *model, size_t start, size_t end)
{
	if (start < end)
		madvise(model->physical + start, end - start, MADV_DONTNEED);
}

void model_forget(struct model *model, struct model_mark mark)
{
	size_t arena_start = model->physical_bytes, arena_end = model->physical_bytes;

	if (model->arena.base != model->small_arena) {
		arena_start = (size_t)(model->arena.base - model->physical);
		arena_end = arena_start + model->arena.capacity;
	}
	arena_reset(&model->arena, mark.arena);
	memory_reset(&model->platform.memory, mark.memory);
	/* Unpacked kernels need not stay; the arena has to. */
	forget_physical(model, 0, arena_start);
	forget_physical(model, arena_end, model->physical_bytes);
}

enum status model_plan(struct model *model, const struct menu_entry *entry, struct plan *plan, struct err *err)
{
	return boot_prepare(&model->platform, entry, plan, err);
}
