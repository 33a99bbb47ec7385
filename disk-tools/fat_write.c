/* SPDX-License-Identifier: MIT */
/* The FAT volume: mkfs.fat for the empty one, mmd and mcopy for what is in it, in the content's order. */
#include "disk-tools/fat_write.h"

#include "bios-stage1/layout.h"
#include "disk-tools/host_disk.h" // write_fully
#include "disk-tools/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH_FILES = 64, BATCH_WORDS = BATCH_FILES + 8, NUMBER_BYTES = 24 };

struct fat_writing {
	const char *path;
	int fd;
	char image[2 * NUMBER_BYTES + 16]; /* as mtools names it: "path@@offset" */
	const struct image_layout *layout;
	const struct content_item **item; /* in the order in which they are written */
	size_t count;
	const struct identity *identity;
	uint64_t all; /* bytes to copy */
};

enum exit_code fat_check_tools(void)
{
	static const struct {
		const char *name, *package;
	} tools[] = {
		{ "mkfs.fat", "dosfstools" },
		{ "mmd", "mtools" },
		{ "mcopy", "mtools" },
	};
	enum exit_code code = EXIT_OK;

	for (unsigned i = 0; i < sizeof tools / sizeof tools[0] && code == EXIT_OK; i++)
		code = spawn_check(tools[i].name, tools[i].package);
	return code;
}

/* The image starts as one hole, so what is allocated is what has been written. */
static void show_progress(void *context)
{
	const struct fat_writing *writing = context;
	struct stat status;

	if (fstat(writing->fd, &status) == 0 && (uint64_t)status.st_blocks * LAYOUT_SECTOR_BYTES < writing->all)
		progress("copying", (uint64_t)status.st_blocks * LAYOUT_SECTOR_BYTES, writing->all);
}

static enum exit_code run_tool(struct fat_writing *writing, const char *const *words, const char *package, const char *doing,
			       const char *where)
{
	struct spawn spawn = {
		.words = words,
		.package = package,
		.doing = doing,
		.where = where,
		.time = writing->identity->time,
		.tick = show_progress,
		.context = writing,
	};

	return spawn_run(&spawn);
}

static enum exit_code make_file_system(struct fat_writing *writing)
{
	const struct image_layout *layout = writing->layout;
	char serial[NUMBER_BYTES], bits[NUMBER_BYTES], cluster[NUMBER_BYTES], offset[NUMBER_BYTES], hidden[NUMBER_BYTES],
		blocks[NUMBER_BYTES], root[NUMBER_BYTES];
	char sector[NUMBER_BYTES];
	const char *words[24] = { "mkfs.fat", "--invariant", "--mbr=no", "-g", "255/63", "-n",    IMAGE_VOLUME_LABEL,
				  "-i",       serial,        "-F",       bits, "-s",     cluster, "-h",
				  hidden,     "--offset",    offset,     "-S", sector };
	uint64_t start = layout->boot_lba * LAYOUT_SECTOR_BYTES / layout->sector_bytes;
	unsigned count = 19;

	snprintf(serial, sizeof serial, "%08x", writing->identity->fat_serial);
	snprintf(bits, sizeof bits, "%u", layout->fat_bits);
	snprintf(cluster, sizeof cluster, "%u", layout->cluster_sectors);
	snprintf(hidden, sizeof hidden, "%llu", (unsigned long long)start);
	snprintf(offset, sizeof offset, "%llu", (unsigned long long)start);
	snprintf(sector, sizeof sector, "%u", layout->sector_bytes);
	snprintf(blocks, sizeof blocks, "%llu", (unsigned long long)layout->boot_sectors / 2);
	snprintf(root, sizeof root, "%u", layout->root_entries);
	if (layout->fat_bits != 32) {
		words[count++] = "-r";
		words[count++] = root;
	}
	words[count++] = writing->path;
	words[count++] = blocks;
	words[count] = NULL;
	return run_tool(writing, words, "dosfstools", "cannot make the FAT file system", writing->path);
}

/* "::/path" as mtools names what is in the image, where '[' in the name of a folder would begin a pattern; NULL without memory. */
static char *name_inside(const char *path)
{
	char *name = malloc(sizeof "::/" + 3 * strlen(path)), *to = name;
	const char *last = strrchr(path, '/');

	if (name == NULL)
		return NULL;
	to = stpcpy(to, "::/");
	for (; *path != '\0'; path++) {
		if (*path == '[' && last != NULL && path < last)
			to = stpcpy(to, "[[]");
		else
			*to++ = *path;
	}
	*to = '\0';
	return name;
}

static enum exit_code run_on(struct fat_writing *writing, const char *tool, const char *const *sources, unsigned count, const char *path)
{
	const char *words[BATCH_WORDS] = { tool, "-i", writing->image };
	char *inside = name_inside(path);
	enum exit_code code;
	unsigned used = 3;

	if (inside == NULL)
		return fail_errno(EXIT_FAILED, "cannot copy", path, ENOMEM);
	for (unsigned i = 0; i < count; i++)
		words[used++] = sources[i];
	words[used++] = inside;
	words[used] = NULL;
	code = run_tool(writing, words, "mtools", "cannot copy to the boot volume", path[0] != '\0' ? path : "/");
	free(inside);
	return code;
}

