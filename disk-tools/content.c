/* SPDX-License-Identifier: MIT */
/* Collecting what goes on the boot volume. */
#include "disk-tools/content.h"

#include "core/base/text.h"       // text_lower
#include "disk-tools/host_disk.h" // read_fully

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* FAT: the largest file; a folder's entries for a name, one and more for each part of a long name. */
static const uint64_t fat_file_max = UINT32_MAX;
enum { FAT_ENTRY_BYTES = 32, FAT_LONG_NAME_PART = 13, FAT_DOT_ENTRIES = 2 };

/* '/' sorts before every other byte, so that a folder is followed by all that is in it. */
static int path_compare(const char *a, const char *b)
{
	for (;; a++, b++) {
		int x = *a == '/' ? 1 : (unsigned char)text_lower(*a), y = *b == '/' ? 1 : (unsigned char)text_lower(*b);

		if (x != y || x == 0)
			return x - y;
	}
}

static int item_compare(const void *a, const void *b)
{
	const struct content_item *x = a, *y = b;
	int order = path_compare(x->path, y->path);

	return order != 0 ? order : strcmp(x->path, y->path);
}

/* What mtools does not write: names of devices under DOS, in any letters. */
static bool is_dos_device(const char *name, size_t bytes)
{
	static const char *const devices[] = { "con", "aux", "prn", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3", "lpt4" };

	for (unsigned i = 0; i < sizeof devices / sizeof devices[0]; i++) {
		if (strlen(devices[i]) == bytes && strncasecmp(devices[i], name, bytes) == 0)
			return true;
	}
	return false;
}

/* Why FAT, or who writes it, cannot have the name; NULL: it can. */
static const char *name_fault(const char *name, size_t bytes)
{
	if (bytes == 0)
		return "is empty";
	if (bytes > FS_NAME_MAX)
		return "is longer than 255 bytes";
	if (name[bytes - 1] == '.' || name[bytes - 1] == ' ')
		return "ends in a dot or blank";
	if (is_dos_device(name, bytes))
		return "is the name of a device under DOS";
	for (size_t i = 0; i < bytes; i++) {
		/* What a short name's bytes from 80h on mean, no two systems agree. */
		if ((signed char)name[i] < 0x20 || name[i] == 0x7F || strchr("\"*:<>?\\|", name[i]) != NULL)
			return "has a control character, one that is not ASCII, or one of \" * : < > ? \\ |";
	}
	return NULL;
}

/* `source` is where the user finds what has this name; NULL: mkboot made it up. */
static enum exit_code check_path(const char *path, const char *source)
{
	size_t length = strlen(path);

	if (length > FS_PATH_MAX)
		return fail(EXIT_BAD_INPUT, "name too long for the boot volume", path, "%zu bytes, at most %d", length, FS_PATH_MAX);
	for (const char *name = path; *name != '\0';) {
		size_t bytes = strcspn(name, "/");
		const char *fault = name_fault(name, bytes);

		if (fault != NULL)
			return fail(EXIT_BAD_INPUT, "name not possible on FAT", source != NULL ? source : path, "\"%.*s\" %s", (int)bytes,
				    name, fault);
		name += bytes + (name[bytes] == '/');
	}
	return EXIT_OK;
}

static enum exit_code no_memory(const char *path)
{
	return fail_errno(EXIT_FAILED, "cannot collect the files", path, ENOMEM);
}

static uint8_t *copy_data(const uint8_t *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes + 1); /* never nothing, which may be NULL */

	return copy != NULL ? memcpy(copy, data, bytes) : NULL;
}

static enum exit_code item_add(struct content *content, const char *path, const struct content_item *values)
{
	struct content_item item = *values;

	if (content->count == content->capacity) {
		size_t capacity = content->capacity * 2 + 16;
		struct content_item *grown = reallocarray(content->item, capacity, sizeof *grown);

		if (grown == NULL)
			return no_memory(path);
		content->item = grown;
		content->capacity = capacity;
	}
	item.path = strdup(path);
	item.source = values->source != NULL ? strdup(values->source) : NULL;
	item.data = values->data != NULL ? copy_data(values->data, (size_t)values->bytes) : NULL;
	content->item[content->count++] = item;
	if (item.path == NULL || (values->source != NULL && item.source == NULL) || (values->data != NULL && item.data == NULL))
		return no_memory(path);
	return EXIT_OK;
}

static enum exit_code add_with_folders(struct content *content, const char *path, const struct content_item *values)
{
	static const struct content_item folder = { .is_directory = true };
	char name[FS_PATH_MAX + 1];
	enum exit_code code = check_path(path, values->source);

	for (const char *slash = strchr(path, '/'); slash != NULL && code == EXIT_OK; slash = strchr(slash + 1, '/')) {
		snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
		code = item_add(content, name, &folder);
	}
	return code == EXIT_OK ? item_add(content, path, values) : code;
}

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode)    ? "a directory"
	       : S_ISFIFO(mode) ? "a pipe (FIFO)"
	       : S_ISSOCK(mode) ? "a socket"
	       : S_ISBLK(mode)  ? "a disk (block device)"
				: "a device";
}

