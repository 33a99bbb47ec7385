/* SPDX-License-Identifier: MIT */
/* The one gate for file reads, and files in memory. */
#include "core/base/file.h"

#include "core/base/memory.h"

enum status file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	if (!file_has(file, offset, bytes)) {
		err_set(err, ERR_CORRUPT, "the file has {a} bytes", NULL, file->bytes, 0);
		return err_add(err, "{s} is too short: {a} bytes at offset {b:x} are missing or cut off", file->path, bytes, offset);
	}
	if (bytes == 0)
		return OK;
	return file->ops->read(file, offset, bytes, to, err);
}

static enum status part_file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	const struct part_file *part = (const struct part_file *)file;

	return file_read(part->whole, part->start + offset, bytes, to, err);
}

void part_file_init(struct part_file *part, struct file *whole, uint64_t start, uint64_t bytes)
{
	static const struct file_ops ops = { .read = part_file_read };

	*part = (struct part_file){ .file = { .ops = &ops, .path = whole->path, .bytes = bytes }, .whole = whole, .start = start };
}

static enum status memory_file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	const struct memory_file *memory = (const struct memory_file *)file;

	(void)err; /* memory does not fail */
	memcpy(to, memory->data + offset, bytes);
	return OK;
}

void memory_file_init(struct memory_file *file, const char *path, const void *data, uint64_t bytes)
{
	static const struct file_ops ops = { .read = memory_file_read };

	*file = (struct memory_file){ .file = { .ops = &ops, .path = path, .bytes = bytes }, .data = data };
}
