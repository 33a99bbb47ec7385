/* SPDX-License-Identifier: MIT */
/* The console: text screen, first serial port and debug console at once. */
#pragma once

#include "core/base/print.h"
#include "kernel-handoff/screen.h"

/* Puts the screen into text mode if it is not, and probes the ports. Call before the first print. */
struct sink *console_init(void);

/* The screen as a kernel finds it at the jump; its cursor stays up to date with what is printed. */
void console_describe(struct screen *screen);

/* The screen leaves its text mode, and comes back to one; *screen of console_describe() is what it shows then. The ports go on. */
void console_hide_text(void);
void console_show_text(void);

/* A key, as platform_ops.key says. */
int console_key(unsigned wait_ms);
