/* SPDX-License-Identifier: MIT */
/* FAT file data, and the two operations of the file system: open and list. */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/block/block.h"
#include "core/fs/fat.h"

struct fat_file {
	struct file file;
	struct fat_volume *volume;
	uint32_t first_cluster;
	struct fat_chain chain;
	bool end_checked; /* the chain was followed to its end mark */
};

enum status fat_block(struct fat_volume *volume, uint64_t lba, const uint8_t **data, struct err *err)
{
	if (!volume->block_valid || volume->block_lba != lba) {
		volume->block_valid = false;

		enum status status = block_read(volume->fs.device, lba, 1, volume->block, err);

		if (status != OK)
			return status;
		volume->block_lba = lba;
		volume->block_valid = true;
	}
	*data = volume->block;
	return OK;
}

/* Reads from blocks that follow each other. Whole blocks go straight to `to`; a part of one goes through the shared buffer. */
static enum status read_extent(struct fat_volume *volume, uint64_t lba, uint32_t skip, uint64_t bytes, uint8_t *to, struct err *err)
{
	struct block_device *device = volume->fs.device;
	uint32_t block_bytes = device->block_bytes;

	lba += skip / block_bytes;
	skip %= block_bytes;
	while (bytes > 0) {
		uint64_t part;
		enum status status;

		if (skip == 0 && bytes >= block_bytes) {
			uint32_t blocks = (uint32_t)(bytes / block_bytes);

			part = (uint64_t)blocks * block_bytes;
			status = block_read(device, lba, blocks, to, err);
			if (status != OK)
				return status;
			lba += blocks;
		} else {
			const uint8_t *block;

			part = min_u64(block_bytes - skip, bytes);
			status = fat_block(volume, lba, &block, err);
			if (status != OK)
				return status;
			memcpy(to, block + skip, (size_t)part);
			lba++;
			skip = 0;
		}
		to += part;
		bytes -= part;
	}
	return OK;
}

/* Moves the chain on, which the file's size says is not at its end. */
static enum status advance(struct fat_file *file, struct err *err)
{
	bool end;
	enum status status = fat_chain_advance(file->volume, &file->chain, &end, err);

	if (status == OK && end)
		return err_set(err, ERR_CORRUPT, "the cluster chain of {s} ends after {a} bytes of {b}", file->file.path,
			       (uint64_t)(file->chain.index + file->chain.count) * file->volume->cluster_bytes, file->file.bytes);
	return status;
}

/* Makes the current run the one with cluster number `index` of the file, and as long as the chain allows up to number `end_index`. */
static enum status seek(struct fat_file *file, uint32_t index, uint32_t end_index, struct err *err)
{
	struct fat_chain *chain = &file->chain;

	if (index < chain->index)
		fat_chain_start(chain, file->first_cluster, file->file.path);
	while (index >= chain->index + chain->count ||
	       (end_index > chain->index + chain->count && chain->next == chain->start + chain->count)) {
		enum status status = advance(file, err);

		if (status != OK)
			return status;
	}
	return OK;
}

/*
 * The chain must end after the file's last cluster, or later (space may be set aside). A chain that never ends is found here. It is
 * followed on a copy, so that the file can be read on where it was.
 */
static enum status check_end(struct fat_file *file, struct err *err)
{
	struct fat_chain chain = file->chain;
	bool end = false;

	while (!end) {
		enum status status = fat_chain_advance(file->volume, &chain, &end, err);

		if (status != OK)
			return status;
	}
	file->end_checked = true;
	return OK;
}

static enum status read_range(struct fat_file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	struct fat_volume *volume = file->volume;
	struct fat_chain *chain = &file->chain;
	uint64_t end = offset + bytes;
	uint8_t *at = to;
	uint32_t end_index = (uint32_t)((end + volume->cluster_bytes - 1) / volume->cluster_bytes);

	while (offset < end) {
		uint32_t index = (uint32_t)(offset / volume->cluster_bytes);
		enum status status = seek(file, index, end_index, err);

		if (status != OK)
			return status;

		uint64_t run_end = (uint64_t)(chain->index + chain->count) * volume->cluster_bytes;
		uint64_t part = min_u64(run_end, end) - offset;

		status = read_extent(volume, fat_cluster_lba(volume, chain->start + (index - chain->index)),
				     (uint32_t)(offset % volume->cluster_bytes), part, at, err);
		if (status != OK)
			return err_add(err, "cannot read {s} at offset {a:x}", file->file.path, offset, 0);
		offset += part;
		at += part;
	}
	return end == file->file.bytes && !file->end_checked ? check_end(file, err) : OK;
}

static enum status fat_file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	return fat_result(read_range((struct fat_file *)file, offset, bytes, to, err), err);
}

static const struct file_ops file_ops = { .read = fat_file_read };

enum status fat_open(struct fs *fs, const char *path, struct arena *arena, struct file **file, struct err *err)
{
	struct fat_volume *volume = (struct fat_volume *)fs;
	struct fat_entry entry;
	enum status status = fat_find(volume, path, arena, &entry, err);

	if (status != OK)
		return fat_result(status, err);
	if (entry.is_directory)
		return err_set(err, ERR_UNSUPPORTED, "{s} is a directory", path, 0, 0);

	struct fat_file *opened = ARENA_NEW(arena, struct fat_file);

	if (opened == NULL)
		return err_set(err, ERR_NO_MEMORY, "there is no memory to open {s}", path, 0, 0);
	*opened = (struct fat_file){
		.file = { .ops = &file_ops, .path = path, .bytes = entry.bytes },
		.volume = volume,
		.first_cluster = entry.cluster,
	};
	fat_chain_start(&opened->chain, entry.cluster, path);
	*file = &opened->file;
	return OK;
}

enum status fat_list(struct fs *fs, const char *path, fs_visit_fn *visit, void *context, struct err *err)
{
	struct fat_volume *volume = (struct fat_volume *)fs;
	struct fat_entry entry;
	struct fat_dir dir;
	enum status status = fat_find(volume, path, NULL, &entry, err);

	if (status != OK)
		return fat_result(status, err);
	if (!entry.is_directory)
		return err_set(err, ERR_UNSUPPORTED, "{s} is not a directory", path, 0, 0);
	fat_dir_start(&dir, volume, &entry, path);
	for (;;) {
		bool end;

		status = fat_dir_next(&dir, &entry, &end, err);
		if (status != OK || end)
			return fat_result(status, err);

		struct fs_entry seen = { .name = entry.name,
					 .is_directory = entry.is_directory,
					 .bytes = entry.is_directory ? 0 : entry.bytes };

		if (!visit(context, &seen))
			return OK;
	}
}
