/* SPDX-License-Identifier: MIT */
/* Filling boot_params. */
#include "kernel-handoff/proto/linux/linux_params.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"

enum { PAGE_BYTES = 4096, E820_TABLE_MAX = 128, E820_ENTRY_BYTES = 20 };
enum { SETUP_DATA_E820 = 1, SETUP_DATA_RANDOM_SEED = 9, SETUP_DATA_HEADER_BYTES = 16, SETUP_DATA_MAX = 2, SETUP_DATA_ALIGN = 8 };
enum { LOADER_TYPE_UNDEFINED = 0xFF, VIDEO_IS_VGA_TEXT = 1, VIDEO_IS_LINEAR = 0x23, EGA_MEMORY_256K = 3, BASE_HAS_64_BITS = 1 << 1 };
enum { SINCE_SETUP_DATA = 0x0209, SINCE_ACPI_RSDP = 0x020E };

/* Offsets in boot_params. screen_info begins at 0. */
enum {
	SCREEN_CURSOR = 0x00, /* column, line */
	SCREEN_MODE = 0x06,
	SCREEN_COLUMNS = 0x07,
	SCREEN_EGA_BX = 0x0A,
	SCREEN_LINES = 0x0E,
	SCREEN_IS_VGA = 0x0F,
	SCREEN_FONT_LINES = 0x10,
	SCREEN_WIDTH = 0x12,
	SCREEN_HEIGHT = 0x14,
	SCREEN_DEPTH = 0x16,
	SCREEN_BASE = 0x18,
	SCREEN_BYTES_64K = 0x1C,
	SCREEN_PITCH = 0x24,
	SCREEN_COLORS = 0x26, /* bits and position of red, green, blue, reserved */
	SCREEN_VESA_ATTRIBUTES = 0x34,
	SCREEN_CAPABILITIES = 0x36,
	SCREEN_BASE_HIGH = 0x3A,
	ACPI_RSDP = 0x070,
	INITRD_START_HIGH = 0x0C0,
	INITRD_BYTES_HIGH = 0x0C4,
	E820_ENTRIES = 0x1E8,
	LOADER_TYPE = 0x210,
	CODE32_START = 0x214,
	INITRD_START = 0x218,
	INITRD_BYTES = 0x21C,
	COMMAND_LINE = 0x228,
	KERNEL_ALIGN = 0x230,
	SETUP_DATA = 0x250,
	E820_TABLE = 0x2D0,
};

/* An element of the list that boot_params.setup_data begins. */
struct setup_data {
	uint32_t type;
	size_t at, bytes; /* of its header, in the place; of what follows the header */
};

/* Where the parts lie in the place. */
struct layout {
	size_t command_line, bytes;
	unsigned e820_first, e820_more; /* ranges in the table, and in the extension */
	unsigned setup_data_count;
	struct setup_data setup_data[SETUP_DATA_MAX];
};

static void layout_add(struct layout *layout, uint32_t type, size_t bytes)
{
	size_t at = (layout->bytes + SETUP_DATA_ALIGN - 1) & ~(size_t)(SETUP_DATA_ALIGN - 1);

	layout->setup_data[layout->setup_data_count++] = (struct setup_data){ .type = type, .at = at, .bytes = bytes };
	layout->bytes = at + SETUP_DATA_HEADER_BYTES + bytes;
}

static bool takes_setup_data(const struct bzimage *image, uint32_t type)
{
	return image->version >= SINCE_SETUP_DATA && type <= image->setup_data_type_max;
}

static struct layout layout_make(const struct linux_facts *facts, const struct memory_map *map)
{
	struct layout layout = { .command_line = PAGE_BYTES, .e820_first = map->count };

	layout.bytes = layout.command_line + text_length(facts->request->options) + 1;
	if (map->count > E820_TABLE_MAX)
		layout.e820_first = E820_TABLE_MAX;
	/* Kernels that know no extension do without the highest ranges. */
	if (map->count > E820_TABLE_MAX && takes_setup_data(facts->image, SETUP_DATA_E820)) {
		layout.e820_more = map->count - E820_TABLE_MAX;
		layout_add(&layout, SETUP_DATA_E820, layout.e820_more * E820_ENTRY_BYTES);
	}
	if (facts->request->machine->has_random_seed && takes_setup_data(facts->image, SETUP_DATA_RANDOM_SEED))
		layout_add(&layout, SETUP_DATA_RANDOM_SEED, RANDOM_SEED_BYTES);
	return layout;
}

static void put_ranges(uint8_t *to, const struct memory_range *range, unsigned count)
{
	for (; count > 0; count--, range++, to += E820_ENTRY_BYTES) {
		put_le64(to, range->start);
		put_le64(to + 8, range->end - range->start);
		put_le32(to + 16, memory_type_for_kernel(range->type));
	}
}

