/* SPDX-License-Identifier: MIT */
/* The places that more than one protocol makes: an ELF file's segments, modules, and structures of ours. */
#pragma once

#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"

/* A place for segment `index` at its physical address, not yet in any plan; its name lives in `arena`. ERR_NO_MEMORY: it does not fit. */
MUST_CHECK enum status segment_place(const struct elf *elf, unsigned index, struct arena *arena, struct place *place, struct err *err);

/*
 * Takes the headers of the file out of `elf`'s segments where they would lie where no RAM is, with a note. GRUB and QEMU start kernels that
 * were linked to 1 MiB (ld -Ttext=0x100000): the headers are in the page before, which is the BIOS's.
 */
void segments_leave_headers(struct plan *plan, struct elf *elf);

/* Room for the modules' addresses in `arena`: *start has request->module_count of them, all 0. ERR_NO_MEMORY. */
MUST_CHECK enum status modules_list(const struct boot_request *request, struct arena *arena, uint64_t **start, struct err *err);

/*
 * ERR_UNSUPPORTED for a segment that would not lie below 4 GiB. If it was linked to the upper half without physical addresses of its own,
 * the hint names the ways out.
 */
MUST_CHECK enum status segment_check_4_gib(const struct elf_segment *segment, struct err *err);

/*
 * Adds all modules to the plan, each on pages of its own below 4 GiB. start[i]: their addresses, 0 for an empty module. ERR_NO_MEMORY;
 * ERR_TOO_BIG if the plan is full.
 */
MUST_CHECK enum status modules_place(struct plan *plan, const struct boot_request *request, struct arena *arena, uint64_t *start,
				     struct err *err);

/*
 * Adds `place`, inside memory that the caller has reserved, for bytes of ours, with zeros behind them up to place->bytes: its kind and its
 * file are filled in. ERR_NO_MEMORY: the arena is full; ERR_TOO_BIG if the plan is.
 */
MUST_CHECK enum status information_place(struct plan *plan, const struct place *place, struct span data, struct arena *arena,
					 struct err *err);
