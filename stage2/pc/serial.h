/* SPDX-License-Identifier: MIT */
/* The first serial port (16550, 115200 8N1) and the debug console of virtual machines (port E9h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void serial_init(void);
void serial_write(const char *text, size_t bytes);

/* A byte that has arrived, or -1. */
int serial_read(void);

void debug_console_init(void);
void debug_console_write(const char *text, size_t bytes);
