/* SPDX-License-Identifier: MIT */
/*
 * FAT12, FAT16 and FAT32: what the files of the driver share; not for others. After the Microsoft FAT specification (August 2005);
 * section names in comments are its own.
 *
 *   fat_bpb.c    the fields of a boot sector
 *   fat_mount.c  boot sector to struct fat_volume        fat_dir.c   entries of a directory, paths
 *   fat_chain.c  the table: from cluster to cluster      fat_name.c  8.3 and long names
 *   fat_file.c   file data
 */
#pragma once

#include "core/base/span.h"
#include "core/fs/fs.h"

enum {
	FAT_FIRST_CLUSTER = 2,
	FAT_WINDOW_BYTES = 32 * 1024, /* of the table, in memory at a time */
	FAT_ENTRY_BYTES = 32,         /* of a directory entry */
};

/* Entries of the table, widened to 28 bits. */
enum {
	FAT_VALUE_FREE = 0,
	FAT_VALUE_BAD = 0x0FFFFFF7,
	FAT_VALUE_END = 0x0FFFFFF8, /* and all above */
};

struct fat_volume;

/* What differs between the three widths of table entries. */
struct fat_width {
	unsigned bits;
	/*
	 * How far the run of clusters that follow each other goes from `cluster` on, at most to `stop`: the cluster after its last, and in
	 * *next the widened entry of its last. `table` holds the entries from that of `first` on.
	 */
	uint32_t (*run_end)(const uint8_t *table, uint32_t first, uint32_t cluster, uint32_t stop, uint32_t *next);
};

extern const struct fat_width fat_width_12, fat_width_16, fat_width_32;

/* All LBAs are in blocks of the device, whatever the volume calls a sector. */
struct fat_volume {
	struct fs fs;
	const struct fat_width *width;
	uint64_t table_lba, table_blocks; /* of the first copy that may be used; of each copy */
	unsigned table_copies;            /* that may be used */
	uint64_t root_lba, root_end_lba;  /* FAT12/16; equal on FAT32 */
	uint32_t root_cluster;            /* FAT32; 0 otherwise */
	uint64_t data_lba;                /* of cluster 2 */
	uint32_t cluster_end;             /* clusters are [2, cluster_end) */
	uint32_t cluster_bytes, cluster_blocks;
	/* Part of the table: the entries [window_first, window_first + window_count). */
	uint8_t *window;
	uint32_t window_capacity, window_first, window_count; /* entries */
	/* One block, for what is smaller than a block. */
	uint8_t *block;
	uint64_t block_lba;
	bool block_valid;
};

/*
 * A place in a chain of clusters: the current run, clusters [start, start + count), which are numbers [index, index + count) of the
 * chain. Before the first fat_chain_advance(), count is 0.
 */
struct fat_chain {
	const char *path; /* for trails */
	uint32_t index, start, count;
	uint32_t next; /* the table's entry of the run's last cluster, or the chain's first cluster */
	/* Brent's search for a loop among the clusters that the chain jumped to. */
	uint32_t landmark, jumps, jumps_to_landmark;
};

void fat_chain_start(struct fat_chain *chain, uint32_t first_cluster, const char *path);

/*
 * Makes the current run longer if the chain goes on right behind it, or else goes on to the next run. At the chain's end mark nothing
 * changes but *end. ERR_CORRUPT for a loop and for anything that is neither a cluster nor an end mark.
 */
MUST_CHECK enum status fat_chain_advance(struct fat_volume *volume, struct fat_chain *chain, bool *end, struct err *err);

/* The first block of a cluster in [2, cluster_end). */
static inline uint64_t fat_cluster_lba(const struct fat_volume *volume, uint32_t cluster)
{
	return volume->data_lba + (uint64_t)(cluster - FAT_FIRST_CLUSTER) * volume->cluster_blocks;
}

/* What an operation of the file system returns: the trail of a damaged volume gets its hint here. */
MUST_CHECK enum status fat_result(enum status status, struct err *err);

/* One block of the volume in the shared buffer: *data is valid until the next call. */
MUST_CHECK enum status fat_block(struct fat_volume *volume, uint64_t lba, const uint8_t **data, struct err *err);

struct fat_entry {
	char name[FS_NAME_MAX + 1];
	char short_name[40]; /* 8.3 in UTF-8; equal to `name` if there is no long name */
	bool is_directory, is_root;
	uint32_t cluster;
	uint32_t bytes;
};

struct fat_dir {
	struct fat_volume *volume;
	const char *path;
	struct fat_chain chain;
	uint64_t lba, end_lba; /* blocks of the current run that are still to be read */
	uint32_t offset;       /* of the next entry in the block at `lba` */
	bool is_fixed;         /* the root of FAT12/16: a single run of blocks */
	uint32_t entries;      /* seen so far */
};

void fat_dir_start(struct fat_dir *dir, struct fat_volume *volume, const struct fat_entry *entry, const char *path);

/* The next file or directory but "." and "..". ERR_CORRUPT: the directory's chain is damaged, or it has more entries than can be. */
MUST_CHECK enum status fat_dir_next(struct fat_dir *dir, struct fat_entry *entry, bool *end, struct err *err);

/* Sets `label` from the root directory's label entry; leaves it alone if there is none. */
MUST_CHECK enum status fat_dir_label(struct fat_volume *volume, char label[64], struct err *err);

/* ERR_NOT_FOUND: no such path. `arena` may be NULL; with it, the trail names the missing component alone. */
MUST_CHECK enum status fat_find(struct fat_volume *volume, const char *path, struct arena *arena, struct fat_entry *entry, struct err *err);

/* A long name, collected from its entries, which come in reverse before the short one. */
struct fat_long_name {
	uint16_t unit[260]; /* 20 entries of 13 UTF-16 units */
	unsigned slots, missing;
	uint8_t checksum;
	bool valid;
};

void fat_long_name_add(struct fat_long_name *name, struct span raw);

/* Writes the name as UTF-8; false if it is not whole, belongs to another short name, is empty or longer than FS_NAME_MAX. */
bool fat_long_name_finish(const struct fat_long_name *name, struct span raw, char text[FS_NAME_MAX + 1]);

/* The 8.3 name, with the lower-case flags of Windows NT applied if `with_case`. */
void fat_short_name(struct span raw, bool with_case, char text[40]);

void fat_label(const uint8_t raw[11], char text[64]);

enum status fat_open(struct fs *fs, const char *path, struct arena *arena, struct file **file, struct err *err);
enum status fat_list(struct fs *fs, const char *path, fs_visit_fn *visit, void *context, struct err *err);
