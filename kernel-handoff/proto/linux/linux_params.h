/* SPDX-License-Identifier: MIT */
/* boot_params, the page that a Linux kernel is handed (Documentation/arch/x86/zero-page.rst), and what it points to. */
#pragma once

#include "kernel-handoff/image/bzimage.h"
#include "kernel-handoff/proto.h"

/* What only the protocol knows when it has placed kernel and initrd. */
struct linux_facts {
	const struct bzimage *image;
	const struct boot_request *request;
	uint64_t kernel_start;
	uint64_t kernel_align; /* that it was placed with */
	uint64_t entry_32;     /* of the 32-bit protocol, where it lies now */
	uint64_t initrd_start, initrd_bytes;
};

/* Keeps [start, end), which the kernel takes before it reads the memory map, free of everything else. Nothing if it is empty. */
MUST_CHECK enum status linux_working_memory_keep(struct plan *plan, uint64_t start, uint64_t end, struct err *err);

/*
 * Adds the initrds, joined as one: below facts->image->initrd_end_max, or, where there is no room and the kernel takes them there, above
 * 4 GiB. Sets facts->initrd_start and ->initrd_bytes, both 0 without initrds. ERR_TOO_BIG and ERR_NO_MEMORY.
 */
MUST_CHECK enum status linux_initrds_place(struct plan *plan, struct linux_facts *facts, struct arena *arena, struct err *err);

/*
 * Adds boot_params, the command line and the list of setup_data to the plan as one place between 1 MiB and 4 GiB. In the list are the
 * memory ranges from the 129th on, and the random seed if the machine has one, as far as the kernel takes them. The screen is that of
 * plan->video. *address: what RSI has to hold.
 */
MUST_CHECK enum status linux_params_add(struct plan *plan, const struct linux_facts *facts, struct arena *arena, uint64_t *address,
					struct err *err);
