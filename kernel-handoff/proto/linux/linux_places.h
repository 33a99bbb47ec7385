/* SPDX-License-Identifier: MIT */
/* Initrds, and the memory that a kernel unpacks itself into: for the 16-bit entry and the others (Documentation/arch/x86/boot.rst). */
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
