/* SPDX-License-Identifier: MIT */
/* The VGA text screen. */
#include "stage2/bios/vga.h"

#include "core/base/code_page.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/utf8.h"
#include "stage2/bios/bios.h"
#include "stage2/pc/io.h"

enum {
	MODE_TEXT_MONO = 7,
	MODE_TEXT_COLOUR = 3,
	CELLS_COLOUR = 0xB8000,
	CELLS_MONO = 0xB0000,
	ATTRIBUTE = 0x07, /* light grey on black */
	TAB = 8,
	CRTC_CURSOR_HIGH = 0x0E,
	CRTC_CURSOR_LOW = 0x0F,
};

static struct {
	uint32_t cells; /* physical address */
	uint16_t crtc_port;
	unsigned columns, lines, column, line;
	uint8_t mode, font_lines;
	bool hidden;
	struct screen *described; /* whose cursor is kept; NULL: nobody's */
} vga;

/* INT 10h AH=00h, set mode. Call with AL=mode. */
static void set_mode(uint8_t mode)
{
	struct bios_registers registers = { .eax = mode };

	bios_call(0x10, &registers);
}

static bool is_text_mode(uint8_t mode)
{
	return mode == 2 || mode == MODE_TEXT_COLOUR || mode == MODE_TEXT_MONO;
}

void vga_init(void)
{
	vga.mode = *(uint8_t *)low_memory(BDA_VIDEO_MODE);
	if (!is_text_mode(vga.mode)) {
		set_mode(MODE_TEXT_COLOUR);
		vga.mode = MODE_TEXT_COLOUR;
	}
	vga.cells = vga.mode == MODE_TEXT_MONO ? CELLS_MONO : CELLS_COLOUR;
	vga.crtc_port = get_le16(low_memory(BDA_CRTC_PORT));
	vga.columns = get_le16(low_memory(BDA_VIDEO_COLUMNS));
	vga.lines = *(uint8_t *)low_memory(BDA_VIDEO_LAST_LINE) + 1u;
	vga.font_lines = *(uint8_t *)low_memory(BDA_FONT_LINES);
	/* Without a video BIOS the data area has zeros. The memory may be written to all the same. */
	if (vga.columns < 40 || vga.columns > 132)
		vga.columns = 80;
	if (vga.lines < 25 || vga.lines > 60)
		vga.lines = 25;
	vga.column = *(uint8_t *)low_memory(BDA_CURSOR);
	vga.line = *(uint8_t *)low_memory(BDA_CURSOR + 1);
	if (vga.column >= vga.columns || vga.line >= vga.lines)
		vga.column = vga.line = 0;
}

static uint8_t *cell(unsigned line, unsigned column)
{
	return low_memory(vga.cells + (line * vga.columns + column) * 2);
}

static void blank_line(unsigned line)
{
	for (unsigned column = 0; column < vga.columns; column++)
		put_le16(cell(line, column), ATTRIBUTE << 8 | ' ');
}

static void next_line(void)
{
	vga.column = 0;
	if (++vga.line < vga.lines)
		return;
	vga.line = vga.lines - 1;
	memmove(cell(0, 0), cell(1, 0), (size_t)(vga.lines - 1) * vga.columns * 2);
	blank_line(vga.line);
}

static void put_char(char c)
{
	switch (c) {
	case '\n':
		next_line();
		break;
	case '\r':
		vga.column = 0;
		break;
	case '\b':
		vga.column -= vga.column > 0;
		break;
	case '\t':
		do
			put_char(' ');
		while (vga.column % TAB != 0);
		break;
	default:
		put_le16(cell(vga.line, vga.column), (uint16_t)(ATTRIBUTE << 8 | (uint8_t)c));
		if (++vga.column == vga.columns)
			next_line();
		break;
	}
}

static void crtc_write(uint8_t index, unsigned value)
{
	out8(vga.crtc_port, index);
	out8((uint16_t)(vga.crtc_port + 1), (uint8_t)value);
}

/* Both the adapter and the firmware know where the cursor is: a kernel may go on with either. */
static void show_cursor(void)
{
	uint8_t *cursor = low_memory(BDA_CURSOR);
	unsigned at = vga.line * vga.columns + vga.column;

	cursor[0] = (uint8_t)vga.column;
	cursor[1] = (uint8_t)vga.line;
	if (vga.described) {
		vga.described->cursor_column = (uint8_t)vga.column;
		vga.described->cursor_line = (uint8_t)vga.line;
	}
	if (vga.crtc_port != 0) {
		crtc_write(CRTC_CURSOR_HIGH, at >> 8);
		crtc_write(CRTC_CURSOR_LOW, at);
	}
}

/* The layout of a line was made for columns of a terminal: a character of two takes two here, too. */
static void put_code(uint32_t code)
{
	unsigned columns = utf8_columns(code);
	uint8_t glyph = code_page_437(code);

	if (code < 0x20)
		put_char((char)code);
	else if (glyph != 0)
		put_char((char)glyph);
	else if (columns > 0)
		put_char('?');
	if (columns > 1)
		put_char(' ');
}

void vga_write(const char *text, size_t bytes)
{
	if (vga.hidden)
		return;
	for (size_t at = 0, used; at < bytes; at += used)
		put_code(utf8_take(text + at, bytes - at, &used));
	show_cursor();
}

void vga_hide(void)
{
	vga.hidden = true;
}

void vga_show(void)
{
	set_mode(MODE_TEXT_COLOUR);
	vga.hidden = false;
	vga_init();
	if (vga.described)
		vga_describe(vga.described);
}

void vga_describe(struct screen *screen)
{
	vga.described = screen;
	*screen = (struct screen){
		.kind = SCREEN_TEXT,
		.phys = vga.cells,
		.pitch_bytes = vga.columns * 2,
		.width = vga.columns,
		.height = vga.lines,
		.bits_per_pixel = 16,
		.cursor_column = (uint8_t)vga.column,
		.cursor_line = (uint8_t)vga.line,
		.text_mode = vga.mode,
		.font_lines = vga.font_lines,
	};
}
