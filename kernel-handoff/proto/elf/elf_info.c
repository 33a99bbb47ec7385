/* SPDX-License-Identifier: MIT */
/* Filling mkboot's own hand-off structure: one block with the structure, arrays and strings. */
#include "kernel-handoff/proto/elf/elf_info.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "kernel-handoff/loader_name.h"

enum { PAGE_BYTES = 4096 };

/* The block while it is filled: `data` will lie at `start`. */
struct block {
	uint8_t *data;
	uint64_t start;
	size_t used, bytes;
	size_t ranges_bytes; /* room for the memory ranges */
};

/* The whole pages that a place makes its own. */
struct owned {
	uint64_t start, end;
	uint32_t type;
};

static struct owned owned_pages(const struct plan *plan, unsigned index)
{
	static const uint32_t types[] = {
		[PLACE_KERNEL] = MKBOOT_MEMORY_KERNEL,      [PLACE_MODULE] = MKBOOT_MEMORY_MODULE,
		[PLACE_INFORMATION] = MKBOOT_MEMORY_LOADER, [PLACE_PAGE_TABLES] = MKBOOT_MEMORY_LOADER,
		[PLACE_STACK] = MKBOOT_MEMORY_LOADER,
	};
	struct owned owned = { plan->trampoline, plan->trampoline + TRAMPOLINE_BYTES, MKBOOT_MEMORY_LOADER };

	if (index < plan->count) {
		const struct place *place = &plan->place[index];

		owned.start = align_down(place->start, PAGE_BYTES);
		owned.end = align_down(place->start + place->bytes + PAGE_BYTES - 1, PAGE_BYTES);
		owned.type = types[place->kind];
	}
	return owned;
}

/* Who has the byte at `at` of a RAM range, and *end: the first byte behind it that may have another owner (at most the given *end). */
static uint32_t owner_of(const struct plan *plan, uint64_t at, uint64_t *end)
{
	uint32_t type = MKBOOT_MEMORY_RAM;

	for (unsigned i = 0; i <= plan->count; i++) { /* the last one is the trampoline */
		struct owned owned = owned_pages(plan, i);

		if (owned.start > at) {
			*end = min_u64(*end, owned.start);
		} else if (owned.end > at) {
			*end = min_u64(*end, owned.end);
			type = owned.type;
		}
	}
	return type;
}

static void range_append(struct mkboot_memory_range *range, uint32_t *count, uint64_t start, uint64_t end, uint32_t type)
{
	struct mkboot_memory_range *last = *count > 0 ? &range[*count - 1] : NULL;

	if (last != NULL && last->type == type && last->start + last->bytes == start)
		last->bytes = end - last->start;
	else
		range[(*count)++] = (struct mkboot_memory_range){ .start = start, .bytes = end - start, .type = type };
}

/* The firmware's map, its RAM split by owner. At most ranges_max() ranges. */
static uint32_t ranges_fill(const struct plan *plan, struct mkboot_memory_range *range)
{
	const struct memory_map *map = &plan->memory->map;
	uint32_t count = 0;

	for (unsigned i = 0; i < map->count; i++) {
		uint64_t end;

		for (uint64_t at = map->range[i].start; at < map->range[i].end; at = end) {
			uint32_t type = memory_type_for_kernel(map->range[i].type);

			end = map->range[i].end;
			if (type == MEMORY_RAM)
				type = owner_of(plan, at, &end);
			range_append(range, &count, at, end, type);
		}
	}
	return count;
}

/* Each owner, this block among them, splits off one range and leaves at most one more behind it. */
static size_t ranges_max(const struct plan *plan)
{
	return plan->memory->map.count + 2 * ((size_t)plan->count + 2);
}

