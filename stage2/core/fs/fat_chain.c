/* SPDX-License-Identifier: MIT */
/* The file allocation table: runs of clusters that follow each other, and the checks on the way from one to the next. */
#include "core/base/checked.h"
#include "core/block/block.h"
#include "core/fs/fat.h"

/*
 * The three loops below see each cluster of each file that is read, so they make no calls, and each has its own copy of the loop; the
 * caller checked that the entries are in the table.
 */
static uint32_t run_end_12(const uint8_t *table, uint32_t first, uint32_t cluster, uint32_t stop, uint32_t *next)
{
	uint32_t value;

	do {
		uint32_t entry = cluster - first;

		value = get_le16(table + entry + entry / 2);
		value = (entry & 1) != 0 ? value >> 4 : value & 0xFFF;
		cluster++;
	} while (value == cluster && cluster < stop);
	*next = value < 0xFF7 ? value : value | 0x0FFFF000;
	return cluster;
}

static uint32_t run_end_16(const uint8_t *table, uint32_t first, uint32_t cluster, uint32_t stop, uint32_t *next)
{
	const uint8_t *at = table + (size_t)(cluster - first) * 2;
	uint32_t value;

	do {
		value = get_le16(at);
		at += 2;
		cluster++;
	} while (value == cluster && cluster < stop);
	*next = value < 0xFFF7 ? value : value | 0x0FFF0000;
	return cluster;
}

static uint32_t run_end_32(const uint8_t *table, uint32_t first, uint32_t cluster, uint32_t stop, uint32_t *next)
{
	const uint8_t *at = table + (size_t)(cluster - first) * 4;
	uint32_t value;

	do {
		value = get_le32(at) & 0x0FFFFFFF;
		at += 4;
		cluster++;
	} while (value == cluster && cluster < stop);
	*next = value;
	return cluster;
}

const struct fat_width fat_width_12 = { .bits = 12, .run_end = run_end_12 };
const struct fat_width fat_width_16 = { .bits = 16, .run_end = run_end_16 };
const struct fat_width fat_width_32 = { .bits = 32, .run_end = run_end_32 };

/* Brings the entry of `cluster` into the window. When one copy of the table cannot be read, the next is taken. */
static enum status load_window(struct fat_volume *volume, uint32_t cluster, struct err *err)
{
	struct block_device *device = volume->fs.device;
	uint32_t first = cluster - cluster % volume->window_capacity;
	uint32_t count = (uint32_t)min_u64(volume->window_capacity, volume->cluster_end - first);
	uint64_t offset = (uint64_t)first * volume->width->bits / 8;
	uint64_t bytes = ((uint64_t)count * volume->width->bits + 7) / 8;
	uint32_t blocks = (uint32_t)((bytes + device->block_bytes - 1) / device->block_bytes);
	enum status status = ERR_IO;

	volume->window_count = 0;
	for (unsigned copy = 0; copy < volume->table_copies && status == ERR_IO; copy++)
		status = block_read(device, volume->table_lba + copy * volume->table_blocks + offset / device->block_bytes, blocks,
				    volume->window, err);
	if (status != OK)
		return err_add(err, "cannot read the FAT entry of cluster {a}", NULL, cluster, 0);
	volume->window_first = first;
	volume->window_count = count;
	return OK;
}

void fat_chain_start(struct fat_chain *chain, uint32_t first_cluster, const char *path)
{
	*chain = (struct fat_chain){ .path = path, .next = first_cluster, .jumps_to_landmark = 1 };
}

static enum status report_bad_next(const struct fat_volume *volume, const struct fat_chain *chain, struct err *err)
{
	uint32_t last = chain->start + chain->count - 1;

	if (chain->count == 0)
		return err_set(err, ERR_CORRUPT, "{s} starts at cluster {a}, but the volume's clusters are 2 to {b}", chain->path,
			       chain->next, volume->cluster_end - 1);
	if (chain->next == FAT_VALUE_FREE)
		return err_set(err, ERR_CORRUPT, "the cluster chain of {s} breaks off: its cluster {a} is marked as free", chain->path,
			       last, 0);
	if (chain->next == FAT_VALUE_BAD)
		return err_set(err, ERR_CORRUPT, "the cluster chain of {s} breaks off: its cluster {a} is marked as bad", chain->path, last,
			       0);
	return err_set(err, ERR_CORRUPT, "the cluster chain of {s} goes from cluster {a} to {b}, which is not on the volume", chain->path,
		       last, chain->next);
}

/*
 * Notes a jump; true if the chain was at its target before. To find that out takes at most thrice the jumps into and round the loop, so
 * the volume's number of clusters bounds every walk.
 */
static bool jump_closes_loop(struct fat_chain *chain)
{
	if (chain->next == chain->landmark)
		return true;
	if (++chain->jumps == chain->jumps_to_landmark) {
		chain->landmark = chain->next;
		chain->jumps = 0;
		chain->jumps_to_landmark *= 2;
	}
	return false;
}

enum status fat_chain_advance(struct fat_volume *volume, struct fat_chain *chain, bool *end, struct err *err)
{
	uint32_t from = chain->next;

	*end = chain->count != 0 && from >= FAT_VALUE_END;
	if (*end)
		return OK;
	if (from < FAT_FIRST_CLUSTER || from >= volume->cluster_end)
		return report_bad_next(volume, chain, err);
	if (from != chain->start + chain->count) {
		if (jump_closes_loop(chain))
			return err_set(err, ERR_CORRUPT, "the cluster chain of {s} has a loop: it comes back to cluster {a}", chain->path,
				       from, 0);
		chain->index += chain->count;
		chain->start = from;
		chain->count = 0;
	}
	if (from - volume->window_first >= volume->window_count) {
		enum status status = load_window(volume, from, err);

		if (status != OK)
			return err_add(err, "cannot follow the cluster chain of {s}", chain->path, 0, 0);
	}

	uint32_t stop = volume->window_first + volume->window_count;
	uint32_t run_end = volume->width->run_end(volume->window, volume->window_first, from, stop, &chain->next);

	chain->count = run_end - chain->start;
	return OK;
}
