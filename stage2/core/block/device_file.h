/* SPDX-License-Identifier: MIT */
/* A block device as a file, for readers that want few bytes at odd places: block after block, each by way of a buffer. */
#pragma once

#include "core/base/file.h"
#include "core/block/block.h"

struct device_file {
	struct file file;
	struct block_device *device;
	uint8_t block[BLOCK_BYTES_MAX];
};

/* The device must live as long. */
void device_file_init(struct device_file *view, struct block_device *device);
