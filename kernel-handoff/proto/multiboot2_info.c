/* SPDX-License-Identifier: MIT */
/* The Multiboot2 boot information: one function for each kind of tag, and a table of them. */
#include "kernel-handoff/proto/multiboot2_info.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "kernel-handoff/loader_name.h"
#include "kernel-handoff/proto/multiboot2_efi.h"
#include "kernel-handoff/proto/multiboot2_sections.h"
#include "kernel-handoff/proto/tag_writer.h"

enum {
	TAG_COMMAND_LINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_BASIC_MEMORY = 4,
	TAG_BOOT_DEVICE = 5,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_APM = 10,
	TAG_SMBIOS = 13,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
	TAG_LOAD_BASE = 21,
};

enum { END_BYTES = 8, RSDP_OLD_BYTES = 20, RSDP_NEW_BYTES = 36, MAP_ENTRY_BYTES = 24, PAGE_BYTES = 4096 };
enum { FRAMEBUFFER_RGB = 1, FRAMEBUFFER_TEXT = 2, NO_PARTITION = -1 };

/* Everything that the tags are made from. */
struct source {
	const struct multiboot2_facts *facts;
	const struct machine *machine;
	const struct memory_map *map;
	const struct multiboot2_sections *sections;
};

static void write_strings(struct tag_writer *writer, const struct source *source)
{
	const struct boot_request *request = source->facts->request;
	size_t at = tag_begin(writer, TAG_COMMAND_LINE);

	write_text(writer, request->kernel_path, request->options);
	tag_end(writer, at);
	at = tag_begin(writer, TAG_LOADER_NAME);
	write_text(writer, LOADER_NAME, NULL);
	tag_end(writer, at);
}

static void write_modules(struct tag_writer *writer, const struct source *source)
{
	const struct boot_request *request = source->facts->request;

	for (unsigned i = 0; i < request->module_count; i++) {
		const struct boot_module *module = &request->module[i];
		uint64_t start = source->facts->module_start[i];
		size_t at = tag_begin(writer, TAG_MODULE);

		write_u32(writer, (uint32_t)start);
		write_u32(writer, (uint32_t)(start + module->file->bytes));
		write_text(writer, module->path, module->arguments);
		tag_end(writer, at);
	}
}

/* The end of the RAM that goes on from 1 MiB without a hole. */
static uint64_t upper_memory_end(const struct memory_map *map)
{
	uint64_t end = 1 << 20;

	for (unsigned i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->range[i];

		if (range->type == MEMORY_RAM && range->start <= end && range->end > end)
			end = range->end;
	}
	return end;
}

/* A kernel that keeps the firmware asks it: a map made now would not be true any more. */
static void write_memory(struct tag_writer *writer, const struct source *source)
{
	const struct memory_map *map = source->map;
	size_t at;

	if (source->facts->keeps_firmware)
		return;
	at = tag_begin(writer, TAG_BASIC_MEMORY);
	write_u32(writer, source->machine->memory_lower_kib);
	write_u32(writer, (uint32_t)min_u64((upper_memory_end(map) - (1 << 20)) / 1024, UINT32_MAX));
	tag_end(writer, at);

	at = tag_begin(writer, TAG_MEMORY_MAP);
	write_u32(writer, MAP_ENTRY_BYTES);
	write_u32(writer, 0); /* version */
	for (unsigned i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->range[i];

		write_u64(writer, range->start);
		write_u64(writer, range->end - range->start);
		write_u32(writer, range->type <= MEMORY_BAD ? range->type : MEMORY_RESERVED);
		write_u32(writer, 0);
	}
	tag_end(writer, at);
}

static void write_boot_device(struct tag_writer *writer, const struct source *source)
{
	const struct machine *machine = source->machine;
	size_t at;

	if (machine->bios_drive == BIOS_DRIVE_NONE)
		return;
	at = tag_begin(writer, TAG_BOOT_DEVICE);
	write_u32(writer, machine->bios_drive);
	write_u32(writer, machine->boot_partition != 0 ? machine->boot_partition - 1 : (uint32_t)NO_PARTITION);
	write_u32(writer, (uint32_t)NO_PARTITION); /* sub-partition */
	tag_end(writer, at);
}

