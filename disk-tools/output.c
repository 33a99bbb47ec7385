/* SPDX-License-Identifier: MIT */
/* No file is lost because its name stands where that of the image belongs. */
#include "disk-tools/output.h"

#include "bios-stage1/layout.h"
#include "core/base/arena.h"
#include "disk-tools/host_disk.h"
#include "disk-tools/image_layout.h"
#include "flow/flow.h" // boot_disk_open

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARENA_BYTES = 4 << 20, LINKS_MAX = 40 };

/* QEMU locks byte 100 + N of an image while it has its permission N; 1 is to write. */
enum { QEMU_LOCK_WRITE = 101 };

static enum exit_code too_long(const char *name)
{
	return fail(EXIT_USAGE, "cannot write", name, "the name is too long");
}

static enum exit_code follow_links(const char *name, char target[PATH_MAX])
{
	if (snprintf(target, PATH_MAX, "%s", name) >= PATH_MAX)
		return too_long(name);
	for (unsigned i = 0; i < LINKS_MAX; i++) {
		char link[PATH_MAX], folder[PATH_MAX];
		ssize_t bytes = readlink(target, link, sizeof link - 1);
		const char *slash = strrchr(target, '/');

		if (bytes < 0)
			return errno == EINVAL || errno == ENOENT ? EXIT_OK : fail_errno(EXIT_IO, "cannot write", name, errno);
		link[bytes] = '\0';
		snprintf(folder, sizeof folder, "%.*s", slash != NULL && link[0] != '/' ? (int)(slash + 1 - target) : 0, target);
		if (snprintf(target, PATH_MAX, "%s%s", folder, link) >= PATH_MAX)
			return too_long(name);
	}
	return fail_errno(EXIT_IO, "cannot write", name, ELOOP);
}

/* The partitions of partition_write.c. */
static bool has_own_partitions(const struct partition_table *table)
{
	const struct partition *last = &table->partition[table->count - 1];

	if (table->kind == TABLE_MBR)
		return table->count == 1 && last->mbr_type == MBR_TYPE_BLS_BOOT && last->active;
	if (table->kind != TABLE_GPT || table->count > 2 || memcmp(last->type_guid, GUID_ESP, GUID_BYTES) != 0 ||
	    strcmp(last->name, IMAGE_ESP_NAME) != 0)
		return false;
	return table->count == 1 || (memcmp(table->partition[0].type_guid, GUID_BIOS_BOOT, GUID_BYTES) == 0 &&
				     strcmp(table->partition[0].name, IMAGE_BIOS_BOOT_NAME) == 0);
}

static bool is_own_image(int fd, const char *path)
{
	void *memory = malloc(ARENA_BYTES);
	struct boot_disk boot_disk;
	struct host_disk disk;
	struct arena arena;
	struct err err = { .code = OK };
	bool own;

	if (memory == NULL)
		return false;
	arena_init(&arena, memory, ARENA_BYTES);
	own = host_disk_init(&disk, fd, path) == EXIT_OK && boot_disk_open(&disk.device, &arena, &boot_disk, &err) == OK &&
	      boot_disk.table.count > 0 && has_own_partitions(&boot_disk.table) &&
	      strcmp(boot_disk.volume[0].fs->label, IMAGE_VOLUME_LABEL) == 0;
	free(memory);
	return own;
}

/* Whether somebody's lock keeps us from `type` on the bytes from `start` on; 0 bytes: all. */
static bool is_locked(int fd, short type, off_t start, off_t bytes)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = bytes };

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static const char not_made_here[] = "it exists, and is not an image that mkboot made";

/* Why the file must not be replaced; NULL: it may. */
static const char *objection(const char *path, const struct stat *status)
{
	const char *why = NULL;
	int fd;

	if ((status->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0 || access(path, W_OK) != 0)
		return "it is write-protected";
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return "it exists, and cannot be read to see whether mkboot made it";
	if (is_locked(fd, F_RDLCK, 0, 0) || is_locked(fd, F_WRLCK, QEMU_LOCK_WRITE, 1))
		why = "another program has it open to write to it";
	else if (status->st_size != 0 && (status->st_size < LAYOUT_SECTOR_BYTES || !is_own_image(fd, path)))
		why = not_made_here;
	close(fd);
	return why;
}

enum exit_code output_find(const char *name, bool force, const char *advice, char target[PATH_MAX])
{
	struct stat status;
	const char *why;
	enum exit_code code = follow_links(name, target);

	if (code != EXIT_OK)
		return code;
	if (stat(name, &status) != 0) /* by its name: links in /proc lead where no path does */
		return errno == ENOENT ? EXIT_OK : fail_errno(EXIT_IO, "cannot write", name, errno);
	if (S_ISDIR(status.st_mode))
		return fail(EXIT_USAGE, "cannot write", name, "it is a directory; give the name of the image file");
	if (!S_ISREG(status.st_mode)) {
		fail(EXIT_REFUSED, "refused to write", name, "it is %s, not a file",
		     S_ISBLK(status.st_mode) ? "a disk (block device)" : "a special file");
		hint("`mkboot create` makes image files only; write the finished image to a disk with dd");
		return EXIT_REFUSED;
	}
	why = force ? NULL : objection(target, &status);
	if (why == NULL)
		return EXIT_OK;
	fail(EXIT_REFUSED, "refused to replace", name, "%s", why);
	hint("%s%s--force replaces the file", why == not_made_here ? advice : "", why == not_made_here ? "; " : "");
	return EXIT_REFUSED;
}
