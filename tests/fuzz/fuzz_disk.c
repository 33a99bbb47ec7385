/* SPDX-License-Identifier: MIT */
/* A disk whose first bytes are the fuzzer's input. */
#include "fuzz_disk.h"

#include <stdlib.h>
#include <string.h>

static enum status fuzz_disk_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	const struct fuzz_disk *disk = (const struct fuzz_disk *)device;
	uint8_t *at = to;

	(void)err; /* this disk never fails */
	memset(to, 0, (size_t)count * device->block_bytes);
	if (disk->bytes == 0)
		return OK;
	for (uint32_t i = 0; i < count; i++, at += device->block_bytes) {
		uint64_t offset = (lba + i) * device->block_bytes;

		if (disk->repeats)
			offset %= (disk->bytes + device->block_bytes - 1) / device->block_bytes * device->block_bytes;
		if (offset >= disk->bytes)
			break;
		memcpy(at, disk->data + offset, disk->bytes - offset < device->block_bytes ? disk->bytes - offset : device->block_bytes);
	}
	return OK;
}

void fuzz_disk_init(struct fuzz_disk *disk, const uint8_t *data, size_t bytes, uint64_t blocks, uint32_t block_bytes, bool repeats)
{
	static const struct block_ops ops = { .read = fuzz_disk_read };

	*disk = (struct fuzz_disk){
		.device = { .ops = &ops, .name = "fuzz", .blocks = blocks, .block_bytes = block_bytes },
		.data = data,
		.bytes = bytes,
		.repeats = repeats,
	};
}

void fuzz_check(enum status status, const struct err *err)
{
	if (status != OK && (err->code != status || err->depth == 0))
		abort();
}
