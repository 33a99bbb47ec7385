/* SPDX-License-Identifier: MIT */
/* The DMAR table: Intel's IOMMUs (VT-d architecture specification 4.0, chapter 8). */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

#include <stdbool.h>

struct memory_map;

struct dmar {
	unsigned units;           /* remapping units (DRHD) */
	bool interrupt_remapping; /* flag 0 */
	bool x2apic_opt_out;      /* flag 1: the firmware does not want the operating system to switch x2APIC on */
};

/*
 * Reads the table. ERR_CORRUPT, with what is wrong: checksum, lengths, no remapping unit, a unit without registers, too few bits of
 * address for the memory, memory of a device (RMRR) that is not reserved.
 */
MUST_CHECK enum status dmar_read(struct span table, const struct memory_map *map, struct dmar *dmar, struct err *err);