enum exit_code content_add_file(struct content *content, const char *path, const char *source)
{
	struct content_item item = { .source = (char *)(uintptr_t)source };
	struct stat status;

	if (stat(source, &status) != 0)
		return fail_errno(errno == ENOENT || errno == ENOTDIR ? EXIT_BAD_INPUT : EXIT_IO, "cannot read", source, errno);
	if (!S_ISREG(status.st_mode))
		return fail(EXIT_BAD_INPUT, "cannot copy", source, "it is %s, not a regular file", kind_of(status.st_mode));
	if (access(source, R_OK) != 0)
		return fail_errno(EXIT_IO, "cannot read", source, errno);
	if ((uint64_t)status.st_size > fat_file_max)
		return fail(EXIT_BAD_INPUT, "cannot copy", source, "FAT holds files of less than 4 GiB, this one has %lld bytes",
			    (long long)status.st_size);
	item.bytes = (uint64_t)status.st_size;
	item.device = status.st_dev;
	item.inode = status.st_ino;
	return add_with_folders(content, path, &item);
}

enum exit_code content_add_data(struct content *content, const char *path, struct span data)
{
	struct content_item item = { .data = (uint8_t *)(uintptr_t)data.data, .bytes = data.bytes };

	return add_with_folders(content, path, &item);
}

enum exit_code content_add_text(struct content *content, const char *path, const char *text)
{
	return content_add_data(content, path, span_of(text, strlen(text)));
}

enum exit_code content_add_folder(struct content *content, const char *path, const char *source)
{
	static const struct content_item folder = { .is_directory = true };
	enum exit_code code = check_path(path, source);

	return code == EXIT_OK ? add_with_folders(content, path, &folder) : code;
}

static void item_free(struct content_item *item)
{
	free(item->path);
	free(item->source);
	free(item->data);
}

/* Two items of one name are fine if they are one folder, or one file given twice. */
static bool same_thing(const struct content_item *a, const struct content_item *b)
{
	if (strcmp(a->path, b->path) != 0 || a->is_directory != b->is_directory)
		return false;
	return a->is_directory || (a->source != NULL && b->source != NULL && a->device == b->device && a->inode == b->inode);
}

static const char *origin(const struct content_item *item)
{
	return item->source != NULL ? item->source : item->is_directory ? "a folder" : "a file of mkboot itself";
}

static struct content_item *find_item(const struct content *content, const char *path)
{
	size_t low = 0, high = content->count;

	while (*path == '/')
		path++;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = path_compare(path, content->item[middle].path);

		if (order == 0)
			return &content->item[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Sums up what the names take in their folders. */
static void measure_folders(struct content *content)
{
	char folder[FS_PATH_MAX + 1];

	content->root_bytes = FAT_DOT_ENTRIES * FAT_ENTRY_BYTES; /* the volume label is there */
	for (size_t i = 0; i < content->count; i++) {
		struct content_item *item = &content->item[i];

		if (item->is_directory)
			item->bytes = FAT_DOT_ENTRIES * FAT_ENTRY_BYTES;
	}
	for (size_t i = 0; i < content->count; i++) {
		const char *path = content->item[i].path, *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
		uint64_t bytes = FAT_ENTRY_BYTES * (1 + (strlen(name) + FAT_LONG_NAME_PART - 1) / FAT_LONG_NAME_PART);

		snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path) : 0, path);
		if (slash == NULL)
			content->root_bytes += bytes;
		else
			find_item(content, folder)->bytes += bytes;
	}
}

enum exit_code content_finish(struct content *content)
{
	size_t kept = 0;

	if (content->count == 0)
		return EXIT_OK;
	qsort(content->item, content->count, sizeof *content->item, item_compare);
	for (size_t i = 1; i < content->count; i++) {
		struct content_item *last = &content->item[kept], *next = &content->item[i];

		if (path_compare(last->path, next->path) != 0) {
			content->item[++kept] = *next;
			continue;
		}
		if (!same_thing(last, next)) {
			fail(EXIT_BAD_INPUT, "two things of one name on the boot volume", next->path, "%s and %s", origin(last),
			     origin(next));
			hint("names that differ only in letter case are one name on FAT");
			/* All items stay owned by the array. */
			memmove(&content->item[kept + 1], next, (content->count - i) * sizeof *next);
			content->count = kept + 1 + content->count - i;
			return EXIT_BAD_INPUT;
		}
		item_free(next);
	}
	content->count = kept + 1;
	measure_folders(content);
	return EXIT_OK;
}

const struct content_item *content_find(const struct content *content, const char *path)
{
	return find_item(content, path);
}

void content_free(struct content *content)
{
	for (size_t i = 0; i < content->count; i++)
		item_free(&content->item[i]);
	free(content->item);
	*content = (struct content){ 0 };
}

bool content_read(const struct content_item *item, void *to, uint64_t offset, size_t bytes)
{
	int fd, error;
	bool good;

	if (item->source == NULL) {
		memcpy(to, item->data + offset, bytes);
		return true;
	}
	fd = open(item->source, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	good = read_fully(fd, to, bytes, offset);
	error = errno;
	close(fd);
	errno = error;
	return good;
}
