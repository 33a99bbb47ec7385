/* SPDX-License-Identifier: MIT */
/* The console: the firmware's, the debug console, and the first serial port where the firmware does not write to it. */
#pragma once

#include "core/base/print.h"

/* Call before the first print. */
struct sink *console_init(void);

/* A key, as platform_ops.key says. */
int console_key(unsigned wait_ms);

/* Gives back what console_init() has taken from the firmware. Call before the loader returns to it: nothing can be printed then. */
void console_end(void);

/* The firmware is gone: from now on the ports are all there is. */
void console_leave_firmware(void);
