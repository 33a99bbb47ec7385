/* SPDX-License-Identifier: MIT */
/*
 * File systems, read-only. A new one is one file and one line in fs_types[] (fs_types.c).
 *
 * Paths are absolute, separated by '/', without "." and ".."; the leading '/' may be missing. Whether case matters is the file system's
 * affair. Every walk over on-disk links is bounded by a count that the volume's size implies.
 */
#pragma once

#include "core/base/file.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct block_device;
struct fs;

enum { FS_NAME_MAX = 255, FS_PATH_MAX = 1024 }; /* bytes of UTF-8, without the NUL */

struct fs_entry {
	const char *name; /* UTF-8; valid during the visit only */
	bool is_directory;
	uint64_t bytes; /* 0 for a directory */
};

/* Called for each name but "." and ".."; false ends the listing early (which is not an error). */
typedef bool fs_visit_fn(void *context, const struct fs_entry *entry);

struct fs_ops {
	enum status (*open)(struct fs *fs, const char *path, struct arena *arena, struct file **file, struct err *err);
	enum status (*list)(struct fs *fs, const char *path, fs_visit_fn *visit, void *context, struct err *err);
};

struct fs {
	const struct fs_ops *ops;
	const struct fs_type *type;
	struct block_device *device;
	char label[64]; /* of the volume; "" if it has none */
	char id[40];    /* as blkid prints it: "1234-ABCD"; "" if it has none */
};

struct fs_type {
	const char *name; /* "fat" */
	/* ERR_NOT_FOUND: not this file system. The fs and its buffers live in `arena`. */
	enum status (*mount)(struct block_device *device, struct arena *arena, struct fs **fs, struct err *err);
};

extern const struct fs_type *const fs_types[]; /* ends with NULL */

/* Tries all of fs_types[]. ERR_NOT_FOUND if none claims the device; the first other failure is final. */
MUST_CHECK enum status fs_mount(struct block_device *device, struct arena *arena, struct fs **fs, struct err *err);

/* Opens a file; it and its path live in `arena`. ERR_NOT_FOUND names the component that is missing; a directory is ERR_UNSUPPORTED. */
MUST_CHECK enum status fs_open(struct fs *fs, const char *path, struct arena *arena, struct file **file, struct err *err);

/* Visits each name in a directory, in the order on disk. ERR_NOT_FOUND: no such path; a file is ERR_UNSUPPORTED. */
MUST_CHECK enum status fs_list(struct fs *fs, const char *path, fs_visit_fn *visit, void *context, struct err *err);

/* Shared by the file systems: takes the next component off *path (skipping '/'). False at the end. */
bool fs_path_next(const char **path, const char **name, unsigned *bytes);

extern const struct fs_type fs_fat;
