/* SPDX-License-Identifier: MIT */
/* A folder of the host, with all that is in it. */
#include "disk-tools/content.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	struct content *content;
	const char *root;
	size_t root_bytes;        /* without slashes at its end */
	char real_root[PATH_MAX]; /* without symbolic links */
	char host[PATH_MAX];      /* what is being added; one for all depths, of which there may be hundreds */
};

/* Its name on the volume; "" for the root. */
static const char *path_of(const struct tree *tree)
{
	const char *path = tree->host + tree->root_bytes;

	return path + (*path == '/');
}

static bool is_inside(const struct tree *tree, const char *real_path)
{
	size_t length = strlen(tree->real_root);

	if (strcmp(tree->real_root, "/") == 0)
		return true;
	return strncmp(real_path, tree->real_root, length) == 0 && real_path[length] == '/';
}

/* A link is followed, since FAT has none, but only to a file of the tree: nothing else of the host gets on the image by accident. */
static enum exit_code check_link(const struct tree *tree)
{
	const char *host = tree->host;
	char real_path[PATH_MAX], link[PATH_MAX] = "";
	struct stat status;

	if (readlink(host, link, sizeof link - 1) < 0)
		return fail_errno(EXIT_IO, "cannot read", host, errno);
	if (realpath(host, real_path) == NULL)
		return fail(errno == EACCES ? EXIT_IO : EXIT_BAD_INPUT, "cannot copy", host, "it is a symbolic link to %s: %s", link,
			    strerror(errno));
	if (!is_inside(tree, real_path)) {
		fail(EXIT_BAD_INPUT, "cannot copy", host, "it is a symbolic link to %s, which is not in %s", real_path, tree->root);
		hint("put a copy of the file into the folder");
		return EXIT_BAD_INPUT;
	}
	if (stat(real_path, &status) == 0 && S_ISDIR(status.st_mode))
		return fail(EXIT_BAD_INPUT, "cannot copy", host, "it is a symbolic link to a directory, which FAT does not have");
	return EXIT_OK;
}

static enum exit_code add_all(struct tree *tree, size_t length);

/* Adds what tree->host names. */
static enum exit_code add_found(struct tree *tree, size_t length)
{
	struct stat status;
	enum exit_code code;

	if (lstat(tree->host, &status) != 0)
		return fail_errno(EXIT_IO, "cannot read", tree->host, errno);
	if (S_ISDIR(status.st_mode)) {
		code = content_add_folder(tree->content, path_of(tree), tree->host);
		return code == EXIT_OK ? add_all(tree, length) : code;
	}
	code = S_ISLNK(status.st_mode) ? check_link(tree) : EXIT_OK;
	return code == EXIT_OK ? content_add_file(tree->content, path_of(tree), tree->host) : code;
}

static enum exit_code cannot_read(const char *folder, int error)
{
	bool missing = error == ENOENT || error == ENOTDIR || error == ELOOP;

	return fail_errno(missing ? EXIT_BAD_INPUT : EXIT_IO, "cannot read the directory", folder, error);
}

/* Everything in the folder tree->host, whose name has `length` bytes. FS_PATH_MAX bounds the depth. */
static enum exit_code add_all(struct tree *tree, size_t length)
{
	DIR *folder = opendir(length == tree->root_bytes ? tree->root : tree->host);
	enum exit_code code = EXIT_OK;

	if (folder == NULL)
		return cannot_read(tree->host, errno);
	while (code == EXIT_OK) {
		struct dirent *entry = (errno = 0, readdir(folder));
		size_t bytes;

		if (entry == NULL) {
			if (errno != 0)
				code = cannot_read(tree->host, errno);
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		bytes = length + 1 + strlen(entry->d_name);
		if (bytes >= sizeof tree->host) {
			code = fail(EXIT_BAD_INPUT, "cannot copy", tree->host, "the path of %s is too long", entry->d_name);
			break;
		}
		snprintf(tree->host + length, sizeof tree->host - length, "/%s", entry->d_name);
		code = add_found(tree, bytes);
		tree->host[length] = '\0';
	}
	closedir(folder);
	return code;
}

enum exit_code content_add_tree(struct content *content, const char *root)
{
	struct tree tree = { .content = content, .root = root, .root_bytes = strlen(root) };

	if (realpath(root, tree.real_root) == NULL)
		return cannot_read(root, errno);
	while (tree.root_bytes > 0 && root[tree.root_bytes - 1] == '/')
		tree.root_bytes--;
	snprintf(tree.host, sizeof tree.host, "%.*s", (int)tree.root_bytes, root);
	return add_all(&tree, tree.root_bytes);
}
