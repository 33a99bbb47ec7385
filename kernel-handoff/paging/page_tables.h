/* SPDX-License-Identifier: MIT */
/*
 * Page tables for long mode with 4 levels (Intel SDM volume 3, 4.5), generated while they are read.
 *
 * 64 GiB of RAM without 1 GiB pages need 66 tables, more than the loader's working memory. So the place in the plan gets a file whose
 * bytes are computed from the list of runs (page_runs.h) whenever somebody reads them; only 16 bytes a table are kept.
 */
#pragma once

#include "kernel-handoff/paging/page_runs.h"
#include "kernel-handoff/plan.h"

/* Bits of an entry. */
#define PAGE_PRESENT    (1ull << 0)
#define PAGE_WRITABLE   (1ull << 1)
#define PAGE_LARGE      (1ull << 7) /* in levels 2 and 3: no further table */
#define PAGE_NO_EXECUTE (1ull << 63)
#define PAGE_ADDRESS    0x000FFFFFFFFFF000ull

struct page_tables_want {
	const struct memory_map *map; /* RAM above 4 GiB is mapped too; NULL: only the first 4 GiB */
	bool executable;              /* the identity is executable */
	bool gigabyte_pages;
	unsigned count;
	const struct page_mapping *mapping;
};

/*
 * Adds the tables to the plan as a place and sets plan->page_table_root. The first page of plan->trampoline, which must be reserved, is
 * mapped over everything else: one to one, executable, not writable (with an executable identity: as that). ERR_TOO_BIG above 4096
 * tables.
 */
MUST_CHECK enum status page_tables_add(struct plan *plan, const struct page_tables_want *want, struct arena *arena, struct err *err);
