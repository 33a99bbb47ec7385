/* SPDX-License-Identifier: MIT */
/* The machine's memory as the firmware tells it: INT 15h E820, E801, 88h, and INT 12h for the first megabyte. */
#pragma once

#include "core/base/arena.h"
#include "core/memory/memory_map.h"

/* KiB of RAM from address 0 that the firmware leaves to us; at most 640. */
uint32_t memory_probe_low(void);

/* Fills the map. The raw ranges are built in `arena`, which is reset. ERR_CORRUPT: the firmware names no RAM at all. */
MUST_CHECK enum status memory_probe(struct memory_map *map, struct arena *arena, struct err *err);
