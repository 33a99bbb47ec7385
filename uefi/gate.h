/* SPDX-License-Identifier: MIT */
/* The way into libraries that were built for a hosted program. */
#pragma once

#include "core/pack/unpack.h"

/*
 * While the gate is open interrupts are off, because the libraries keep data below their stack pointer where an interrupt would write, and
 * FS points to a block of ours, where their stack protector finds its guard.
 */
struct library_gate *efi_library_gate(void);
