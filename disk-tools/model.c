/* SPDX-License-Identifier: MIT */
/* The model machine: what both firmwares have in common. */
#include "disk-tools/model.h"

#include "disk-tools/memory_map_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const uint64_t mib = 1 << 20, gib = 1 << 30;

/* QEMU's `pc` leaves this much below 4 GiB when there is more than can be below. */
static const uint64_t low_memory_limit = 3584ull << 20, low_memory_split = 3ull << 30;

const uint8_t model_table[MODEL_TABLE_BYTES];

/* ACPI 6.5 section 5.2.12, byte for byte as QEMU 7.2 makes it: one processor, one I/O APIC, the interrupts of a PC. */
static const char model_madt[] = "APIC\x78\0\0\0\1\x8a"
				 "BOCHS "
				 "BXPC    \1\0\0\0"
				 "BXPC\1\0\0\0"
				 "\0\0\xe0\xfe\1\0\0\0"          /* address of the local APIC; there are 8259s, too */
				 "\0\x8\0\0\1\0\0\0"             /* local APIC 0, enabled */
				 "\1\xc\0\0\0\0\xc0\xfe\0\0\0\0" /* I/O APIC 0 */
				 "\2\xa\0\0\2\0\0\0\0\0"         /* interrupt 0 is its input 2; level, active high: */
				 "\2\xa\0\5\5\0\0\0\xd\0"
				 "\2\xa\0\x9\x9\0\0\0\xd\0"
				 "\2\xa\0\xa\xa\0\0\0\xd\0"
				 "\2\xa\0\xb\xb\0\0\0\xd\0"
				 "\4\6\xff\0\0\1"; /* NMI of all processors */

uint64_t model_low_memory(uint64_t memory_bytes)
{
	return memory_bytes >= low_memory_limit ? low_memory_split : memory_bytes;
}

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

static enum exit_code make_map(struct model *model, const struct model_firmware *firmware, uint64_t memory_bytes, const char *map_path)
{
	struct memory_range raw[MEMORY_MAP_FILE_RANGES_MAX];
	unsigned count = 0;
	struct err err = { .code = OK };
	enum exit_code code = EXIT_OK;

	if (map_path != NULL)
		code = memory_map_file_read(map_path, raw, &count);
	else if (memory_bytes < firmware->memory_min)
		code = fail(EXIT_USAGE, "not enough memory for a machine", NULL, "--memory (at least %lluM)",
			    (unsigned long long)(firmware->memory_min / mib));
	else
		count = firmware->ranges(memory_bytes, raw);
	if (code == EXIT_OK && memory_map_build(raw, count, &model->platform.memory.map, &err) != OK)
		code = fail_err("no memory map for a machine", map_path, &err);
	return code;
}

/* The loader's arena, and address space for all of the RAM. */
static enum exit_code make_memory(struct model *model, size_t arena_bytes)
{
	void *arena = malloc(arena_bytes);

	model->physical_bytes = memory_map_ram_end(&model->platform.memory.map, UINT64_MAX);
	model->physical = mmap(NULL, model->physical_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (model->physical == MAP_FAILED)
		model->physical = NULL;
	if (arena == NULL || model->physical == NULL) {
		free(arena);
		return fail(EXIT_FAILED, "cannot model a machine", NULL, "%s for %llu MiB of memory", strerror(ENOMEM),
			    (unsigned long long)(model->physical_bytes / mib));
	}
	model->small_arena = arena;
	arena_init(&model->arena, arena, arena_bytes);
	model->platform.arena = &model->arena;
	boot_enlarge_arena(&model->platform);
	return EXIT_OK;
}

enum exit_code model_init(struct model *model, enum firmware firmware, uint64_t memory_bytes, const char *map_path)
{
	const struct model_firmware *with = firmware == FIRMWARE_UEFI ? &model_uefi : &model_bios;
	struct err err = { .code = OK };
	enum exit_code code;

	*model = (struct model){ .platform = { .ops = &model_ops, .console = &no_console, .machine = *with->machine } };
	model->platform.machine.acpi.madt = span_of(model_madt, sizeof model_madt - 1); /* without the NUL */
	code = make_map(model, with, memory_bytes, map_path);
	if (code != EXIT_OK)
		return code;
	if (with->reserve(&model->platform.memory, map_path != NULL ? 0 : memory_bytes, &err) != OK)
		return fail_err("the loader has no room in this machine", map_path, &err);
	if (map_path != NULL)
		memory_bytes = memory_map_ram_end(&model->platform.memory.map, 4 * gib);
	with->adjust(&model->platform.machine, memory_bytes);
	return make_memory(model, with->arena_bytes);
}

void model_free(struct model *model)
{
	if (model->physical != NULL)
		munmap(model->physical, model->physical_bytes);
	free(model->small_arena);
	*model = (struct model){ .physical = NULL };
}

const enum firmware model_order[MODELS] = { FIRMWARE_BIOS, FIRMWARE_UEFI };

const char *firmware_name(enum firmware firmware)
{
	return firmware == FIRMWARE_UEFI ? "uefi" : "bios";
}

enum exit_code parse_firmware(const char *name, const char *value, enum firmware *firmware)
{
	for (unsigned i = 0; i < MODELS; i++) {
		if (strcmp(value, firmware_name(model_order[i])) != 0)
			continue;
		*firmware = model_order[i];
		return EXIT_OK;
	}
	return fail(EXIT_USAGE, "unknown firmware", NULL, "--%s %s (bios or uefi)", name, value);
}

enum exit_code models_init(struct model model[MODELS], uint64_t memory_bytes)
{
	enum exit_code code = EXIT_OK;

	for (unsigned i = 0; i < MODELS; i++)
		model[i] = (struct model){ .physical = NULL };
	for (unsigned i = 0; i < MODELS && code == EXIT_OK; i++)
		code = model_init(&model[i], model_order[i], memory_bytes, NULL);
	if (code != EXIT_OK)
		models_free(model);
	return code;
}

void models_free(struct model model[MODELS])
{
	for (unsigned i = 0; i < MODELS; i++)
		model_free(&model[i]);
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
