/* SPDX-License-Identifier: MIT */
/* ACPI tables that the loader or a kernel wants, found from the root pointer on (ACPI 6.5, sections 5.2.5 to 5.2.8). */
#pragma once

#include "kernel-handoff/machine.h"

/* A way to read physical memory. */
struct acpi_memory {
	/* The bytes of [phys, phys + bytes); NULL if they cannot be read. They stay where they are while the loader runs. */
	const uint8_t *(*reach)(const struct acpi_memory *memory, uint64_t phys, uint64_t bytes);
};

/*
 * Sets machine->acpi from machine->rsdp, which rsdp_measure() has measured: through the XSDT, or the RSDT where there is no sound one. Of
 * two tables of a kind the first counts. A table is given as it lies there, if its length can be; its checksum is for its reader.
 */
void find_acpi_tables(struct machine *machine, const struct acpi_memory *memory);
