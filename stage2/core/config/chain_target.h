/* SPDX-License-Identifier: MIT */
/* What a `chain` entry starts: the boot sector of a disk or of a partition. */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

#include <stdbool.h>

enum { CHAIN_DISK_MAX = 127, CHAIN_PARTITION_MAX = 9999 }; /* INT 13h has no number for more disks */

struct chain_target {
	bool names_disk;    /* otherwise the partition is one of the disk that the loader was started from */
	unsigned disk;      /* names_disk: as the BIOS counts hard disks, from 0 */
	unsigned partition; /* from 1; 0: the disk itself */
};

/* Parses "disk N", "partition M" or "disk N partition M", with blanks between the words. ERR_CORRUPT: something else. */
MUST_CHECK enum status chain_target_parse(struct span text, struct chain_target *target, struct err *err);
