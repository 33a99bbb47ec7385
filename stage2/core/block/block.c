/* SPDX-License-Identifier: MIT */
/* The one gate to block devices, which checks every range, and the window that a partition is. */
#include "core/block/block.h"

#include <stddef.h>

enum status block_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	if (lba > device->blocks || count > device->blocks - lba) {
		err_set(err, ERR_CORRUPT, "a read of {b} blocks at LBA {a} goes past the end", NULL, lba, count);
		return err_add(err, "{s} has {a} blocks", device->name, device->blocks, 0);
	}
	if (count == 0)
		return OK;
	return device->ops->read(device, lba, count, to, err);
}

void block_reset(struct block_device *device)
{
	if (device->ops->reset != NULL)
		device->ops->reset(device);
}

static enum status partition_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct block_partition *partition = (struct block_partition *)device;
	enum status status = block_read(partition->parent, partition->first_lba + lba, count, to, err);

	if (status != OK)
		return err_add(err, "cannot read {s}", device->name, 0, 0);
	return OK;
}

static void partition_reset(struct block_device *device)
{
	block_reset(((struct block_partition *)device)->parent);
}

static const struct block_ops partition_ops = { .read = partition_read, .reset = partition_reset };

enum status block_partition_init(struct block_partition *partition, struct block_device *parent, uint64_t first_lba, uint64_t blocks,
				 const char *name, struct err *err)
{
	if (first_lba > parent->blocks || blocks > parent->blocks - first_lba) {
		err_set(err, ERR_CORRUPT, "{s} has {a} blocks", parent->name, parent->blocks, 0);
		return err_add(err, "{s}, {b} blocks from LBA {a} on, is not inside the disk", name, first_lba, blocks);
	}
	*partition = (struct block_partition){
		.device = { .ops = &partition_ops, .name = name, .blocks = blocks, .block_bytes = parent->block_bytes },
		.parent = parent,
		.first_lba = first_lba,
	};
	return OK;
}
