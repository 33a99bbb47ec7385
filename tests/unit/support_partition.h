/* SPDX-License-Identifier: MIT */
/* Reads the partition table of a test disk, into the same place each time. */
#pragma once

#include "support_block.h"

#include "core/base/arena.h"
#include "core/block/partition.h"

/* What the last table_read() found, what it used and what it said. */
extern struct partition_table table;
extern struct arena table_arena;
extern struct err table_err;

MUST_CHECK enum status table_read(struct test_disk *disk);
