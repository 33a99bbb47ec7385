/* SPDX-License-Identifier: MIT */
/* What the protocols have in common that enter a kernel in real mode (ENTRY_MODE_REAL). */
#pragma once

#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"

struct arena;

/*
 * Adds a place at place->start whose first bytes are place->file_bytes bytes of `data`. `from` says where they came from, for people; both
 * have to live as long as the plan.
 */
MUST_CHECK enum status real_mode_place(struct plan *plan, const struct place *place, const char *from, const void *data,
				       struct arena *arena, struct err *err);

/*
 * Such code writes by INT 10h and sets the mode that it wants itself: it gets a text screen. A mode that the user has asked for,
 * by its size or as the display's own, is not set, and a note says so.
 */
void real_mode_video(const struct boot_request *request, struct plan *plan, struct arena *arena);