/* The layout of multiboot2.h, which all kernels use: `reserved` has 16 bits. */
static void write_framebuffer(struct tag_writer *writer, const struct source *source)
{
	const struct screen *screen = &source->machine->screen;
	size_t at;

	if (screen->kind == SCREEN_NONE)
		return;
	at = tag_begin(writer, TAG_FRAMEBUFFER);
	write_u64(writer, screen->phys);
	write_u32(writer, screen->pitch_bytes);
	write_u32(writer, screen->width);
	write_u32(writer, screen->height);
	write_u8(writer, (uint8_t)screen->bits_per_pixel);
	write_u8(writer, screen->kind == SCREEN_TEXT ? FRAMEBUFFER_TEXT : FRAMEBUFFER_RGB);
	write_u16(writer, 0);
	if (screen->kind == SCREEN_LINEAR) {
		write_u8(writer, screen->red.position);
		write_u8(writer, screen->red.bits);
		write_u8(writer, screen->green.position);
		write_u8(writer, screen->green.bits);
		write_u8(writer, screen->blue.position);
		write_u8(writer, screen->blue.bits);
	}
	tag_end(writer, at);
}

static void write_apm(struct tag_writer *writer, const struct source *source)
{
	const struct apm *apm = &source->machine->apm;
	size_t at;

	if (apm->version == 0)
		return;
	at = tag_begin(writer, TAG_APM);
	write_u16(writer, apm->version);
	write_u16(writer, apm->code_segment);
	write_u32(writer, apm->entry_offset);
	write_u16(writer, apm->code_segment_16);
	write_u16(writer, apm->data_segment);
	write_u16(writer, apm->flags);
	write_u16(writer, apm->code_length);
	write_u16(writer, apm->code_length_16);
	write_u16(writer, apm->data_length);
	tag_end(writer, at);
}

/* An RSDP of ACPI 2.0 begins with one of 1.0, which has a checksum of its own: kernels find whichever tag they know. */
static void write_acpi(struct tag_writer *writer, const struct source *source)
{
	struct span rsdp = source->machine->rsdp;
	size_t at;

	if (rsdp.bytes >= RSDP_OLD_BYTES) {
		at = tag_begin(writer, TAG_ACPI_OLD);
		write_bytes(writer, rsdp.data, RSDP_OLD_BYTES);
		tag_end(writer, at);
	}
	if (rsdp.bytes >= RSDP_NEW_BYTES) {
		at = tag_begin(writer, TAG_ACPI_NEW);
		write_bytes(writer, rsdp.data, rsdp.bytes);
		tag_end(writer, at);
	}
}

static void write_load_base(struct tag_writer *writer, const struct source *source)
{
	size_t at = tag_begin(writer, TAG_LOAD_BASE);

	write_u32(writer, (uint32_t)source->facts->load_base);
	tag_end(writer, at);
}

static void write_efi(struct tag_writer *writer, const struct source *source)
{
	multiboot2_efi_write(writer, source->machine, source->facts->keeps_firmware);
}

static void write_sections(struct tag_writer *writer, const struct source *source)
{
	multiboot2_sections_write(writer, source->sections);
}

/* The tags in the order in which they stand; the SMBIOS tag is the last, because its tables are a place of their own. */
static void (*const tags[])(struct tag_writer *writer, const struct source *source) = {
	write_strings, write_modules, write_memory, write_boot_device, write_framebuffer,
	write_apm,     write_acpi,    write_efi,    write_sections,    write_load_base,
};

/*
 * The SMBIOS tables, which the head announces and the bytes of which are the firmware's; then the EFI memory map, the only tag that is
 * not known yet; then the end tag.
 */
struct tail {
	struct span tables;
	uint64_t tables_bytes; /* with padding */
	uint8_t rest[MULTIBOOT2_EFI_MAP_TAIL_BYTES];
	size_t rest_bytes;
	uint64_t room; /* for the EFI memory map, behind the rest */
};

static void tail_make(const struct source *source, struct tail *tail)
{
	const struct machine *machine = source->machine;

	*tail = (struct tail){ .tables = machine->smbios_tables, .tables_bytes = align_down(machine->smbios_tables.bytes + 7ull, 8) };
	if (machine->firmware == FIRMWARE_UEFI && !source->facts->keeps_firmware) {
		multiboot2_efi_map_tail(tail->rest);
		tail->rest_bytes = MULTIBOOT2_EFI_MAP_TAIL_BYTES;
		tail->room = FIRMWARE_MAP_ROOM;
	} else {
		put_le32(tail->rest + 4, END_BYTES); /* the type is 0 */
		tail->rest_bytes = END_BYTES;
	}
}

