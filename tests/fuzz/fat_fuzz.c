/* SPDX-License-Identifier: MIT */
/* Any bytes as the head of a FAT volume, with zeros behind them: the whole tree is walked and every file read. */
#include "fuzz_disk.h"

#include "core/base/arena.h"
#include "core/fs/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 64 * 1024, DISK_BLOCKS = 1 << 18, READ_MAX = 64 * 1024, DEPTH_MAX = 3, VISITS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct walk {
	struct fs *fs;
	struct arena *arena;
	const char *path;
	unsigned depth;
	unsigned *visits;
};

static void read_file(struct fs *fs, const char *path, struct arena *arena)
{
	static uint8_t to[READ_MAX];
	size_t mark = arena_mark(arena);
	struct file *file;
	struct err err;
	enum status status = fs_open(fs, path, arena, &file, &err);

	fuzz_check(status, &err);
	if (status == OK) {
		uint64_t part = file->bytes < READ_MAX ? file->bytes : READ_MAX;

		status = file_read(file, file->bytes / 2, part / 2, to, &err);
		fuzz_check(status, &err);
		status = file_read(file, 0, part, to, &err);
		fuzz_check(status, &err);
		status = file_read(file, file->bytes - part, part, to, &err);
		fuzz_check(status, &err);
	}
	arena_reset(arena, mark);
}

static bool visit(void *context, const struct fs_entry *entry)
{
	struct walk *walk = context;
	char path[FS_PATH_MAX + 1];

	if (strlen(entry->name) > FS_NAME_MAX || strchr(entry->name, '/') != NULL)
		abort();
	if ((*walk->visits)++ >= VISITS_MAX)
		return false;
	snprintf(path, sizeof(path), "%s/%s", walk->path, entry->name);
	read_file(walk->fs, path, walk->arena); /* a directory is refused */
	if (entry->is_directory && walk->depth < DEPTH_MAX) {
		struct walk below = *walk;
		struct err err;

		below.path = path;
		below.depth++;
		fuzz_check(fs_list(walk->fs, path, visit, &below, &err), &err);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t working[128 * 1024];
	struct fuzz_disk disk;
	struct arena arena;
	struct fs *fs;
	struct err err;
	unsigned visits = 0;

	if (bytes > INPUT_MAX)
		return 0;
	fuzz_disk_init(&disk, data, bytes, DISK_BLOCKS, 512, false);
	arena_init(&arena, working, sizeof(working));

	enum status status = fs_mount(&disk.device, &arena, &fs, &err);

	fuzz_check(status, &err);
	if (status != OK)
		return 0;

	struct walk walk = { .fs = fs, .arena = &arena, .path = "", .visits = &visits };

	fuzz_check(fs_list(fs, "/", visit, &walk, &err), &err);
	return 0;
}
