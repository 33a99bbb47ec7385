/* SPDX-License-Identifier: MIT */
/* The console: the firmware's, the debug console, and the first serial port where the firmware does not write to it. */
#pragma once

#include "core/base/print.h"

/* Call before the first print. */
struct sink *console_init(void);

/* A key, as platform_ops.key says. */
int console_key(unsigned wait_ms);

/* The firmware is gone: from now on the ports are all there is. */
void console_leave_firmware(void);