static void put_linear_screen(uint8_t *params, const struct plan_video *video)
{
	const struct screen *screen = &video->screen;

	put_le16(params + SCREEN_WIDTH, (uint16_t)screen->width);
	put_le16(params + SCREEN_HEIGHT, (uint16_t)screen->height);
	put_le16(params + SCREEN_DEPTH, (uint16_t)screen->bits_per_pixel);
	put_le32(params + SCREEN_BASE, (uint32_t)screen->phys);
	put_le32(params + SCREEN_BASE_HIGH, (uint32_t)(screen->phys >> 32));
	if (screen->phys >> 32 != 0)
		put_le32(params + SCREEN_CAPABILITIES, BASE_HAS_64_BITS);
	put_le32(params + SCREEN_BYTES_64K, (uint32_t)(((uint64_t)screen->pitch_bytes * screen->height + 0xFFFF) >> 16));
	put_le16(params + SCREEN_PITCH, (uint16_t)screen->pitch_bytes);
	const uint8_t colors[8] = {
		screen->red.bits,  screen->red.position,  screen->green.bits,    screen->green.position,
		screen->blue.bits, screen->blue.position, screen->reserved.bits, screen->reserved.position,
	};
	memcpy(params + SCREEN_COLORS, colors, sizeof colors);
	params[SCREEN_IS_VGA] = VIDEO_IS_LINEAR;
	if (video->vbe != NULL)
		memcpy(params + SCREEN_VESA_ATTRIBUTES, video->vbe->mode_information, 2); /* VBE 3.0, 4.4: ModeAttributes come first */
}

static void put_text_screen(uint8_t *params, const struct screen *screen)
{
	memcpy(params + SCREEN_CURSOR, (const uint8_t[]){ screen->cursor_column, screen->cursor_line }, 2);
	params[SCREEN_MODE] = screen->text_mode;
	params[SCREEN_COLUMNS] = (uint8_t)screen->width;
	params[SCREEN_LINES] = (uint8_t)screen->height;
	params[SCREEN_IS_VGA] = VIDEO_IS_VGA_TEXT;
	put_le16(params + SCREEN_EGA_BX, EGA_MEMORY_256K);
	put_le16(params + SCREEN_FONT_LINES, screen->font_lines);
}

static void put_screen(uint8_t *params, const struct plan_video *video)
{
	if (video->screen.kind == SCREEN_TEXT)
		put_text_screen(params, &video->screen);
	else if (video->screen.kind == SCREEN_LINEAR)
		put_linear_screen(params, video);
}

/* The list: each element begins with the address of the next one. */
static void put_setup_data(uint8_t *params, uint64_t at, const struct layout *layout, const struct machine *machine,
			   const struct memory_map *map)
{
	uint8_t *link = params + SETUP_DATA;

	for (unsigned i = 0; i < layout->setup_data_count; i++) {
		const struct setup_data *element = &layout->setup_data[i];
		uint8_t *header = params + element->at, *data = header + SETUP_DATA_HEADER_BYTES;

		put_le64(link, at + element->at);
		put_le32(header + 8, element->type);
		put_le32(header + 12, (uint32_t)element->bytes);
		if (element->type == SETUP_DATA_E820)
			put_ranges(data, map->range + layout->e820_first, layout->e820_more);
		else
			memcpy(data, machine->random_seed, RANDOM_SEED_BYTES);
		link = header;
	}
}

/* `at` is where the place will lie; `params` has layout->bytes zeroed bytes. */
static void params_fill(uint8_t *params, uint64_t at, const struct layout *layout, const struct linux_facts *facts, struct plan *plan)
{
	const struct memory_map *map = &plan->memory->map;
	const struct bzimage *image = facts->image;
	const char *options = facts->request->options;

	memcpy(params + LINUX_HEADER_START, image->header, image->header_bytes);
	put_screen(params, &plan->video);
	plan->video.cursor = plan->video.screen.kind == SCREEN_TEXT ? params + SCREEN_CURSOR : NULL;
	params[LOADER_TYPE] = LOADER_TYPE_UNDEFINED;
	put_le32(params + CODE32_START, (uint32_t)facts->entry_32);
	put_le32(params + INITRD_START, (uint32_t)facts->initrd_start);
	put_le32(params + INITRD_BYTES, (uint32_t)facts->initrd_bytes);
	put_le32(params + INITRD_START_HIGH, (uint32_t)(facts->initrd_start >> 32));
	put_le32(params + INITRD_BYTES_HIGH, (uint32_t)(facts->initrd_bytes >> 32));
	put_le32(params + COMMAND_LINE, (uint32_t)(at + layout->command_line));
	memcpy(params + layout->command_line, options, text_length(options));
	if (facts->kernel_align != image->kernel_align || (image->departures & DEPARTS_LINUX_ALIGNMENT) != 0)
		put_le32(params + KERNEL_ALIGN, (uint32_t)facts->kernel_align);
	if (image->version >= SINCE_ACPI_RSDP)
		put_le64(params + ACPI_RSDP, facts->request->machine->rsdp_phys);

	params[E820_ENTRIES] = (uint8_t)layout->e820_first;
	put_ranges(params + E820_TABLE, map->range, layout->e820_first);
	put_setup_data(params, at, layout, facts->request->machine, map);
}

enum status linux_params_add(struct plan *plan, const struct linux_facts *facts, struct arena *arena, uint64_t *address, struct err *err)
{
	static const char name[] = "boot parameters";
	struct layout layout;
	struct memory_file *file;
	uint8_t *params;
	struct place place = { .kind = PLACE_INFORMATION, .what = name };

	if (bzimage_check_command_line(facts->request->options, facts->image->command_line_max, err) != OK)
		return err->code;
	layout = layout_make(facts, &plan->memory->map);
	file = ARENA_NEW(arena, struct memory_file);
	params = ARENA_NEW_ARRAY(arena, uint8_t, layout.bytes);
	if (file == NULL || params == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of boot parameters", NULL, layout.bytes, 0);
	memory_file_init(file, name, params, layout.bytes);
	place.file = &file->file;
	place.bytes = place.file_bytes = layout.bytes;
	if (plan_add(plan, &place, &(struct memory_want){ .align = PAGE_BYTES }, address, err) != OK)
		return err->code;
	params_fill(params, *address, &layout, facts, plan);
	return OK;
}
