/* SPDX-License-Identifier: MIT */
/* A firmware for the host: memory below 1 MiB, and INT handlers that a test puts in. */
#pragma once

#include "stage2/bios/bios.h"

enum { FAKE_LOW_BYTES = 0x110000 };

typedef void fake_interrupt_fn(struct bios_registers *registers);

extern uint8_t fake_low[FAKE_LOW_BYTES];
extern fake_interrupt_fn *fake_interrupt[256]; /* NULL: returns with CF set */
extern unsigned fake_calls;                    /* since fake_bios_reset() */

/* Empty memory, 640 KiB with the EBDA at 639, no handlers. */
void fake_bios_reset(void);
