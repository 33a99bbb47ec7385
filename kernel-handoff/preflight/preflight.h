/* SPDX-License-Identifier: MIT */
/*
 * What a hypervisor needs of the machine, looked at before it starts: many a hypervisor says nothing on the screen when it does not like
 * what it finds.
 */
#pragma once

#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"

/*
 * Makes the checks that request->settings.preflight asks for, for a plan that its protocol has made. Without the setting they are made for
 * a Multiboot kernel that hypervisor_find() knows; never for a machine whose processor is not known (the host). Nothing is written but
 * plan->notes: a note and a hint for each problem, and the line for machines, whose keys and values the README has. Strings live in
 * `arena` or in the request. ERR_DENIED: there are problems, and the setting is strict; the trail has the first of them.
 */
MUST_CHECK enum status preflight(const struct boot_request *request, struct plan *plan, struct arena *arena, struct err *err);
