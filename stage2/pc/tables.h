/* SPDX-License-Identifier: MIT */
/* Structures that firmware leaves in memory: ACPI's root pointer, the entry points of SMBIOS and of a Plug and Play BIOS. */
#pragma once

#include "kernel-handoff/machine.h"

enum { TABLE_ENTRY_BYTES_MAX = 4096 }; /* no root pointer and no entry point is longer */

/* The length of the structure that `span` begins with, once its anchor and checksums are right; 0 if they are not. */
size_t rsdp_measure(struct span span);    /* ACPI 6.5 section 5.2.5.3 */
size_t smbios_measure(struct span span);  /* SMBIOS 3.6 section 5.2.1, 32-bit */
size_t smbios3_measure(struct span span); /* section 5.2.2, 64-bit */
size_t pnp_measure(struct span span);     /* Plug and Play BIOS specification 1.0A, section 4.4 */

/*
 * Takes the version from machine->smbios_entry, which one of the above has measured, into `machine`. *tables is the physical address of the
 * structure table, *bytes its length; both 0 if that cannot be right.
 */
void smbios_read_entry(struct machine *machine, uint64_t *tables, uint64_t *bytes);
