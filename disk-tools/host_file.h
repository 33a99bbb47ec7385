/* SPDX-License-Identifier: MIT */
/* A file of the host for readers of the loader's code. */
#pragma once

#include "core/base/file.h"

struct host_file {
	struct file file;
	int fd;
};

/* Over an open file of `bytes` bytes, which stays the caller's. */
void host_file_init(struct host_file *host_file, int fd, const char *path, uint64_t bytes);
