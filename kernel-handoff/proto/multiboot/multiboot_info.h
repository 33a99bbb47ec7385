/* SPDX-License-Identifier: MIT */
/* The Multiboot 1 boot information (specification 0.6.96, section 3.3). */
#pragma once

#include "kernel-handoff/proto/multiboot/multiboot_facts.h"

/*
 * Adds the boot information and all that it points to as one place, page-aligned, between 64 and 640 KiB, or where no room is there
 * by plan_allocate(); then the rest, as multiboot_rest_place() does. *address: what EBX has to hold.
 */
MUST_CHECK enum status multiboot_info_add(struct plan *plan, const struct multiboot_facts *facts, struct arena *arena, uint64_t *address,
					  struct err *err);
