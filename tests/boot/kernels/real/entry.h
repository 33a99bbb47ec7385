/* SPDX-License-Identifier: MIT */
/* The processor at the first instruction of a verdict kernel in real mode. For assembler and C. */
#pragma once

#include "../entry.h"

#define ENTRY_CS         (ENTRY_BYTES + 0)
#define ENTRY_DS         (ENTRY_BYTES + 2)
#define ENTRY_ES         (ENTRY_BYTES + 4)
#define ENTRY_FS         (ENTRY_BYTES + 6)
#define ENTRY_GS         (ENTRY_BYTES + 8)
#define ENTRY_SS         (ENTRY_BYTES + 10)
#define REAL_ENTRY_BYTES (ENTRY_BYTES + 12)

/* The verdict sector: it notes the state behind itself, and reads the sectors that follow it on the disk to this segment. */
#define SECTOR_STATE   0x7e00
#define SECTOR_SEGMENT 0x1000

#ifndef __ASSEMBLER__
struct real_entry {
	struct entry_state general;
	uint16_t cs, ds, es, fs, gs, ss;
};

_Static_assert(offsetof(struct real_entry, ss) == ENTRY_SS && sizeof(struct real_entry) >= REAL_ENTRY_BYTES,
	       "the offsets above and the structure must agree");
#endif
