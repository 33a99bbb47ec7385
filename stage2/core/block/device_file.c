/* SPDX-License-Identifier: MIT */
/* Any bytes of a block device. */
#include "core/block/device_file.h"

#include "core/base/checked.h"
#include "core/base/memory.h"

static enum status device_file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	struct device_file *view = (struct device_file *)file;
	uint32_t block_bytes = view->device->block_bytes;

	while (bytes > 0) {
		uint64_t from = offset % block_bytes, part = min_u64(bytes, block_bytes - from);

		if (block_read(view->device, offset / block_bytes, 1, view->block, err) != OK)
			return err->code;
		memcpy(to, view->block + from, part);
		to = (uint8_t *)to + part;
		offset += part;
		bytes -= part;
	}
	return OK;
}

void device_file_init(struct device_file *view, struct block_device *device)
{
	static const struct file_ops ops = { .read = device_file_read };

	*view = (struct device_file){ .file = { .ops = &ops, .path = device->name }, .device = device };
	if (!checked_multiply(device->blocks, device->block_bytes, &view->file.bytes))
		view->file.bytes = 0;
}
