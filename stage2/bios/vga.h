/* SPDX-License-Identifier: MIT */
/* The text screen: written to directly, so that a line of output costs no call of the firmware. */
#pragma once

#include "kernel-handoff/machine.h"

#include <stddef.h>

void vga_init(void);
void vga_write(const char *text, size_t bytes);
void vga_describe(struct screen *screen);
