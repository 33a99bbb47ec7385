/* SPDX-License-Identifier: MIT */
/* BOOTX64.EFI: ours, or the one that the user has signed. */
#include "disk-tools/create.h"

#include "core/base/arena.h"
#include "disk-tools/efi_loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for what is said of a program. */
enum { ARENA_BYTES = 1 << 20 };

/* Whether the firmware would start it; what it does then is its own affair. */
static enum exit_code check_program(const struct content *content, const char *source)
{
	struct arena arena;
	void *memory = malloc(ARENA_BYTES);
	struct efi_loader loader;
	struct err err = { .code = OK }, damage = { .code = OK };
	struct content_fs fs;
	enum exit_code code = EXIT_OK;

	if (memory == NULL)
		return fail_errno(EXIT_FAILED, "cannot examine", source, ENOMEM);
	arena_init(&arena, memory, ARENA_BYTES);
	content_fs_init(&fs, content);
	if (efi_loader_find(&fs.fs, &arena, &loader, &damage, &err) != OK)
		code = fail_err("cannot examine", source, &err);
	else if (loader.state == EFI_LOADER_DAMAGED)
		code = fail_err("no loader for UEFI", source, &damage);
	else if (loader.state == EFI_LOADER_CHANGED)
		warn("UEFI loader: %s: it is of this version of mkboot, but has other bytes: it is damaged or changed", source);
	free(memory);
	return code;
}

/* Its path on the volume: in the folders that are there, by the letters that they are written with. `path` holds FS_PATH_MAX + 1 bytes. */
static const char *loader_path(const struct content *content, char *path)
{
	static const char *const folders[] = { "EFI/BOOT", "EFI" };

	for (unsigned i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		const struct content_item *folder = content_find(content, folders[i]);

		if (folder == NULL || !folder->is_directory)
			continue;
		snprintf(path, FS_PATH_MAX + 1, "%s%s", folder->path, &EFI_LOADER_PATH[strlen(folders[i])]);
		return path;
	}
	return EFI_LOADER_PATH;
}

enum exit_code create_efi_loader(const struct create_options *options, struct content *content)
{
	const struct content_item *own;
	char path[FS_PATH_MAX + 1];
	enum exit_code code = content_finish(content);

	if (code != EXIT_OK)
		return code;
	own = content_find(content, EFI_LOADER_PATH);
	if (options->efi_loader == NULL && own == NULL)
		return content_add_data(content, loader_path(content, path), efi_loader_image());
	if (options->efi_loader == NULL) {
		fail(EXIT_USAGE, "two loaders for UEFI", own->source, "the boot volume gets mkboot's own as /" EFI_LOADER_PATH);
		hint("remove the file, or keep it by --efi-loader %s", own->source);
		return EXIT_USAGE;
	}
	code = content_add_file(content, own != NULL ? own->path : loader_path(content, path), options->efi_loader);
	if (code == EXIT_OK)
		code = content_finish(content);
	return code == EXIT_OK ? check_program(content, options->efi_loader) : code;
}
