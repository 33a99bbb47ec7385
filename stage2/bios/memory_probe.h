/* SPDX-License-Identifier: MIT */
/* The machine's memory as the firmware tells it: INT 15h E820, E801, 88h, and INT 12h for the first megabyte. */
#pragma once

#include "core/base/arena.h"
#include "core/memory/memory_map.h"

/* KiB of RAM from address 0 that the firmware leaves to us; at most 640. */
uint32_t memory_probe_low(void);

/*
 * Fills the map. RAM at and above physical_end, which the processor cannot reach, is left out. The raw ranges are built in `arena`,
 * which is reset. ERR_CORRUPT: the firmware names no RAM at all.
 */
MUST_CHECK enum status memory_probe(uint64_t physical_end, struct memory_map *map, struct arena *arena, struct err *err);

/*
 * Reserves what the loader and the firmware have below 1 MiB, as far as the map calls it RAM (what it calls otherwise is the loader's
 * all the same while it runs: INT 12h has said so, and no kernel may have it), and the work area at `work` if it is above; its usual place
 * is free then. ERR_DENIED: the work area is not RAM.
 */
MUST_CHECK enum status memory_reserve_own(struct memory *memory, uint64_t work, struct err *err);
