/* SPDX-License-Identifier: MIT */
/* What the readers of the two kinds of partition table share; not for others. */
#pragma once

#include "core/base/span.h"
#include "core/block/partition.h"

#include <stdbool.h>

struct block_device;

enum {
	MBR_BYTES = 512, /* of the first block, whatever the block size */
	MBR_SIGNATURE_OFFSET = 510,
	MBR_SIGNATURE = 0xAA55,
	MBR_TABLE_OFFSET = 446,
	MBR_ENTRY_BYTES = 16,
};

/* True if [first_lba, first_lba + blocks) is on the disk. */
bool table_range_fits(const struct block_device *disk, uint64_t first_lba, uint64_t blocks);

/* A new partition in the table, zeroed; NULL once there are PARTITIONS_MAX. */
struct partition *table_add(struct partition_table *table);

/* A partition that is left out: only the first one is remembered. */
static inline void table_note_outside(struct partition_table *table, unsigned number)
{
	if (table->outside == 0)
		table->outside = number;
}

/* The scratch buffer of both readers: at least one block, and whole entries of any legal size. */
enum { TABLE_SCRATCH_BYTES = 4096 };

/*
 * Both fill `table`, whose `partition` has room for PARTITIONS_MAX. `scratch` has TABLE_SCRATCH_BYTES; for MBR it holds the first block of
 * the disk. mbr_read(): ERR_NOT_FOUND if that has no table, ERR_CORRUPT if the table does not fit the disk;
 * gpt_read(): ERR_CORRUPT or ERR_TOO_BIG if both copies are bad, ERR_IO.
 */
MUST_CHECK enum status mbr_read(struct block_device *disk, uint8_t *scratch, struct partition_table *table, struct err *err);
MUST_CHECK enum status gpt_read(struct block_device *disk, uint8_t *scratch, struct partition_table *table, struct err *err);
