/* SPDX-License-Identifier: MIT */
/* Where a position-independent kernel lies (mkboot/handoff.h, "Addresses of the kernel"), and its relocations. */
#pragma once

#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/elf/elf_request.h"

struct elf_base {
	uint64_t offset;    /* virtual addresses minus those of the file, modulo 2^64; 0 for ET_EXEC */
	bool random;        /* the addresses were chosen at random */
	struct file **file; /* of each segment, relocated; NULL for ET_EXEC, whose segments are in the kernel's own */
};

/*
 * ET_DYN: chooses the addresses, reserves one block for all segments, relocates, and gives `elf` the new addresses of segments and entry.
 * Addresses that are not random although nobody said so are a note of the plan. ET_EXEC: leaves all as it is.
 *
 * ERR_UNSUPPORTED: the kernel requires random addresses and cannot have them, is linked where none of the rules applies, or has relocations
 * that cannot be done; ERR_NO_MEMORY: no free block, or a full arena; ERR_CORRUPT and ERR_IO as elf_relocations_find().
 */
MUST_CHECK enum status elf_base_choose(const struct boot_request *request, const struct elf_request *wish, struct elf *elf,
				       struct plan *plan, struct arena *arena, struct elf_base *base, struct err *err);