/* Everything but the tail. */
static void write_head(struct tag_writer *writer, const struct source *source, uint64_t total)
{
	const struct machine *machine = source->machine;

	write_u32(writer, (uint32_t)total);
	write_u32(writer, 0);
	for (unsigned i = 0; i < sizeof tags / sizeof *tags; i++)
		tags[i](writer, source);
	if (machine->smbios_tables.bytes == 0)
		return;
	write_u32(writer, TAG_SMBIOS);
	write_u32(writer, (uint32_t)(16 + machine->smbios_tables.bytes));
	write_u8(writer, machine->smbios_major);
	write_u8(writer, machine->smbios_minor);
	write_bytes(writer, (const uint8_t[6]){ 0 }, 6);
}

/* A place for bytes in memory at a known address inside the reservation of the boot information. */
static enum status add_bytes(struct plan *plan, const char *what, uint64_t start, struct span data, uint64_t bytes, struct arena *arena,
			     struct err *err)
{
	struct memory_file *file = ARENA_NEW(arena, struct memory_file);
	struct place place = { .kind = PLACE_INFORMATION, .what = what, .start = start, .bytes = bytes, .file_bytes = data.bytes };

	if (file == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for the {s}", what, 0, 0);
	memory_file_init(file, what, data.data, data.bytes);
	place.file = &file->file;
	return plan_add_reserved(plan, &place, err);
}

static enum status add_tail(struct plan *plan, const struct tail *tail, uint64_t start, struct arena *arena, struct err *err)
{
	const char *what = tail->room > 0 ? "boot information: EFI memory map and end" : "boot information: end";

	if (tail->tables.bytes > 0 &&
	    add_bytes(plan, "boot information: SMBIOS tables", start, tail->tables, tail->tables_bytes, arena, err) != OK)
		return err->code;
	return add_bytes(plan, what, start + tail->tables_bytes, span_of(tail->rest, tail->rest_bytes), tail->rest_bytes + tail->room,
			 arena, err);
}

static uint8_t *allocate_head(const struct source *source, struct arena *arena, size_t *bytes)
{
	struct tag_writer count = { 0 };

	write_head(&count, source, 0);
	*bytes = count.bytes;
	return ARENA_NEW_ARRAY(arena, uint8_t, count.bytes);
}

/* Reads the section headers and makes the buffer for the head. The sections tag can be large, and is left out if there is no room. */
static enum status prepare_head(const struct source *source, struct multiboot2_sections *sections, struct arena *arena, uint8_t **head,
				size_t *bytes, struct err *err)
{
	size_t mark = arena_mark(arena);

	if (multiboot2_sections_read(source->facts->elf, arena, sections, err) != OK)
		return err->code;
	*head = allocate_head(source, arena, bytes);
	if (*head == NULL && sections->elf != NULL) {
		arena_reset(arena, mark);
		*sections = (struct multiboot2_sections){ 0 };
		*head = allocate_head(source, arena, bytes);
	}
	if (*head == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of boot information", NULL, *bytes, 0);
	return OK;
}

enum status multiboot2_info_add(struct plan *plan, const struct multiboot2_facts *facts, struct arena *arena, uint64_t *address,
				struct err *err)
{
	struct multiboot2_sections sections;
	const struct source source = { facts, facts->request->machine, &plan->memory->map, &sections };
	struct memory_want want = { .align = PAGE_BYTES, .what = "boot information" };
	struct tag_writer writer = { 0 };
	struct tail *tail = ARENA_NEW(arena, struct tail);
	uint64_t start, total;
	size_t bytes = 0;

	if (prepare_head(&source, &sections, arena, &writer.data, &bytes, err) != OK)
		return err->code;
	if (tail == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of boot information", NULL, sizeof *tail, 0);
	tail_make(&source, tail);
	total = bytes + tail->tables_bytes + tail->rest_bytes;
	want.bytes = total + tail->room;
	if (memory_allocate(plan->memory, &want, &start, err) != OK ||
	    add_bytes(plan, want.what, start, span_of(writer.data, bytes), bytes, arena, err) != OK ||
	    add_tail(plan, tail, start + bytes, arena, err) != OK)
		return err->code;
	/* The sections come last: what a boot cannot do without has its memory then. */
	if ((plan_needs_trampoline(plan) && plan_add_trampoline(plan, err) != OK) || multiboot2_sections_load(plan, &sections, err) != OK)
		return err->code;
	write_head(&writer, &source, total);
	*address = start;
	if (tail->room == 0)
		return OK;
	return multiboot2_efi_map_want(plan, start, total - tail->rest_bytes, arena, err);
}
