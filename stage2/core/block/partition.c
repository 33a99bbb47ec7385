/* SPDX-License-Identifier: MIT */
/* Which partition table a disk has. */
#include "core/block/partition.h"

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/block/block.h"
#include "core/block/table.h"

bool table_range_fits(const struct block_device *disk, uint64_t first_lba, uint64_t blocks)
{
	return first_lba <= disk->blocks && blocks <= disk->blocks - first_lba;
}

struct partition *table_add(struct partition_table *table)
{
	if (table->count == PARTITIONS_MAX) {
		table->too_many++;
		return NULL;
	}

	struct partition *partition = &table->partition[table->count++];

	memset(partition, 0, sizeof(*partition));
	return partition;
}

/* A GPT counts only behind an entry of this type that starts at LBA 1: another tool may have left a GPT behind a newer MBR. */
static bool is_protective(struct span mbr)
{
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry entry = mbr_entry_get(mbr, i);

		if (entry.type == MBR_TYPE_GPT_PROTECTIVE && entry.first_lba == 1)
			return true;
	}
	return false;
}

static enum status read_either(struct block_device *disk, uint8_t *scratch, struct partition_table *table, struct err *err)
{
	struct span mbr = span_of(scratch, MBR_BYTES);
	uint16_t signature = 0;
	enum status status = block_read(disk, 0, 1, scratch, err);

	if (status != OK)
		return err_add(err, "cannot read the partition table of {s}", disk->name, 0, 0);
	if (!span_le16(mbr, MBR_SIGNATURE_OFFSET, &signature) || signature != MBR_SIGNATURE)
		return err_set(err, ERR_NOT_FOUND, "{s} has no partition table: its first sector does not end with 55h AAh", disk->name, 0,
			       0);
	return is_protective(mbr) ? gpt_read(disk, scratch, table, err) : mbr_read(disk, scratch, table, err);
}

enum status partition_table_read(struct block_device *disk, struct arena *arena, struct partition_table *table, struct err *err)
{
	size_t mark = arena_mark(arena);
	struct partition_table found = { .partition = ARENA_NEW_ARRAY(arena, struct partition, PARTITIONS_MAX) };
	size_t scratch_mark = arena_mark(arena);
	uint8_t *scratch = arena_allocate(arena, TABLE_SCRATCH_BYTES, 16);
	enum status status;

	if (found.partition == NULL || scratch == NULL)
		status = err_set(err, ERR_NO_MEMORY, "there is no memory for the partition table of {s}", disk->name, 0, 0);
	else if (disk->block_bytes < BLOCK_BYTES_MIN || disk->block_bytes > BLOCK_BYTES_MAX)
		status = err_set(err, ERR_UNSUPPORTED, "{s} has blocks of {a} bytes", disk->name, disk->block_bytes, 0);
	else
		status = read_either(disk, scratch, &found, err);
	if (status != OK) {
		arena_reset(arena, mark);
		return status;
	}
	/* The scratch buffer and the unused end of the array go back. */
	arena_reset(arena, scratch_mark - (PARTITIONS_MAX - found.count) * sizeof(struct partition));
	*table = found;
	return OK;
}
