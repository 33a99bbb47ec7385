/* SPDX-License-Identifier: MIT */
/* A block device that tries again: with resets in between, then in ever smaller pieces. */
#include "core/block/block.h"

#include <stddef.h>

static const char bad_block[] = "the disk or its cable may be failing: check it (smartctl -a), and copy its data to another disk";

/* Reads with up to BLOCK_RETRIES more tries. Only ERR_IO is worth a second one: the others come from a check, not from the device. */
static enum status read_with_resets(struct block_device *parent, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	enum status status = block_read(parent, lba, count, to, err);

	for (unsigned retry = 0; status == ERR_IO && retry < BLOCK_RETRIES; retry++) {
		block_reset(parent);
		status = block_read(parent, lba, count, to, err);
	}
	return status;
}

static enum status retry_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct block_device *parent = ((struct block_retry *)device)->parent;
	uint8_t *at = to;
	uint32_t piece = BLOCK_RETRY_BLOCKS;

	if (count > piece) {
		enum status status = block_read(parent, lba, count, to, err);

		if (status != ERR_IO)
			return status;
	}
	while (count > 0) {
		if (piece > count)
			piece = count;

		enum status status = read_with_resets(parent, lba, piece, at, err);

		if (status == ERR_IO && piece == 1)
			return err_hint(err, bad_block);
		if (status != OK && status != ERR_IO)
			return status;
		if (status != OK) {
			/* The size that works is kept: some firmware fails long reads only. */
			piece /= 2;
			continue;
		}
		lba += piece;
		count -= piece;
		at += (size_t)piece * parent->block_bytes;
	}
	return OK;
}

static void retry_reset(struct block_device *device)
{
	block_reset(((struct block_retry *)device)->parent);
}

static const struct block_ops retry_ops = { .read = retry_read, .reset = retry_reset };

void block_retry_init(struct block_retry *retry, struct block_device *parent)
{
	*retry = (struct block_retry){ .device = *parent, .parent = parent };
	retry->device.ops = &retry_ops;
}
