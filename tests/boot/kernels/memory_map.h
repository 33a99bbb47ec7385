/* SPDX-License-Identifier: MIT */
/* The memory map that a kernel was given, and what the loader put where: nothing may overlap, and all of it has to be in RAM. */
#pragma once

#include "support.h"

enum { MEMORY_RAM = 1, MEMORY_BAD = 5, MEMORY_PERSISTENT = 7, MEMORY_UNACCEPTED = 8 };

/* Takes over the next entry of the map and reports it as mmap.N. The entries have to come sorted, without overlaps. */
void map_add(uint64_t start, uint64_t bytes, uint32_t type);

/* How many entries there are. */
uint32_t map_count(void);

/* Reports mmap.count and checks that there is RAM. */
void map_check(void);

/* All of [start, end) is RAM. */
bool map_is_ram(uint64_t start, uint64_t end);

/* The end of the RAM that is contiguous from `start`; `start` if there is none. */
uint64_t map_ram_end(uint64_t start);

/* Something that the loader placed at [start, end): checks that it is in RAM and overlaps nothing that was claimed before. */
void map_claim(const char *what, uint64_t start, uint64_t end);
