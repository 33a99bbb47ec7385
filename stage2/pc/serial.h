/* SPDX-License-Identifier: MIT */
/* The first serial port (16550, 115200 8N1) and the debug console of virtual machines (port E9h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void serial_init(void);
void serial_write(const char *text, size_t bytes);

/*
 * Whether what `write` has somebody else write goes out by this port. The port is its own other end meanwhile, so nothing is sent; what had
 * arrived is lost. False if there is no port.
 */
bool serial_is_written_by(void (*write)(void));

/* A byte that has arrived, or -1. */
int serial_read(void);

void debug_console_init(void);
void debug_console_write(const char *text, size_t bytes);
