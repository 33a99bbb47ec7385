/* SPDX-License-Identifier: MIT */
/* The processor at a verdict kernel's first instruction, as entry32.S and entry64.S note it. For assembler and C. */
#pragma once

#define ENTRY_AX    0
#define ENTRY_BX    8
#define ENTRY_CX    16
#define ENTRY_DX    24
#define ENTRY_SI    32
#define ENTRY_DI    40
#define ENTRY_BP    48
#define ENTRY_SP    56
#define ENTRY_IP    64
#define ENTRY_FLAGS 72
#define ENTRY_TSC   80
#define ENTRY_BYTES 88

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

/* In 32-bit mode the high halves are zero. */
struct entry_state {
	uint64_t ax, bx, cx, dx, si, di, bp, sp, ip, flags, tsc;
};

_Static_assert(offsetof(struct entry_state, tsc) == ENTRY_TSC && sizeof(struct entry_state) == ENTRY_BYTES,
	       "the offsets above and the structure must agree");
#endif
