/* SPDX-License-Identifier: MIT */
/* ENTRY_MODE_FIRMWARE: into a kernel while the firmware stays. */
#pragma once

#include "kernel-handoff/plan.h"

#include <stddef.h>

/* enter.S reads the structure. */
_Static_assert(offsetof(struct entry_registers, sp) == 56 && sizeof(struct entry_registers) == 64, "see enter.S");

_Noreturn void enter_with_firmware(uint64_t entry, const struct entry_registers *registers);
