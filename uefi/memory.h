/* SPDX-License-Identifier: MIT */
/* The memory of the machine, as the firmware tells and gives it, and the way out of the firmware (UEFI specification 2.10, 7.2 and 7.4). */
#pragma once

#include "core/base/arena.h"
#include "core/memory/memory_map.h"
#include "kernel-handoff/plan.h"

/* Pages of the firmware for the loader's own use, anywhere; NULL if there are none. Call before firmware_memory_read(). */
void *firmware_pages(uint64_t bytes);

/* Gives them back; `pages` may be NULL. */
void firmware_pages_free(void *pages, uint64_t bytes);

/*
 * Fills memory->map with what a kernel will find, reserves as transient what the firmware and the loader use now, and makes the firmware
 * the owner of the rest. `arena` is reset. ERR_NO_MEMORY; what memory_map_build() says.
 */
MUST_CHECK enum status firmware_memory_read(struct memory *memory, struct arena *arena, struct err *err);

/*
 * Notes as in use, in transient reservations, what the firmware's map calls free of [start, end). Whole pages. For what is known to be used
 * whatever the map says.
 */
void firmware_memory_note(struct memory *memory, uint64_t start, uint64_t end);

/* Whether the firmware's map calls the page at this address, a multiple of 4096, free RAM. */
bool firmware_memory_is_free(uint64_t page);

/* Gives back all that was taken by or after firmware_memory_read(), which need not have been called. */
void firmware_memory_end(struct memory *memory);

/*
 * Leaves the firmware and serves plan->firmware_map. After a failure *gone tells whether the firmware has begun to end, so that none of
 * its services may be called any more. ERR_TOO_BIG: the map has no room in the plan; ERR_DENIED: the firmware does not let us go.
 */
MUST_CHECK enum status firmware_leave(const struct plan *plan, bool *gone, struct err *err);
