/* SPDX-License-Identifier: MIT */
/* Model-specific registers that may not be there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads a register; false, and *value untouched, if the processor answers with a general protection fault: it has no such register, or
 * the hypervisor under us does not let us see it.
 *
 * For the time of the read the IDT in force, the loader's or the firmware's, is replaced by a copy of its exceptions in which only that
 * fault is ours, and interrupts are off. A non-maskable interrupt or a machine check in this time goes where it went before.
 */
bool msr_read(uint32_t msr, uint64_t *value);
