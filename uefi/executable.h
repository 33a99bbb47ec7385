/* SPDX-License-Identifier: MIT */
/*
 * Memory that we have filled and that is going to run on the firmware's page tables. Strict firmware maps all that a program has allocated
 * without the right to be executed, and gives that right by EFI_MEMORY_ATTRIBUTE_PROTOCOL (UEFI specification 2.10).
 */
#pragma once

#include "kernel-handoff/plan.h"

/*
 * Lets run what of the plan runs on the firmware's page tables: the trampoline, or the kernel's own segments if the firmware stays. May
 * change the firmware's memory map. Nothing to do where the firmware has no such protocol. ERR_DENIED and others: the firmware says no.
 */
MUST_CHECK enum status executable_allow(const struct plan *plan, struct err *err);
