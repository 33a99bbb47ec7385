/* SPDX-License-Identifier: MIT */
/* boot_params, the page that a Linux kernel is handed (Documentation/arch/x86/zero-page.rst), and what it points to. */
#pragma once

#include "kernel-handoff/proto/linux/linux_places.h"

/*
 * Adds boot_params, the command line and the list of setup_data to the plan as one place between 1 MiB and 4 GiB. In the list are the
 * memory ranges from the 129th on, and the random seed if the machine has one, as far as the kernel takes them. The screen is that of
 * plan->video. *address: what RSI has to hold.
 */
MUST_CHECK enum status linux_params_add(struct plan *plan, const struct linux_facts *facts, struct arena *arena, uint64_t *address,
					struct err *err);
