/* SPDX-License-Identifier: MIT */
/* The processors that ACPI lists in its Multiple APIC Description Table (ACPI 6.5, section 5.2.12). */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

/* A processor of the table: its structures of type 0 (local APIC) and 9 (local x2APIC). */
struct madt_cpu {
	uint32_t apic_id, acpi_uid;
	bool enabled;        /* ready for use; otherwise it can be added while the system runs */
	bool online_capable; /* as the table says it; firmware older than ACPI 6.3 never does */
};

/* A fixed limit of ours; no machine is known to come near it. */
enum { MADT_CPUS_MAX = 4096 };

/* Room that suffices for every processor that a table of this length can list, or for MADT_CPUS_MAX. */
static inline size_t madt_cpus_room(struct span madt)
{
	size_t most = madt.bytes / 8; /* the shortest structure of a processor */

	return most < MADT_CPUS_MAX ? most : MADT_CPUS_MAX;
}

/*
 * Fills cpu[] in the order of the table, the boot processor first if the firmware follows the specification; each APIC id once, whichever
 * of the two structures, or both, name it. What is neither enabled nor online capable is left out. ERR_CORRUPT: not such a table, a wrong
 * sum, or a structure that cannot be: then nothing in it is to be believed. ERR_TOO_BIG: more than MADT_CPUS_MAX.
 */
MUST_CHECK enum status madt_cpus(struct span madt, struct madt_cpu *cpu, unsigned *count, struct err *err);
