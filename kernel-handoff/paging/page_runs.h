/* SPDX-License-Identifier: MIT */
/*
 * An address space as a sorted list of runs: what page tables are made from. The list is short (a few runs for RAM, one to three for
 * each segment), so tables of any size can be generated from it without a buffer.
 *
 * Virtual addresses are kept without their sign extension, [0, 2^48): the upper half of the canonical addresses begins at 2^47.
 */
#pragma once

#include "core/base/status.h"
#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* A demand: `bytes` bytes at the canonical virtual address `virt` show `phys`. Rounded outwards to 4 KiB pages. */
struct page_mapping {
	uint64_t virt, phys, bytes;
	bool writable, executable;
	const char *what;
};

/* [start, end) shows [phys, phys + end - start); all three are multiples of 4 KiB. */
struct page_run {
	uint64_t start, end, phys;
	bool writable, executable;
};

struct page_runs {
	unsigned count;
	struct page_run *run; /* sorted, without overlaps, neighbours that continue each other are one */
};

/*
 * The first 4 GiB and all RAM of `map` (NULL: only the first 4 GiB) one to one and writable, executable if `executable` says so; over
 * that the mappings, later ones over earlier ones. ERR_UNSUPPORTED if a mapping is not canonical or its addresses differ modulo 4 KiB;
 * ERR_NO_MEMORY if the arena is full.
 */
MUST_CHECK enum status page_runs_build(const struct memory_map *map, bool executable, const struct page_mapping *mapping, unsigned count,
				       struct arena *arena, struct page_runs *runs, struct err *err);
