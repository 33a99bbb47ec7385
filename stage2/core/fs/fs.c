/* SPDX-License-Identifier: MIT */
/* What all file systems have in common: finding the right one, and the frames that name volume and path in a trail. */
#include "core/fs/fs.h"

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/block/block.h"

enum status fs_mount(struct block_device *device, struct arena *arena, struct fs **fs, struct err *err)
{
	size_t mark = arena_mark(arena);

	for (const struct fs_type *const *type = fs_types; *type != NULL; type++) {
		struct fs *mounted = NULL;
		enum status status = (*type)->mount(device, arena, &mounted, err);

		if (status == OK) {
			mounted->type = *type;
			*fs = mounted;
			return OK;
		}
		arena_reset(arena, mark);
		if (status != ERR_NOT_FOUND)
			return err_add(err, "cannot mount {s}", device->name, 0, 0);
	}
	return err_set(err, ERR_NOT_FOUND, "{s} has no file system that is known here", device->name, 0, 0);
}

enum status fs_open(struct fs *fs, const char *path, struct arena *arena, struct file **file, struct err *err)
{
	size_t bytes = text_length(path);

	if (bytes > FS_PATH_MAX)
		return err_set(err, ERR_TOO_BIG, "a path has {a} bytes, and {b} are allowed", NULL, bytes, FS_PATH_MAX);

	char *copy = arena_copy_text(arena, path, bytes);

	if (copy == NULL)
		return err_set(err, ERR_NO_MEMORY, "there is no memory to open {s}", path, 0, 0);
	return fs->ops->open(fs, copy, arena, file, err);
}

enum status fs_list(struct fs *fs, const char *path, fs_visit_fn *visit, void *context, struct err *err)
{
	if (fs->ops->list(fs, path, visit, context, err) != OK)
		return err_add(err, "cannot list {s}", path, 0, 0);
	return OK;
}

bool fs_path_next(const char **path, const char **name, unsigned *bytes)
{
	const char *at = *path;

	while (*at == '/')
		at++;
	if (*at == '\0')
		return false;

	const char *start = at;

	while (*at != '\0' && *at != '/')
		at++;
	*name = start;
	*bytes = (unsigned)(at - start);
	*path = at;
	return true;
}
