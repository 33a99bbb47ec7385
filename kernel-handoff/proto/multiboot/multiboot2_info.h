/* SPDX-License-Identifier: MIT */
/* The Multiboot2 boot information (specification 2.0, section 3.6). */
#pragma once

#include "kernel-handoff/proto/multiboot/multiboot_facts.h"

/*
 * Adds the boot information to the plan, page-aligned, by plan_allocate(); then the rest, as multiboot_rest_place() does: the ELF sections
 * tag points to the symbols and strings. *address: what EBX has to hold. The tag is left out if it does not fit into the arena. On UEFI,
 * for a kernel that does not keep it, the firmware's memory map is asked for.
 */
MUST_CHECK enum status multiboot2_info_add(struct plan *plan, const struct multiboot_facts *facts, struct arena *arena, uint64_t *address,
					   struct err *err);
