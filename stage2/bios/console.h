/* SPDX-License-Identifier: MIT */
/* The console: text screen, first serial port and debug console at once. */
#pragma once

#include "core/base/print.h"
#include "kernel-handoff/machine.h"

/* Puts the screen into text mode if it is not, and probes the ports. Call before the first print. */
struct sink *console_init(void);

/* The screen as a kernel finds it at the jump. */
void console_describe(struct screen *screen);

/* A key, as platform_ops.key says. */
int console_key(unsigned wait_ms);
