/* SPDX-License-Identifier: MIT */
/* A small cache for metadata in front of a block device. */
#include "core/block/block.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"

/* The slot that holds the line, or else the one to fill: an empty one, else the least recently used. */
static unsigned choose_slot(const struct block_cache *cache, uint64_t line, bool *hit)
{
	unsigned oldest = 0;

	for (unsigned i = 0; i < BLOCK_CACHE_LINES; i++) {
		if (cache->slot[i].used != 0 && cache->slot[i].line == line) {
			*hit = true;
			return i;
		}
		if (cache->slot[i].used < cache->slot[oldest].used)
			oldest = i;
	}
	*hit = false;
	return oldest;
}

static enum status line_get(struct block_cache *cache, uint64_t line, const uint8_t **data, struct err *err)
{
	uint32_t line_blocks = BLOCK_CACHE_LINE_BYTES / cache->device.block_bytes;
	bool hit;
	unsigned slot = choose_slot(cache, line, &hit);
	uint8_t *at = cache->data + (size_t)slot * BLOCK_CACHE_LINE_BYTES;

	if (!hit) {
		uint64_t first = line * line_blocks;
		uint32_t blocks = (uint32_t)min_u64(line_blocks, cache->device.blocks - first);

		cache->slot[slot].used = 0;
		enum status status = block_read(cache->parent, first, blocks, at, err);

		if (status != OK)
			return status;
		cache->slot[slot].line = line;
	}
	cache->slot[slot].used = ++cache->clock;
	*data = at;
	return OK;
}

static enum status cache_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct block_cache *cache = (struct block_cache *)device;
	uint32_t block_bytes = device->block_bytes;
	uint32_t line_blocks = BLOCK_CACHE_LINE_BYTES / block_bytes;
	uint8_t *at = to;

	if (count > line_blocks)
		return block_read(cache->parent, lba, count, to, err);
	while (count > 0) {
		uint32_t skip = (uint32_t)(lba % line_blocks);
		uint32_t part = (uint32_t)min_u64(count, line_blocks - skip);
		const uint8_t *line;

		/* A bad block elsewhere in the line must not cost the blocks that were asked for. */
		if (line_get(cache, lba / line_blocks, &line, err) != OK)
			return block_read(cache->parent, lba, count, at, err);
		memcpy(at, line + (size_t)skip * block_bytes, (size_t)part * block_bytes);
		lba += part;
		count -= part;
		at += (size_t)part * block_bytes;
	}
	return OK;
}

static void cache_reset(struct block_device *device)
{
	block_reset(((struct block_cache *)device)->parent);
}

static const struct block_ops cache_ops = { .read = cache_read, .reset = cache_reset };

enum status block_cache_init(struct block_cache *cache, struct block_device *parent, struct arena *arena, struct err *err)
{
	uint8_t *data = arena_allocate_array(arena, BLOCK_CACHE_LINES, BLOCK_CACHE_LINE_BYTES, 16);

	if (data == NULL)
		return err_set(err, ERR_NO_MEMORY, "there is no memory for the block cache of {s}", parent->name, 0, 0);
	*cache = (struct block_cache){ .device = *parent, .parent = parent, .data = data };
	cache->device.ops = &cache_ops;
	return OK;
}
