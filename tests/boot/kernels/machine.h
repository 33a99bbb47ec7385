/* SPDX-License-Identifier: MIT */
/* The processor's state at the entry, beyond the general registers. */
#pragma once

#include "support.h"

/* Protected mode, paging and long mode off, interrupts off, flat segments, A20 on. */
void machine_check_protected(const struct entry_state *entry);

/* Beside that, what Xen's PVH promises: CR0.PE alone, CR4 = 0, a 32-bit TSS with base 0 and limit 67h. */
void machine_check_pvh(void);

/* Long mode, interrupts off, flat segments. */
void machine_check_long(const struct entry_state *entry);

/* Long mode on the firmware's page tables, segments and stack. */
void machine_check_firmware(const struct entry_state *entry);

/*
 * In a kernel with little_map.c: from here on nothing can be reached but the first 4 MiB, or all again (paging on and off). In others
 * nothing happens.
 */
void map_little(void);
void map_all(void);

/* Linux wants CS = 0x10 and DS, ES, SS = 0x18. */
void machine_check_linux_selectors(void);

/* Long mode only: [start, end) is mapped one to one, writable if `writable`. */
bool is_mapped_one_to_one(uint64_t start, uint64_t end, bool writable);
