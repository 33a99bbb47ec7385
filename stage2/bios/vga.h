/* SPDX-License-Identifier: MIT */
/* The text screen: written to directly, so that a line of output costs no call of the firmware. */
#pragma once

#include "kernel-handoff/screen.h"

#include <stddef.h>

/* Takes the text mode that the firmware is in, or sets mode 3. */
void vga_init(void);

void vga_write(const char *text, size_t bytes);

/* Fills *screen, and from now on keeps its cursor where the screen's is. */
void vga_describe(struct screen *screen);

/* From now on the screen shows pixels: nothing more is written to it. */
void vga_hide(void);

/* Back to text, whatever the screen shows: sets mode 3. What was there before is gone. */
void vga_show(void);
