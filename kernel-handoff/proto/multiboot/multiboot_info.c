/* SPDX-License-Identifier: MIT */
/*
 * The Multiboot 1 boot information: a structure of fixed fields, and behind it what they point to. One function for each group of fields
 * writes the latter and notes the former.
 */
#include "kernel-handoff/proto/multiboot/multiboot_info.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "kernel-handoff/loader_name.h"
#include "kernel-handoff/proto/multiboot/multiboot_sections.h"
#include "kernel-handoff/proto/places.h"

/*
 * Offsets of the fields, and which bit of the first one says that a group is there. Behind the framebuffer's type the specification's table
 * and its own multiboot.h differ, where a compiler leaves two bytes free: the latter is what kernels and GRUB have.
 */
enum {
	FLAGS = 0,
	MEMORY_LOWER = 4,
	MEMORY_UPPER = 8,
	BOOT_DEVICE = 12,
	COMMAND_LINE = 16,
	MODULE_COUNT = 20,
	MODULES = 24,
	ELF_SECTIONS = 28, /* count, bytes of one, address, index of the names */
	MAP_BYTES = 44,
	MAP = 48,
	LOADER_NAME_ADDRESS = 64,
	APM_TABLE = 68,
	VBE_CONTROL = 72,
	VBE_MODE_INFORMATION = 76,
	VBE_MODE = 80,
	FRAMEBUFFER = 88,
	COLORS = 112,
	FIXED_BYTES = 120,
};

enum {
	HAS_MEMORY = 1 << 0,
	HAS_BOOT_DEVICE = 1 << 1,
	HAS_COMMAND_LINE = 1 << 2,
	HAS_MODULES = 1 << 3,
	HAS_ELF_SECTIONS = 1 << 5,
	HAS_MAP = 1 << 6,
	HAS_LOADER_NAME = 1 << 9,
	HAS_APM = 1 << 10,
	HAS_VBE = 1 << 11,
	HAS_FRAMEBUFFER = 1 << 12,
};

enum { LOW_START = 0x10000, LOW_END = 0x70000 /* kernels have the stack below 0x7FF00 */, LOW_END_DISTANCE = 0x20000 };
enum { PAGE_BYTES = 4096, WORD_BYTES = 4, MAP_ENTRY_BYTES = 20, PARTITION_NONE = 0xFF };

/* What the groups are made from, and the fixed fields as far as they are known. */
struct information {
	const struct multiboot_facts *facts;
	const struct machine *machine;
	const struct memory_map *map;
	const struct plan_video *video;
	const struct multiboot_sections *sections;
	const uint64_t *module_start;
	uint64_t start; /* where it will lie */
	struct tag_writer writer;
	uint8_t fields[FIXED_BYTES];
};

static void set(struct information *information, unsigned field, uint64_t value)
{
	put_le32(information->fields + field, (uint32_t)value);
}

static void has(struct information *information, uint32_t flag)
{
	set(information, FLAGS, get_le32(information->fields + FLAGS) | flag);
}

/* The address of what is written next, which begins at a multiple of four. */
static uint64_t next_address(struct information *information)
{
	static const uint8_t zeros[WORD_BYTES] = { 0 };
	size_t past = information->writer.bytes % WORD_BYTES;

	if (past > 0)
		write_bytes(&information->writer, zeros, WORD_BYTES - past);
	return information->start + information->writer.bytes;
}

static void write_memory(struct information *information)
{
	const struct memory_map *map = information->map;

	has(information, HAS_MEMORY | HAS_MAP);
	set(information, MEMORY_LOWER, information->machine->memory_lower_kib);
	set(information, MEMORY_UPPER, multiboot_upper_memory_kib(map));
	set(information, MAP, next_address(information));
	set(information, MAP_BYTES, (uint64_t)map->count * (WORD_BYTES + MAP_ENTRY_BYTES));
	for (unsigned i = 0; i < map->count; i++) {
		write_u32(&information->writer, MAP_ENTRY_BYTES); /* does not count itself */
		multiboot_range_write(&information->writer, &map->range[i]);
	}
}

/* The drive is the highest byte; below it the partition, counted from 0, and what it is divided into. */
static void write_boot_device(struct information *information)
{
	const struct machine *machine = information->machine;
	uint32_t partition = machine->boot_partition;

	if (machine->bios_drive == BIOS_DRIVE_NONE)
		return;
	partition = partition == 0 || partition > PARTITION_NONE ? PARTITION_NONE : partition - 1;
	has(information, HAS_BOOT_DEVICE);
	set(information, BOOT_DEVICE, machine->bios_drive << 24 | partition << 16 | PARTITION_NONE << 8 | PARTITION_NONE);
}

static void write_strings(struct information *information)
{
	const struct boot_request *request = information->facts->request;

	has(information, HAS_COMMAND_LINE | HAS_LOADER_NAME);
	set(information, COMMAND_LINE, next_address(information));
	write_text(&information->writer, request->kernel_path, request->options);
	set(information, LOADER_NAME_ADDRESS, next_address(information));
	write_text(&information->writer, LOADER_NAME, NULL);
}

