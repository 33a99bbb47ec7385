/* SPDX-License-Identifier: MIT */
/*
 * What goes on the boot volume, before there is one: files of the host and what mkboot itself brings, under the names that they will have.
 *
 * It can be read like a mounted volume (content_fs_init), so that the loader's own code checks it before anything is written.
 */
#pragma once

#include "core/base/span.h"
#include "core/fs/fs.h"
#include "disk-tools/report.h"

#include <sys/types.h>

struct content_item {
	char *path;     /* on the volume, without the leading '/' */
	char *source;   /* file of the host; NULL for a file of mkboot's own or a folder */
	uint8_t *data;  /* of a file of mkboot's own, otherwise NULL */
	uint64_t bytes; /* of a folder: room for the names in it, after content_finish() */
	dev_t device;   /* of the source, to know it again */
	ino_t inode;
	bool is_directory;
};

struct content {
	struct content_item *item; /* after content_finish(): folders before what is in them, independent of the host's order */
	size_t count, capacity;
	uint64_t root_bytes; /* as the bytes of a folder */
};

/* Adds a regular file of the host; the folders on its path are added by themselves. EXIT_BAD_INPUT if it is not readable or FAT cannot
 * hold its name or size. */
enum exit_code content_add_file(struct content *content, const char *path, const char *source);

/* Adds a file that mkboot makes or brings; the bytes are copied. */
enum exit_code content_add_data(struct content *content, const char *path, struct span data);
enum exit_code content_add_text(struct content *content, const char *path, const char *text);

/* Adds a folder; `source` is where the user has it, for messages. */
enum exit_code content_add_folder(struct content *content, const char *path, const char *source);

/*
 * Adds all files below the folder `root`. Symbolic links to files in it become files. EXIT_BAD_INPUT for links that leave it, lead
 * nowhere or run in a circle, for links to folders, and for special files.
 */
enum exit_code content_add_tree(struct content *content, const char *root);

/* Sorts, merges what was added twice, and refuses two things of one name (FAT does not tell letter case apart). */
enum exit_code content_finish(struct content *content);

/* By path on the volume, as FAT compares names; NULL if it is not there. Only after content_finish(). */
const struct content_item *content_find(const struct content *content, const char *path);

void content_free(struct content *content);

/* Reads from the start of an item; false with errno. */
bool content_read(const struct content_item *item, void *to, uint64_t offset, size_t bytes);

struct content_fs {
	struct fs fs;
	const struct content *content;
};

void content_fs_init(struct content_fs *fs, const struct content *content);
