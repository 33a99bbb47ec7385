/* SPDX-License-Identifier: MIT */
/* Notes about images that are not as their formats want them (image/departures.h). */
#pragma once

#include "kernel-handoff/image/departures.h"
#include "kernel-handoff/plan.h"

/* A note for each bit of `departures`. `path` is the image's, and lives as long as the plan. */
void departures_note(struct plan *plan, const char *path, unsigned departures);
