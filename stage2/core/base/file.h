/* SPDX-License-Identifier: MIT */
/*
 * A run of bytes of known length that can be read at any offset: a file on a file system, bytes in memory, a host file.
 *
 * The owner of a file embeds `struct file` as its first member. Reads go straight to `to`: implementations make no second copy of
 * whole blocks.
 */
#pragma once

#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct file;

struct file_ops {
	/* Reads exactly `bytes` bytes; the range was checked against file->bytes. */
	enum status (*read)(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err);
};

struct file {
	const struct file_ops *ops;
	const char *path; /* for trails; lives as long as the file */
	uint64_t bytes;
};

/*
 * True if [offset, offset + bytes) is inside the file. No bytes are inside every file, wherever they would begin: who asks for nothing
 * reads nothing. Headers of all formats are judged by this rule.
 */
static inline bool file_has(const struct file *file, uint64_t offset, uint64_t bytes)
{
	return bytes == 0 || (offset <= file->bytes && bytes <= file->bytes - offset);
}

/* Reads [offset, offset + bytes) of the file. ERR_CORRUPT if the file does not have that; otherwise what the implementation says. */
MUST_CHECK enum status file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err);

/* A part of another file, which must live as long. */
struct part_file {
	struct file file;
	struct file *whole;
	uint64_t start;
};

/* file_has(whole, start, bytes) has to be true. */
void part_file_init(struct part_file *part, struct file *whole, uint64_t start, uint64_t bytes);

/* A file over bytes in memory; `data` must live as long as the file. */
struct memory_file {
	struct file file;
	const uint8_t *data;
};

void memory_file_init(struct memory_file *file, const char *path, const void *data, uint64_t bytes);
