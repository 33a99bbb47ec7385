/* SPDX-License-Identifier: MIT */
/* The boot sector that a `chain` entry names. */
#pragma once

#include "flow/flow.h"
#include "kernel-handoff/proto.h"

/*
 * Finds the disk and the partition of menu_entry->entry.chain and reads the boot sector. *sector and *target live in platform->arena.
 * ERR_NOT_FOUND: no such disk or partition; ERR_UNSUPPORTED: its sectors have not 512 bytes, or the platform cannot say what is on
 * another disk; ERR_IO.
 */
MUST_CHECK enum status chain_open(struct platform *platform, const struct menu_entry *menu_entry, struct file **sector,
				  struct boot_target *target, struct err *err);