/* What so many bytes take up: all that is in the block is aligned to 8. */
static size_t room(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

/* Takes `bytes` bytes of the block. Its length was added up from the same numbers. */
static size_t block_take(struct block *block, size_t bytes)
{
	size_t at = block->used;

	block->used += room(bytes);
	return at;
}

static uint64_t block_text(struct block *block, const char *text)
{
	size_t bytes = text_length(text) + 1, at = block_take(block, bytes);

	memcpy(block->data + at, text, bytes);
	return block->start + at;
}

static size_t text_room(const char *text)
{
	return room(text_length(text) + 1);
}

/* Before the block has a place: with it the plan grows. */
static void block_measure(struct block *block, const struct plan *plan, const struct elf_facts *facts)
{
	const struct boot_request *request = facts->request;

	block->ranges_bytes = ranges_max(plan) * sizeof(struct mkboot_memory_range);
	block->bytes = room(sizeof(struct mkboot_handoff)) + room(block->ranges_bytes) +
		       room(request->module_count * sizeof(struct mkboot_module)) + room(facts->cpu_count * sizeof *facts->cpus) +
		       text_room(request->options) + text_room(LOADER_NAME);
	for (unsigned i = 0; i < request->module_count; i++)
		block->bytes += text_room(request->module[i].path) + text_room(request->module[i].arguments);
}

/* `context` points to the map's offset in the block; the structure is the first thing in it. */
static void firmware_map_write(void *context, uint8_t *structure, const struct firmware_map *map)
{
	const size_t *offset = context;
	struct mkboot_handoff *handoff = (void *)structure;

	memcpy(structure + *offset, map->descriptors, map->bytes);
	handoff->efi_memory_map_bytes = map->bytes;
	handoff->efi_descriptor_bytes = map->descriptor_bytes;
	handoff->efi_descriptor_version = map->descriptor_version;
}

static void screen_fill(struct mkboot_screen *to, const struct screen *screen)
{
	static const uint32_t kinds[] = {
		[SCREEN_NONE] = MKBOOT_SCREEN_NONE,
		[SCREEN_TEXT] = MKBOOT_SCREEN_TEXT,
		[SCREEN_LINEAR] = MKBOOT_SCREEN_LINEAR,
	};

	*to = (struct mkboot_screen){
		.kind = kinds[screen->kind],
		.bits_per_pixel = screen->bits_per_pixel,
		.start = screen->phys,
		.pitch_bytes = screen->pitch_bytes,
		.width = screen->width,
		.height = screen->height,
		.red_position = screen->red.position,
		.red_bits = screen->red.bits,
		.green_position = screen->green.position,
		.green_bits = screen->green.bits,
		.blue_position = screen->blue.position,
		.blue_bits = screen->blue.bits,
	};
}

static void modules_fill(struct block *block, struct mkboot_module *to, const struct elf_facts *facts)
{
	for (unsigned i = 0; i < facts->request->module_count; i++) {
		const struct boot_module *module = &facts->request->module[i];

		to[i].start = facts->module_start[i];
		to[i].bytes = module->file->bytes;
		to[i].path = block_text(block, module->path);
		to[i].arguments = block_text(block, module->arguments);
	}
}

static void handoff_fill(struct block *block, const struct plan *plan, const struct elf_facts *facts)
{
	const struct boot_request *request = facts->request;
	const struct machine *machine = request->machine;
	struct mkboot_handoff *handoff = (void *)(block->data + block_take(block, sizeof *handoff));
	size_t ranges = block_take(block, block->ranges_bytes);
	size_t modules = block_take(block, request->module_count * sizeof(struct mkboot_module));
	size_t cpus = block_take(block, facts->cpu_count * sizeof *facts->cpus);

	handoff->magic = MKBOOT_HANDOFF_MAGIC;
	handoff->version = MKBOOT_HANDOFF_VERSION;
	handoff->bytes = sizeof *handoff;
	handoff->command_line = block_text(block, request->options);
	handoff->loader = block_text(block, LOADER_NAME);
	handoff->memory_ranges = block->start + ranges;
	handoff->memory_range_count = ranges_fill(plan, (void *)(block->data + ranges));
	handoff->module_count = request->module_count;
	handoff->modules = block->start + modules;
	modules_fill(block, (void *)(block->data + modules), facts);
	screen_fill(&handoff->screen, &plan->video.screen);
	handoff->rsdp = machine->rsdp_phys;
	handoff->smbios = machine->smbios_phys;
	handoff->firmware = machine->firmware == FIRMWARE_UEFI ? MKBOOT_FIRMWARE_UEFI : MKBOOT_FIRMWARE_BIOS;
	handoff->boot_drive = machine->bios_drive;
	handoff->boot_partition = machine->boot_partition;
	handoff->tsc_at_start = machine->tsc_at_start;
	handoff->kernel_physical = facts->kernel_physical;
	handoff->kernel_virtual = facts->kernel_virtual;
	handoff->page_table_root = plan->page_table_root;
	handoff->efi_system_table = machine->efi_system_table;
	handoff->kernel_offset = facts->kernel_offset;
	handoff->kernel_flags = facts->kernel_random ? MKBOOT_KERNEL_RANDOM : 0;
	handoff->cpu_count = facts->cpu_count;
	handoff->cpus = block->start + cpus;
	if (facts->cpu_count > 0)
		memcpy(block->data + cpus, facts->cpus, facts->cpu_count * sizeof *facts->cpus);
}

/* Has the firmware's map written behind the block. */
static void firmware_map_want(struct plan *plan, const struct block *block, size_t *offset)
{
	struct mkboot_handoff *handoff = (void *)block->data;

	*offset = block->bytes;
	handoff->efi_memory_map = block->start + block->bytes;
	plan->firmware_map = (struct plan_firmware_map){
		.start = block->start, .room = FIRMWARE_MAP_ROOM, .write = firmware_map_write, .context = offset
	};
}

enum status elf_info_add(struct plan *plan, const struct elf_facts *facts, struct arena *arena, uint64_t *address, struct err *err)
{
	static const char name[] = "hand-off";
	bool is_uefi = facts->request->machine->firmware == FIRMWARE_UEFI;
	struct memory_file *file = ARENA_NEW(arena, struct memory_file);
	size_t *map_offset = ARENA_NEW(arena, size_t);
	struct place place = { .kind = PLACE_INFORMATION, .what = name };
	struct block block = { .start = 0 };

	block_measure(&block, plan, facts);
	block.data = arena_allocate(arena, block.bytes, _Alignof(struct mkboot_handoff));
	if (file == NULL || map_offset == NULL || block.data == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of hand-off", NULL, block.bytes, 0);
	memory_file_init(file, name, block.data, block.bytes);
	place.file = &file->file;
	place.file_bytes = block.bytes;
	place.bytes = align_down(block.bytes + (is_uefi ? FIRMWARE_MAP_ROOM : 0) + PAGE_BYTES - 1, PAGE_BYTES);
	/* The place comes first, so that the ranges know about it too. */
	if (plan_add(plan, &place, &(struct memory_want){ .align = PAGE_BYTES }, &block.start, err) != OK)
		return err->code;
	handoff_fill(&block, plan, facts);
	if (is_uefi)
		firmware_map_want(plan, &block, map_offset);
	*address = block.start;
	return OK;
}
