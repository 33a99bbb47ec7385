/* SPDX-License-Identifier: MIT */
/* What the firmware tells of the machine beside its memory: ACPI, SMBIOS, Secure Boot. */
#pragma once

#include "core/memory/memory_map.h"
#include "kernel-handoff/machine.h"

/*
 * UEFI specification 2.10, section 4.6: the configuration tables. They, and what they lead to, are read only where the firmware's memory
 * map has something, or in the area of a BIOS: elsewhere nothing may be mapped.
 */
void find_configuration_tables(struct machine *machine, const struct memory_map *map);

/* Section 3.3: the variables SecureBoot and SetupMode. */
void find_secure_boot(struct machine *machine);
