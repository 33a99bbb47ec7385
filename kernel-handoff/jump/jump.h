/* SPDX-License-Identifier: MIT */
/* The way into a kernel from a loader in long mode; shared by the BIOS and the UEFI shell. */
#pragma once

#include "kernel-handoff/plan.h"

struct machine;
struct plan_moves;

/*
 * Fills the trampoline's two pages and enters the kernel. Call with interrupts off and the firmware done with.
 *   trampoline  pointer to plan->trampoline, which the current page tables must map one to one and executable
 *   machine     whether EFER.NXE exists, and CR4 of the firmware
 */
_Noreturn void jump_to_kernel(const struct plan *plan, const struct plan_moves *moves, void *trampoline, const struct machine *machine);
