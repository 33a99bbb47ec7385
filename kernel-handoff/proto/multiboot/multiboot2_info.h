/* SPDX-License-Identifier: MIT */
/* The Multiboot2 boot information (specification 2.0, section 3.6). */
#pragma once

#include "kernel-handoff/proto/multiboot/multiboot_facts.h"

/*
 * Adds the boot information to the plan, page-aligned, between 1 MiB and 4 GiB, and places for symbols and strings of an ELF image that no
 * segment loads, which the ELF sections tag points to. *address: what EBX has to hold. These sections are what a boot can do without: they
 * are the last to get memory, and are left out if it does not suffice, as is the tag if it does not fit into the arena. On UEFI, for a
 * kernel that does not keep it, the firmware's memory map is asked for.
 */
MUST_CHECK enum status multiboot2_info_add(struct plan *plan, const struct multiboot_facts *facts, struct arena *arena, uint64_t *address,
					   struct err *err);
