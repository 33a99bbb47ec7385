/* SPDX-License-Identifier: MIT */
/* Keys of a terminal on the serial port. */
#pragma once

/* A key as platform_ops.key has them; KEY_NONE if there is none. */
int serial_key(void);
