/* SPDX-License-Identifier: MIT */
/* What a terminal sends for its keys. */
#include "stage2/pc/serial_key.h"

#include "flow/platform.h"
#include "stage2/pc/serial.h"

enum { ESCAPE_BYTE_WAIT = 1000 }; /* polls for the rest of an escape sequence */

static int serial_read_soon(void)
{
	int c = -1;

	for (unsigned i = 0; i < ESCAPE_BYTE_WAIT && c < 0; i++)
		c = serial_read();
	return c;
}

/* Terminals send ESC [ A or ESC O A for the arrow up, ... B for down. */
int serial_key(void)
{
	int c = serial_read();

	if (c < 0)
		return KEY_NONE;
	if (c != KEY_ESCAPE)
		return c == '\n' ? KEY_ENTER : c;
	c = serial_read_soon();
	if (c != '[' && c != 'O')
		return KEY_ESCAPE;
	c = serial_read_soon();
	return c == 'A' ? KEY_UP : c == 'B' ? KEY_DOWN : KEY_NONE;
}
