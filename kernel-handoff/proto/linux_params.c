/* SPDX-License-Identifier: MIT */
/* Filling boot_params. */
#include "kernel-handoff/proto/linux_params.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"

enum { PAGE_BYTES = 4096, E820_TABLE_MAX = 128, E820_ENTRY_BYTES = 20, SETUP_DATA_HEADER_BYTES = 16, SETUP_DATA_E820 = 1 };
enum { LOADER_TYPE_UNDEFINED = 0xFF, VIDEO_IS_VGA_TEXT = 1, VIDEO_IS_LINEAR = 0x23, EGA_MEMORY_256K = 3 };
enum { SINCE_SETUP_DATA = 0x0209, SINCE_ACPI_RSDP = 0x020E };

/* Offsets in boot_params. screen_info begins at 0. */
enum {
	SCREEN_CURSOR_COLUMN = 0x00,
	SCREEN_CURSOR_LINE = 0x01,
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
	ACPI_RSDP = 0x070,
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

/* Where the parts lie in the place. */
struct layout {
	size_t command_line, setup_data, bytes;
	unsigned e820_first, e820_more; /* ranges in the table, and in the extension */
};

static struct layout layout_make(const struct linux_facts *facts, const struct memory_map *map)
{
	struct layout layout = { .command_line = PAGE_BYTES, .e820_first = map->count };

	if (map->count > E820_TABLE_MAX) {
		layout.e820_first = E820_TABLE_MAX;
		/* Kernels before 2.09 know no extension: they do without the highest ranges. */
		if (facts->image->version >= SINCE_SETUP_DATA)
			layout.e820_more = map->count - E820_TABLE_MAX;
	}
	layout.setup_data = (layout.command_line + text_length(facts->request->options) + 1 + 7) & ~(size_t)7;
	layout.bytes = layout.setup_data;
	if (layout.e820_more > 0)
		layout.bytes += SETUP_DATA_HEADER_BYTES + layout.e820_more * E820_ENTRY_BYTES;
	return layout;
}

static void put_ranges(uint8_t *to, const struct memory_range *range, unsigned count)
{
	for (; count > 0; count--, range++, to += E820_ENTRY_BYTES) {
		put_le64(to, range->start);
		put_le64(to + 8, range->end - range->start);
		put_le32(to + 16, range->type);
	}
}

static void put_linear_screen(uint8_t *params, const struct screen *screen)
{
	put_le16(params + SCREEN_WIDTH, (uint16_t)screen->width);
	put_le16(params + SCREEN_HEIGHT, (uint16_t)screen->height);
	put_le16(params + SCREEN_DEPTH, (uint16_t)screen->bits_per_pixel);
	put_le32(params + SCREEN_BASE, (uint32_t)screen->phys);
	put_le32(params + SCREEN_BYTES_64K, (uint32_t)(((uint64_t)screen->pitch_bytes * screen->height + 0xFFFF) >> 16));
	put_le16(params + SCREEN_PITCH, (uint16_t)screen->pitch_bytes);
	const uint8_t colors[8] = {
		screen->red.bits,  screen->red.position,  screen->green.bits,    screen->green.position,
		screen->blue.bits, screen->blue.position, screen->reserved.bits, screen->reserved.position,
	};
	memcpy(params + SCREEN_COLORS, colors, sizeof colors);
	params[SCREEN_IS_VGA] = VIDEO_IS_LINEAR;
}

static void put_text_screen(uint8_t *params, const struct screen *screen)
{
	params[SCREEN_CURSOR_COLUMN] = screen->cursor_column;
	params[SCREEN_CURSOR_LINE] = screen->cursor_line;
	params[SCREEN_MODE] = screen->text_mode;
	params[SCREEN_COLUMNS] = (uint8_t)screen->width;
	params[SCREEN_LINES] = (uint8_t)screen->height;
	params[SCREEN_IS_VGA] = VIDEO_IS_VGA_TEXT;
	put_le16(params + SCREEN_EGA_BX, EGA_MEMORY_256K);
	put_le16(params + SCREEN_FONT_LINES, screen->font_lines);
}

static void put_screen(uint8_t *params, const struct screen *screen)
{
	if (screen->kind == SCREEN_TEXT)
		put_text_screen(params, screen);
	else if (screen->kind == SCREEN_LINEAR)
		put_linear_screen(params, screen);
}

/* `at` is where the place will lie; `params` has layout->bytes zeroed bytes. */
static void params_fill(uint8_t *params, uint64_t at, const struct layout *layout, const struct linux_facts *facts,
			const struct memory_map *map)
{
	const struct bzimage *image = facts->image;
	const char *options = facts->request->options;

	memcpy(params + LINUX_HEADER_START, image->header, image->header_bytes);
	params[LOADER_TYPE] = LOADER_TYPE_UNDEFINED;
	put_le32(params + CODE32_START, (uint32_t)facts->entry_32);
	put_le32(params + INITRD_START, (uint32_t)facts->initrd_start);
	put_le32(params + INITRD_BYTES, (uint32_t)facts->initrd_bytes);
	put_le32(params + COMMAND_LINE, (uint32_t)(at + layout->command_line));
	memcpy(params + layout->command_line, options, text_length(options));
	if (facts->kernel_align != image->kernel_align)
		put_le32(params + KERNEL_ALIGN, (uint32_t)facts->kernel_align);
	if (image->version >= SINCE_ACPI_RSDP)
		put_le64(params + ACPI_RSDP, facts->request->machine->rsdp_phys);

	params[E820_ENTRIES] = (uint8_t)layout->e820_first;
	put_ranges(params + E820_TABLE, map->range, layout->e820_first);
	if (layout->e820_more > 0) {
		uint8_t *more = params + layout->setup_data;

		put_le64(params + SETUP_DATA, at + layout->setup_data);
		put_le32(more + 8, SETUP_DATA_E820);
		put_le32(more + 12, layout->e820_more * E820_ENTRY_BYTES);
		put_ranges(more + SETUP_DATA_HEADER_BYTES, map->range + layout->e820_first, layout->e820_more);
	}
}

enum status linux_params_add(struct plan *plan, const struct linux_facts *facts, struct arena *arena, uint64_t *address, struct err *err)
{
	static const char name[] = "boot parameters";
	const struct memory_map *map = &plan->memory->map;
	size_t length = text_length(facts->request->options);
	struct layout layout;
	struct memory_file *file;
	uint8_t *params;
	struct place place = { .kind = PLACE_INFORMATION, .what = name };

	if (length > facts->image->command_line_max) {
		(void)err_set(err, ERR_TOO_BIG, "the command line has {a} bytes, and this kernel takes {b}", NULL, length,
			      facts->image->command_line_max);
		return err_hint(err, "shorten \"options\" in the entry");
	}
	layout = layout_make(facts, map);
	file = ARENA_NEW(arena, struct memory_file);
	params = ARENA_NEW_ARRAY(arena, uint8_t, layout.bytes);
	if (file == NULL || params == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} bytes of boot parameters", NULL, layout.bytes, 0);
	memory_file_init(file, name, params, layout.bytes);
	place.file = &file->file;
	place.bytes = place.file_bytes = layout.bytes;
	if (plan_add(plan, &place, &(struct memory_want){ .align = PAGE_BYTES }, address, err) != OK)
		return err->code;
	params_fill(params, *address, &layout, facts, map);
	put_screen(params, &plan->video.screen);
	return OK;
}
