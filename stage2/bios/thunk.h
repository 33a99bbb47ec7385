/* SPDX-License-Identifier: MIT */
/* The assembler side of the shell (start.S, thunk.S, exception.S). */
#pragma once

#include "stage2/bios/bios.h"

extern struct bios_registers bios_thunk_registers;
extern uint32_t bios_thunk_vector; /* segment << 16 | offset */
extern const uint8_t bios_idle_routine[];

void bios_thunk(void);

/* What stage 1 handed over, the time stamp counter when stage 2 began, and CR4 as the firmware left it. */
extern const uint8_t bios_boot_drive, bios_boot_copy;
extern const uint64_t bios_start_tsc;
extern const uint32_t bios_cr4;

/* Where the work area is: LOW_WORK or HIGH_WORK of memory-map.h. */
extern const uint32_t loader_work;

/* Linker script: first byte behind the image and its bss. */
extern const uint8_t bss_end[];
