/* SPDX-License-Identifier: MIT */
/* The content of a volume that is not written yet, as a file system of the loader's code. */
#include "core/base/arena.h"
#include "disk-tools/content.h"

#include <string.h>

static const struct fs_type content_type = { .name = "content" };

struct content_file {
	struct file file;
	const struct content_item *item;
};

static enum status file_read_item(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	struct content_file *content = (struct content_file *)file;

	if (!content_read(content->item, to, offset, bytes))
		return err_set(err, ERR_IO, "cannot read {b} bytes at {a} of {s}", file->path, offset, bytes);
	return OK;
}

static const struct file_ops file_ops = { .read = file_read_item };

static enum status item_open(struct fs *fs, const char *path, struct arena *arena, struct file **file, struct err *err)
{
	struct content_fs *content_fs = (struct content_fs *)fs;
	const struct content_item *item = content_find(content_fs->content, path);
	struct content_file *opened;

	if (item == NULL)
		return err_set(err, ERR_NOT_FOUND, "{s} is not among the files for the boot volume", path, 0, 0);
	if (item->is_directory)
		return err_set(err, ERR_UNSUPPORTED, "{s} is a directory", path, 0, 0);
	opened = ARENA_NEW(arena, struct content_file);
	if (opened == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to open {s}", path, 0, 0);
	opened->item = item;
	opened->file = (struct file){ .ops = &file_ops, .path = arena_copy_text(arena, path, strlen(path)), .bytes = item->bytes };
	if (opened->file.path == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to open {s}", path, 0, 0);
	*file = &opened->file;
	return OK;
}

static enum status folder_list(struct fs *fs, const char *path, fs_visit_fn *visit, void *context, struct err *err)
{
	const struct content *content = ((struct content_fs *)fs)->content;
	size_t prefix;

	while (*path == '/')
		path++;
	prefix = strlen(path);
	if (prefix > 0) {
		const struct content_item *folder = content_find(content, path);

		if (folder == NULL || !folder->is_directory)
			return err_set(err, ERR_NOT_FOUND, "there is no directory {s}", path, 0, 0);
		path = folder->path;
	}
	for (size_t i = 0; i < content->count; i++) {
		const struct content_item *item = &content->item[i];
		const char *name = item->path + prefix + (prefix > 0);
		struct fs_entry entry = {
			.name = name,
			.is_directory = item->is_directory,
			.bytes = item->is_directory ? 0 : item->bytes,
		};

		if (strlen(item->path) <= prefix || strncmp(item->path, path, prefix) != 0 || (prefix > 0 && item->path[prefix] != '/'))
			continue;
		if (strchr(name, '/') == NULL && !visit(context, &entry))
			break;
	}
	return OK;
}

static const struct fs_ops content_ops = { .open = item_open, .list = folder_list };

void content_fs_init(struct content_fs *fs, const struct content *content)
{
	*fs = (struct content_fs){ .fs = { .ops = &content_ops, .type = &content_type }, .content = content };
}