/* A table of modules, and behind it their strings. */
static void write_modules(struct information *information)
{
	const struct boot_request *request = information->facts->request;
	struct tag_writer strings = { 0 }, *writer = &information->writer;

	has(information, HAS_MODULES);
	set(information, MODULE_COUNT, request->module_count);
	set(information, MODULES, next_address(information));
	strings.bytes = writer->bytes + (size_t)4 * WORD_BYTES * request->module_count;
	for (unsigned i = 0; i < request->module_count; i++) {
		const struct boot_module *module = &request->module[i];
		uint64_t start = information->module_start[i];

		write_u32(writer, (uint32_t)start);
		write_u32(writer, (uint32_t)(start + module->file->bytes));
		write_u32(writer, (uint32_t)(information->start + strings.bytes));
		write_u32(writer, 0);
		write_text(&strings, module->path, module->arguments);
	}
	for (unsigned i = 0; i < request->module_count; i++)
		write_text(writer, request->module[i].path, request->module[i].arguments);
}

static void write_elf_sections(struct information *information)
{
	const struct multiboot_sections *sections = information->sections;

	if (sections->elf == NULL)
		return;
	has(information, HAS_ELF_SECTIONS);
	set(information, ELF_SECTIONS, sections->elf->section_count);
	set(information, ELF_SECTIONS + 4, sections->elf->section_bytes);
	set(information, ELF_SECTIONS + 8, next_address(information));
	set(information, ELF_SECTIONS + 12, sections->elf->section_names);
	write_bytes(&information->writer, sections->headers, multiboot_sections_bytes(sections));
}

static void write_apm(struct information *information)
{
	const struct apm *apm = machine_apm(information->machine);

	if (apm == NULL)
		return;
	has(information, HAS_APM);
	set(information, APM_TABLE, next_address(information));
	multiboot_apm_write(&information->writer, apm);
}

static void write_vbe(struct information *information)
{
	const struct vbe_information *vbe = information->video->vbe;
	struct tag_writer mode = { .data = information->fields + VBE_MODE };

	if (vbe == NULL)
		return;
	has(information, HAS_VBE);
	set(information, VBE_CONTROL, next_address(information));
	write_bytes(&information->writer, vbe->control, sizeof vbe->control);
	set(information, VBE_MODE_INFORMATION, next_address(information));
	write_bytes(&information->writer, vbe->mode_information, sizeof vbe->mode_information);
	multiboot_vbe_mode_write(&mode, vbe);
}

static void write_framebuffer(struct information *information)
{
	const struct screen *screen = &information->video->screen;
	struct tag_writer framebuffer = { .data = information->fields + FRAMEBUFFER }, colors = { .data = information->fields + COLORS };

	if (screen->kind == SCREEN_NONE)
		return;
	has(information, HAS_FRAMEBUFFER);
	multiboot_framebuffer_write(&framebuffer, screen);
	if (screen->kind == SCREEN_LINEAR)
		multiboot_colors_write(&colors, screen);
}

static void (*const groups[])(struct information *information) = {
	write_memory, write_boot_device, write_strings, write_modules, write_elf_sections, write_apm, write_vbe, write_framebuffer,
};

/* Into `data`, or only counted if that is NULL: returns how many bytes it has. */
static size_t write_all(struct information *information, uint8_t *data)
{
	memset(information->fields, 0, sizeof information->fields);
	information->writer = (struct tag_writer){ .data = data, .bytes = FIXED_BYTES };
	for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++)
		groups[i](information);
	if (data != NULL)
		memcpy(data, information->fields, FIXED_BYTES);
	return information->writer.bytes;
}

static size_t measure(const void *context)
{
	struct information information = *(const struct information *)context;

	return write_all(&information, NULL);
}

/*
 * Where GRUB has it, for kernels that map no more than the first MiB: in low memory, above what kernels use without asking (first code of
 * their processors), and below what Xen takes for its trampoline, and for a copy of this, from the end of low memory down. Where the
 * memory map has no room there: behind the kernel.
 */
static enum status allocate(struct plan *plan, const struct machine *machine, struct place *place, struct err *err)
{
	uint64_t lower_end = (uint64_t)machine->memory_lower_kib * 1024;
	struct memory_want want = { .bytes = place->bytes, .align = PAGE_BYTES, .min = LOW_START, .low = true, .what = place->what };
	enum status status;

	want.max = max_u64(min_u64(LOW_END, lower_end - min_u64(lower_end, LOW_END_DISTANCE)), LOW_START);
	status = memory_allocate_over(plan->memory, &want, &place->start, &place->staged, err);
	if (status != ERR_NO_MEMORY)
		return status;
	want.min = want.max = 0;
	return plan_allocate(plan, &want, &place->start, &place->staged, err);
}

enum status multiboot_info_add(struct plan *plan, const struct multiboot_facts *facts, struct arena *arena, uint64_t *address,
			       struct err *err)
{
	struct multiboot_sections sections;
	struct information information = {
		.facts = facts, .machine = facts->request->machine, .map = &plan->memory->map, .video = &plan->video, .sections = &sections
	};
	struct place place = { .what = "boot information" };
	uint64_t *module_start;
	uint8_t *data;
	size_t bytes;

	if (modules_list(facts->request, arena, &module_start, err) != OK)
		return err->code;
	information.module_start = module_start;
	if (multiboot_sections_read(facts->elf, measure, &information, arena, &sections, &data, &bytes, err) != OK)
		return err->code;
	place.bytes = bytes;
	if (allocate(plan, information.machine, &place, err) != OK ||
	    information_place(plan, &place, span_of(data, bytes), arena, err) != OK ||
	    multiboot_rest_place(plan, &sections, facts->request, module_start, arena, err) != OK)
		return err->code;
	information.start = place.start;
	(void)write_all(&information, data);
	*address = information.start;
	return OK;
}
