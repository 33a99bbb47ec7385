/* SPDX-License-Identifier: MIT */
/*
 * Block devices: disks, partitions of them, and the layers around them (retry, cache) are all the same thing.
 *
 * Units: an LBA counts blocks of `block_bytes` (a power of two, 512 to 4096) from the start of the device.
 */
#pragma once

#include "core/base/status.h"

#include <stdint.h>

struct arena;
struct block_device;

struct block_ops {
	/* Reads `count` (at least 1) blocks; the range was checked. `to` has no alignment. ERR_IO with the LBA in the trail. */
	enum status (*read)(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err);
	/* Brings the device back to a known state after a failed read; NULL if there is nothing to do. */
	void (*reset)(struct block_device *device);
};

struct block_device {
	const struct block_ops *ops;
	const char *name;     /* "disk 80h", "partition 2": for trails */
	uint64_t blocks;      /* length of the device */
	uint32_t block_bytes; /* bytes of one block */
};

enum { BLOCK_BYTES_MIN = 512, BLOCK_BYTES_MAX = 4096 };

/* Reads blocks [lba, lba + count). ERR_CORRUPT if they are not all on the device (an on-disk pointer was wrong). */
MUST_CHECK enum status block_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err);

/* Resets the device, if it has anything to reset. */
void block_reset(struct block_device *device);

/* A window [first_lba, first_lba + blocks) of a parent device, with the parent's block size. */
struct block_partition {
	struct block_device device;
	struct block_device *parent;
	uint64_t first_lba;
};

/* ERR_CORRUPT if the window is not inside the parent. */
MUST_CHECK enum status block_partition_init(struct block_partition *partition, struct block_device *parent, uint64_t first_lba,
					    uint64_t blocks, const char *name, struct err *err);

/*
 * Retries: a failed read is done again in pieces of at most BLOCK_RETRY_BLOCKS; a piece that fails is tried again after a reset,
 * BLOCK_RETRIES times, and then split in halves, down to single blocks, so that the trail names the bad one. The trail of a block that
 * cannot be read has a hint.
 */
enum { BLOCK_RETRIES = 3, BLOCK_RETRY_BLOCKS = 128 };

struct block_retry {
	struct block_device device;
	struct block_device *parent;
};

void block_retry_init(struct block_retry *retry, struct block_device *parent);

/*
 * A small cache for metadata: BLOCK_CACHE_LINES lines of BLOCK_CACHE_LINE_BYTES, least recently used first out. Longer reads pass by it
 * straight to `to`.
 */
enum { BLOCK_CACHE_LINES = 8, BLOCK_CACHE_LINE_BYTES = 4096 };

struct block_cache {
	struct block_device device;
	struct block_device *parent;
	uint8_t *data;
	struct {
		uint64_t line;
		uint64_t used;
	} slot[BLOCK_CACHE_LINES]; /* used: 0 = empty, else the time of the last use */
	uint64_t clock;
};

/* ERR_NO_MEMORY if the arena cannot hold the lines. */
MUST_CHECK enum status block_cache_init(struct block_cache *cache, struct block_device *parent, struct arena *arena, struct err *err);
