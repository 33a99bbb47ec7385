/* SPDX-License-Identifier: MIT */
/* What the firmware learnt of the network when the loader came over it. */
#pragma once

#include "kernel-handoff/machine.h"

/*
 * UEFI specification 2.10, section 24.3: the DHCP acknowledgement that the PXE base code of the loader's device has kept, up to its end
 * option. Nothing if the loader came from a disk, or by IPv6.
 */
void find_network(struct machine *machine);
