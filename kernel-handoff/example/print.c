/* SPDX-License-Identifier: MIT */
/* Output: COM1 at 115200 baud, QEMU's debug console, and VGA text when the hand-off says that the screen is in text mode. */
#include "example.h"

#include <mkboot/handoff.h>

#include <stdarg.h>

enum {
	COM1 = 0x3f8,
	COM1_DIVISOR_LOW = COM1,
	COM1_INTERRUPTS = COM1 + 1,
	COM1_FIFO = COM1 + 2,
	COM1_LINE = COM1 + 3,
	COM1_MODEM = COM1 + 4,
	COM1_STATUS = COM1 + 5,
	COM1_SCRATCH = COM1 + 7,
	LINE_DIVISOR = 0x80,
	LINE_8N1 = 0x03,
	STATUS_CAN_SEND = 0x20,
	SEND_POLLS = 100000,       /* far more than one character at 115200 baud takes */
	DEBUG_CONSOLE = 0xe9,      /* reads as its own number where it exists */
	SCREEN_ATTRIBUTE = 0x0700, /* light grey on black */
};

static bool has_serial, has_debug_console;
static struct {
	volatile uint16_t *cell;
	uint32_t width, height, column, line;
} screen;

void print_start(void)
{
	has_debug_console = in8(DEBUG_CONSOLE) == DEBUG_CONSOLE;

	out8(COM1_SCRATCH, 0x5a);
	has_serial = in8(COM1_SCRATCH) == 0x5a;
	if (!has_serial)
		return;
	out8(COM1_INTERRUPTS, 0);
	out8(COM1_LINE, LINE_DIVISOR);
	out8(COM1_DIVISOR_LOW, 1);
	out8(COM1_INTERRUPTS, 0); /* the divisor's high byte now */
	out8(COM1_LINE, LINE_8N1);
	out8(COM1_FIFO, 0x07);  /* on, emptied */
	out8(COM1_MODEM, 0x03); /* DTR, RTS */
}

static void serial_put(char c)
{
	for (unsigned i = 0; i < SEND_POLLS; i++)
		if (in8(COM1_STATUS) & STATUS_CAN_SEND) {
			out8(COM1, (uint8_t)c);
			return;
		}
	has_serial = false; /* nobody takes the characters: do not wait for each of them */
}

void print_use_screen(const struct mkboot_screen *from)
{
	if (from->kind != MKBOOT_SCREEN_TEXT || from->width == 0 || from->height == 0)
		return;
	screen.cell = (volatile uint16_t *)from->start;
	screen.width = from->width;
	screen.height = from->height;
	for (uint32_t i = 0; i < screen.width * screen.height; i++)
		screen.cell[i] = SCREEN_ATTRIBUTE | ' ';
}

static void screen_new_line(void)
{
	uint32_t last = screen.width * (screen.height - 1);

	screen.column = 0;
	if (++screen.line < screen.height)
		return;
	screen.line--;
	for (uint32_t i = 0; i < last; i++)
		screen.cell[i] = screen.cell[i + screen.width];
	for (uint32_t i = 0; i < screen.width; i++)
		screen.cell[last + i] = SCREEN_ATTRIBUTE | ' ';
}

static void screen_put(char c)
{
	if (c == '\n' || screen.column == screen.width)
		screen_new_line();
	if (c != '\n')
		screen.cell[screen.line * screen.width + screen.column++] = (uint16_t)(SCREEN_ATTRIBUTE | (uint8_t)c);
}

static void put(char c)
{
	if (has_debug_console)
		out8(DEBUG_CONSOLE, (uint8_t)c);
	if (has_serial && c == '\n')
		serial_put('\r');
	if (has_serial)
		serial_put(c);
	if (screen.cell)
		screen_put(c);
}

static void put_string(const char *s)
{
	while (*s)
		put(*s++);
}

static void put_number(uint64_t n, unsigned base)
{
	char digits[21], *p = digits + sizeof digits;

	*--p = 0;
	do
		*--p = "0123456789abcdef"[n % base];
	while ((n /= base) != 0);
	put_string(p);
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (const char *p = format; *p; p++) {
		if (*p != '%') {
			put(*p);
			continue;
		}
		bool is_long = *++p == 'l';
		if (is_long)
			p++;
		if (*p == 's')
			put_string(va_arg(arguments, const char *));
		else if (*p == 'c')
			put((char)va_arg(arguments, int));
		else if (*p == 'u' || *p == 'x')
			put_number(is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t), *p == 'u' ? 10 : 16);
		else
			put(*p);
	}
	va_end(arguments);
}
