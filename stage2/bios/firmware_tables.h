/* SPDX-License-Identifier: MIT */
/* Tables that the firmware left in memory: ACPI root pointer, SMBIOS, Plug and Play; and APM, which has to be asked for. */
#pragma once

#include "kernel-handoff/machine.h"

/* ACPI 6.5 section 5.2.5.1: the first KiB of the EBDA, then E0000h to FFFFFh, on 16-byte boundaries. */
void find_rsdp(struct machine *machine);

/* SMBIOS 3.6 section 5.2: F0000h to FFFFFh, on 16-byte boundaries; the 64-bit entry point is preferred. */
void find_smbios(struct machine *machine);

/* Plug and Play BIOS specification 1.0A section 4.4: F0000h to FFFFFh, on 16-byte boundaries. */
void find_pnp(struct machine *machine);

/* APM 1.2 section 4.6: INT 15h AX=5300h and 5303h, by the first call. NULL: the firmware has none. */
const struct apm *find_apm(void);

/* INT 15h AX=5304h, if find_apm() has connected it: the firmware is as it was before. */
void disconnect_apm(void);
