/* SPDX-License-Identifier: MIT */
/* File reads by pread. */
#include "disk-tools/host_file.h"

#include "disk-tools/host_disk.h" // read_fully

static enum status host_file_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	struct host_file *host_file = (struct host_file *)file;

	if (!read_fully(host_file->fd, to, bytes, offset))
		return err_set(err, ERR_IO, "cannot read {b} bytes at {a} of {s}", file->path, offset, bytes);
	return OK;
}

void host_file_init(struct host_file *host_file, int fd, const char *path, uint64_t bytes)
{
	static const struct file_ops ops = { .read = host_file_read };

	*host_file = (struct host_file){ .file = { .ops = &ops, .path = path, .bytes = bytes }, .fd = fd };
}