/* A file of our own goes to mcopy through memory that it inherits: no temporary file is left over, whatever happens. */
static enum exit_code copy_data(struct fat_writing *writing, const struct content_item *item)
{
	char name[64];
	const char *source = name;
	int fd = memfd_create("mkboot", 0);
	enum exit_code code;

	if (fd < 0 || !write_fully(fd, item->data, (size_t)item->bytes, 0)) {
		code = fail_errno(EXIT_FAILED, "cannot copy", item->path, errno);
	} else {
		snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
		code = run_on(writing, "mcopy", &source, 1, item->path);
	}
	if (fd >= 0)
		close(fd);
	return code;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static size_t folder_length(const char *path)
{
	return (size_t)(base_name(path) - path);
}

/* Files that keep their names, in one folder, go in one call. */
static bool can_follow(const struct content_item *first, const struct content_item *next)
{
	size_t length = folder_length(first->path);

	return next->source != NULL && length == folder_length(next->path) && memcmp(first->path, next->path, length) == 0 &&
	       strcmp(base_name(next->path), base_name(next->source)) == 0;
}

/* Copies the file at `*index` and those that can go with it. mtools takes "x:..." for a drive, so sources begin with '/' or '.'. */
static enum exit_code copy_files(struct fat_writing *writing, size_t *index)
{
	const struct content_item *first = writing->item[*index];
	bool alone = strcmp(base_name(first->path), base_name(first->source)) != 0;
	char folder[FS_PATH_MAX + 1], *sources[BATCH_FILES];
	enum exit_code code = EXIT_OK;
	unsigned count = 0;

	do {
		const char *source = writing->item[*index]->source;

		if (asprintf(&sources[count], "%s%s", source[0] == '/' ? "" : "./", source) < 0) {
			code = fail_errno(EXIT_FAILED, "cannot copy", source, ENOMEM);
			break;
		}
		count++;
		++*index;
	} while (!alone && count < BATCH_FILES && *index < writing->count && can_follow(first, writing->item[*index]));
	snprintf(folder, sizeof folder, "%.*s", (int)folder_length(first->path), first->path);
	if (code == EXIT_OK)
		code = run_on(writing, "mcopy", (const char *const *)sources, count, alone ? first->path : folder);
	while (count > 0)
		free(sources[--count]);
	return code;
}

static unsigned depth(const char *path)
{
	unsigned slashes = 0;

	for (; *path != '\0'; path++)
		slashes += *path == '/';
	return slashes;
}

/* Whether the name is its own short name, in any letters. */
static bool is_short(const char *name)
{
	size_t base = strcspn(name, "."), extension = name[base] == '.' ? strlen(name + base + 1) : 0;

	return base >= 1 && base <= 8 && extension <= 3 && strpbrk(name, " +,;=[]") == NULL &&
	       strchr(name + base + (extension > 0), '.') == NULL;
}

/*
 * Folders come before what is in them. In a folder the names come first that are their own short names: "abcdef~1.txt" must be there
 * before "abcdefghij.txt", for which mtools would make up the same one.
 */
static int compare_items(const void *a, const void *b)
{
	const struct content_item *x = *(const struct content_item *const *)a, *y = *(const struct content_item *const *)b;
	unsigned x_depth = depth(x->path), y_depth = depth(y->path);

	if (x_depth != y_depth)
		return x_depth < y_depth ? -1 : 1;
	if (is_short(base_name(x->path)) != is_short(base_name(y->path)))
		return is_short(base_name(x->path)) ? -1 : 1;
	return x < y ? -1 : x > y;
}

static enum exit_code write_items(struct fat_writing *writing)
{
	enum exit_code code = EXIT_OK;

	qsort(writing->item, writing->count, sizeof *writing->item, compare_items);
	for (size_t i = 0; i < writing->count && code == EXIT_OK;) {
		const struct content_item *item = writing->item[i];

		if (item->source != NULL) {
			code = copy_files(writing, &i);
			continue;
		}
		code = item->is_directory ? run_on(writing, "mmd", NULL, 0, item->path) : copy_data(writing, item);
		i++;
	}
	progress_clear();
	return code;
}

enum exit_code fat_write(const char *path, int fd, const struct image_layout *layout, const struct content *content,
			 const struct identity *identity)
{
	struct fat_writing writing = { .path = path, .fd = fd, .layout = layout, .count = content->count, .identity = identity };
	enum exit_code code = make_file_system(&writing);
	int inherited = dup(fd); /* names without surprises for mtools, which takes "@@" in any path for an offset */

	writing.item = calloc(content->count + 1, sizeof(const struct content_item *));
	if (inherited < 0 || writing.item == NULL)
		code = fail_errno(EXIT_FAILED, "cannot fill the boot volume", path, errno);
	snprintf(writing.image, sizeof writing.image, "/proc/self/fd/%d@@%llu", inherited,
		 (unsigned long long)layout->boot_lba * LAYOUT_SECTOR_BYTES);
	for (size_t i = 0; i < content->count && writing.item != NULL; i++) {
		writing.item[i] = &content->item[i];
		writing.all += content->item[i].bytes;
	}
	if (code == EXIT_OK)
		code = write_items(&writing);
	if (inherited >= 0)
		close(inherited);
	free(writing.item);
	return code;
}
