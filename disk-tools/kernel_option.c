/* SPDX-License-Identifier: MIT */
/* Says which option a kernel's file is for. */
#include "disk-tools/kernel_option.h"

#include "core/base/arena.h"
#include "core/pack/unpack.h"
#include "disk-tools/host_file.h"
#include "disk-tools/report.h"
#include "kernel-handoff/image/kernel_kind.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORK_MAX = 1 << 30 }; /* bytes that may be unpacked for a look */

/* What is in the file, if it is compressed in a way that the loader unpacks. */
static struct file *look_inside(struct file *file, struct arena *arena)
{
	const struct unpacker *unpacker;
	struct file *inside;
	struct err ignored;
	uint64_t bytes;

	if (unpack_probe(file, &unpacker, &bytes, &ignored) == OK && unpacker->view != NULL &&
	    unpacker->view(file, bytes, WORK_MAX, arena, NULL, &inside, &ignored) == OK)
		return inside;
	return file;
}

static bool find_kind(const char *path, struct kernel_kind *kind)
{
	static uint8_t memory[512 * 1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	struct host_file file;
	struct arena arena;
	bool found = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		arena_init(&arena, memory, sizeof memory);
		host_file_init(&file, fd, path, (uint64_t)status.st_size);
		found = kernel_kind_find(look_inside(&file.file, &arena), NULL, &arena, kind);
	}
	close(fd);
	return found;
}

void hint_kernel_option(const char *path)
{
	struct kernel_kind kind;

	if (find_kind(path, &kind) && kind.key != NULL)
		hint("%s is %s: mkboot create --%s %s OUT", path, kind.name, kind.key, path);
}
