/* SPDX-License-Identifier: MIT */
/* What the firmware tells of the machine beside its memory: ACPI, SMBIOS, Secure Boot. */
#pragma once

#include "kernel-handoff/machine.h"

/* UEFI specification 2.10, section 4.6: the configuration tables. */
void find_configuration_tables(struct machine *machine);

/* Section 3.3: the variables SecureBoot and SetupMode. */
void find_secure_boot(struct machine *machine);
