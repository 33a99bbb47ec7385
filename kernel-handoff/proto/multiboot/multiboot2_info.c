/* SPDX-License-Identifier: MIT */
/* The Multiboot2 boot information: one function for each kind of tag, and a table of them. */
#include "kernel-handoff/proto/multiboot/multiboot2_info.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "kernel-handoff/loader_name.h"
#include "kernel-handoff/proto/multiboot/multiboot2_efi.h"
#include "kernel-handoff/proto/multiboot/multiboot_sections.h"
#include "kernel-handoff/proto/places.h"

enum {
	TAG_COMMAND_LINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_BASIC_MEMORY = 4,
	TAG_BOOT_DEVICE = 5,
	TAG_MEMORY_MAP = 6,
	TAG_VBE = 7,
	TAG_FRAMEBUFFER = 8,
	TAG_ELF_SECTIONS = 9,
	TAG_APM = 10,
	TAG_SMBIOS = 13,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
	TAG_NETWORK = 16,
	TAG_LOAD_BASE = 21,
};

enum { END_BYTES = 8, RSDP_OLD_BYTES = 20, RSDP_NEW_BYTES = 36, MAP_ENTRY_BYTES = 24, PAGE_BYTES = 4096 };
enum { NO_PARTITION = -1 };

/* Everything that the tags are made from. */
struct source {
	const struct multiboot_facts *facts;
	const struct machine *machine;
	const struct memory_map *map;
	const struct plan_video *video;
	const struct multiboot_sections *sections;
	const uint64_t *module_start;
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
		uint64_t start = source->module_start[i];
		size_t at = tag_begin(writer, TAG_MODULE);

		write_u32(writer, (uint32_t)start);
		write_u32(writer, (uint32_t)(start + module->file->bytes));
		write_text(writer, module->path, module->arguments);
		tag_end(writer, at);
	}
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
	write_u32(writer, multiboot_upper_memory_kib(map));
	tag_end(writer, at);

	at = tag_begin(writer, TAG_MEMORY_MAP);
	write_u32(writer, MAP_ENTRY_BYTES);
	write_u32(writer, 0); /* version */
	for (unsigned i = 0; i < map->count; i++) {
		multiboot_range_write(writer, &map->range[i]);
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

static void write_vbe(struct tag_writer *writer, const struct source *source)
{
	const struct vbe_information *vbe = source->video->vbe;
	size_t at;

	if (vbe == NULL)
		return;
	at = tag_begin(writer, TAG_VBE);
	multiboot_vbe_mode_write(writer, vbe);
	write_bytes(writer, vbe->control, sizeof vbe->control);
	write_bytes(writer, vbe->mode_information, sizeof vbe->mode_information);
	tag_end(writer, at);
}

/* The layout of multiboot2.h, which all kernels use: `reserved` has 16 bits. */
static void write_framebuffer(struct tag_writer *writer, const struct source *source)
{
	const struct screen *screen = &source->video->screen;
	size_t at;

	if (screen->kind == SCREEN_NONE)
		return;
	at = tag_begin(writer, TAG_FRAMEBUFFER);
	multiboot_framebuffer_write(writer, screen);
	write_u16(writer, 0);
	if (screen->kind == SCREEN_LINEAR)
		multiboot_colors_write(writer, screen);
	tag_end(writer, at);
}

static void write_apm(struct tag_writer *writer, const struct source *source)
{
	const struct apm *apm = machine_apm(source->machine);
	size_t at;

	if (apm == NULL)
		return;
	at = tag_begin(writer, TAG_APM);
	multiboot_apm_write(writer, apm);
	tag_end(writer, at);
}

static void write_network(struct tag_writer *writer, const struct source *source)
{
	struct span packet = source->machine->dhcp_ack;
	size_t at;

	if (packet.bytes == 0)
		return;
	at = tag_begin(writer, TAG_NETWORK);
	write_bytes(writer, packet.data, packet.bytes);
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

/* The layout of multiboot2.h, which all kernels use: three 32-bit numbers, then the headers. */
static void write_sections(struct tag_writer *writer, const struct source *source)
{
	const struct elf *elf = source->sections->elf;
	size_t at;

	if (elf == NULL)
		return;
	at = tag_begin(writer, TAG_ELF_SECTIONS);
	write_u32(writer, elf->section_count);
	write_u32(writer, elf->section_bytes);
	write_u32(writer, elf->section_names);
	write_bytes(writer, source->sections->headers, multiboot_sections_bytes(source->sections));
	tag_end(writer, at);
}

/* The tags in the order in which they stand; the SMBIOS tag is the last, because its tables are a place of their own. */
static void (*const tags[])(struct tag_writer *writer, const struct source *source) = {
	write_strings, write_modules, write_memory, write_boot_device, write_vbe,      write_framebuffer,
	write_apm,     write_acpi,    write_efi,    write_network,     write_sections, write_load_base,
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

static enum status add_tail(struct plan *plan, const struct tail *tail, uint64_t start, struct arena *arena, struct err *err)
{
	const char *what = tail->room > 0 ? "boot information: EFI memory map and end" : "boot information: end";
	const struct place tables = { .what = "boot information: SMBIOS tables", .start = start, .bytes = tail->tables_bytes };
	const struct place rest = { .what = what, .start = start + tail->tables_bytes, .bytes = tail->rest_bytes + tail->room };

	if (tail->tables.bytes > 0 && information_place(plan, &tables, tail->tables, arena, err) != OK)
		return err->code;
	return information_place(plan, &rest, span_of(tail->rest, tail->rest_bytes), arena, err);
}

static size_t measure_head(const void *context)
{
	struct tag_writer count = { 0 };

	write_head(&count, context, 0);
	return count.bytes;
}

enum status multiboot2_info_add(struct plan *plan, const struct multiboot_facts *facts, struct arena *arena, uint64_t *address,
				struct err *err)
{
	struct multiboot_sections sections;
	struct source source = { facts, facts->request->machine, &plan->memory->map, &plan->video, &sections, NULL };
	struct place head = { .what = "boot information" };
	struct memory_want want = { .align = PAGE_BYTES, .what = head.what };
	struct tag_writer writer = { 0 };
	struct tail *tail = ARENA_NEW(arena, struct tail);
	uint64_t *module_start, total;
	size_t bytes = 0;

	if (modules_list(facts->request, arena, &module_start, err) != OK)
		return err->code;
	source.module_start = module_start;
	if (multiboot_sections_read(facts->elf, measure_head, &source, arena, &sections, &writer.data, &bytes, err) != OK)
		return err->code;
	if (tail == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of boot information", NULL, sizeof *tail, 0);
	tail_make(&source, tail);
	total = bytes + tail->tables_bytes + tail->rest_bytes;
	want.bytes = total + tail->room;
	head.bytes = bytes;
	/* Never staged: on UEFI the firmware's map is written into it, or the firmware stays. */
	if (plan_allocate(plan, &want, &head.start, NULL, err) != OK ||
	    information_place(plan, &head, span_of(writer.data, bytes), arena, err) != OK ||
	    add_tail(plan, tail, head.start + bytes, arena, err) != OK ||
	    multiboot_rest_place(plan, &sections, facts->request, module_start, arena, err) != OK)
		return err->code;
	write_head(&writer, &source, total);
	*address = head.start;
	if (tail->room == 0)
		return OK;
	return multiboot2_efi_map_want(plan, head.start, total - tail->rest_bytes, arena, err);
}
