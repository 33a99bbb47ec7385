/* SPDX-License-Identifier: MIT */
/* What is left to move when everything is loaded: places on memory that the loader itself was using. */
#pragma once

#include <stdint.h>

/* `bytes` from `from` to `to`. No target overlaps a source, another target or the trampoline. */
struct plan_move {
	uint64_t from, to, bytes;
};

enum { PLAN_MOVES_MAX = 128 };

struct plan_moves {
	unsigned count;
	struct plan_move move[PLAN_MOVES_MAX];
};
