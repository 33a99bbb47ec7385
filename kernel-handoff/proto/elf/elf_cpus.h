/* SPDX-License-Identifier: MIT */
/* The list of processors that a kernel is handed (struct mkboot_cpu of mkboot/handoff.h). */
#pragma once

#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"

#include <mkboot/handoff.h>

/*
 * Reads the machine's MADT; the list lives in `arena`. Without that table, and with a damaged one, there are no processors: the latter is
 * a note of the plan, and with `required` both are ERR_UNSUPPORTED. ERR_NO_MEMORY: the arena is full.
 */
MUST_CHECK enum status elf_cpus_list(const struct boot_request *request, bool required, struct plan *plan, struct arena *arena,
				     const struct mkboot_cpu **cpus, uint32_t *count, struct err *err);
