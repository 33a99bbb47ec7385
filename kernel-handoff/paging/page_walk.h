/* SPDX-License-Identifier: MIT */
/* Looks an address up in a plan's page tables as the processor will. */
#pragma once

#include "kernel-handoff/plan.h"

struct page_walk {
	uint64_t phys;
	bool writable, executable;
};

/* ERR_NOT_FOUND if the address is not canonical or not mapped; ERR_CORRUPT if a table lies outside the plan's places. */
MUST_CHECK enum status page_walk(const struct plan *plan, uint64_t virt, struct page_walk *walk, struct err *err);
