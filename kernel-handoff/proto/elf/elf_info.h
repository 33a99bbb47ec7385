/* SPDX-License-Identifier: MIT */
/* struct mkboot_handoff (mkboot/handoff.h) and all that it points to. */
#pragma once

#include "kernel-handoff/proto.h"

#include <mkboot/handoff.h>

/* What only the protocol knows. */
struct elf_facts {
	const struct boot_request *request;
	const uint64_t *module_start; /* request->module_count addresses; 0 for an empty module */
	uint64_t kernel_physical, kernel_virtual, kernel_offset;
	bool kernel_random;
	const struct mkboot_cpu *cpus;
	uint32_t cpu_count;
};

/*
 * Adds the information to the plan as its last place: the memory ranges in it name the owners of all places. The trampoline and the page
 * tables have to be there. *address: what RDI has to hold.
 */
MUST_CHECK enum status elf_info_add(struct plan *plan, const struct elf_facts *facts, struct arena *arena, uint64_t *address,
				    struct err *err);
