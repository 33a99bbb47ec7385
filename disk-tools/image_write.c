/* SPDX-License-Identifier: MIT */
/* From a content to an image file: written aside, read back with the loader's own code, then given its name. */
#include "disk-tools/create.h"

#include "disk-tools/atomic_file.h"
#include "disk-tools/entries.h"
#include "disk-tools/fat_write.h"
#include "disk-tools/host_disk.h"
#include "disk-tools/identity.h"
#include "disk-tools/partition_write.h"
#include "disk-tools/stage2_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { COMPARE_BYTES = 1 << 20 };

static uint64_t content_bytes(const struct content *content)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < content->count; i++)
		bytes += content->item[i].bytes;
	return bytes;
}

/* Whether the entries fit a certain machine is `mkboot plan`'s to say: this one has room for all files several times over. */
static enum exit_code check_machines(struct model model[MODELS], const struct content *content)
{
	return models_init(model, (4ull << 30) + 4 * content_bytes(content));
}

/* Says what is wrong; `again`: what is only worth a word has been said. */
static enum exit_code check_entries(struct model model[MODELS], const struct boot_disk *boot_disk, const struct content *content,
				    bool again)
{
	struct configuration configuration = { .count = 0 };
	struct findings findings = { 0 };
	unsigned startable[MODELS];
	enum exit_code code = entries_read(model, boot_disk, content, &findings, &configuration);

	if (code == EXIT_OK) {
		entries_try(model, &configuration, content, &findings, startable);
		if (!again || findings_serious(&findings))
			code = findings_say(&findings, true);
	}
	findings_free(&findings);
	return code;
}

enum exit_code content_check(const struct content *content)
{
	struct content_fs fs;
	struct boot_disk boot_disk = { .volume_count = 1 };
	struct model model[MODELS];
	enum exit_code code = check_machines(model, content);

	if (code != EXIT_OK)
		return code;
	content_fs_init(&fs, content);
	boot_disk.volume[0].fs = &fs.fs;
	code = check_entries(model, &boot_disk, content, false);
	models_free(model);
	return code;
}

struct comparison {
	struct model *model;
	struct fs *fs;
	uint8_t *buffer;    /* two pieces of COMPARE_BYTES */
	uint64_t done, all; /* bytes */
};

/* Reads one file from the image as the loader would, and compares it with its source. */
static enum exit_code compare_item(struct comparison *comparison, const struct content_item *item)
{
	uint8_t *buffer = comparison->buffer;
	struct err err = { .code = OK };
	struct file *file;

	if (fs_open(comparison->fs, item->path, &comparison->model->arena, &file, &err) != OK)
		return fail_err("the image is not as written", item->path, &err);
	if (file->bytes != item->bytes)
		return fail(EXIT_NOT_SOUND, "the image is not as written", item->path, "%llu bytes instead of %llu",
			    (unsigned long long)file->bytes, (unsigned long long)item->bytes);
	for (uint64_t at = 0; at < item->bytes; at += COMPARE_BYTES) {
		size_t bytes = item->bytes - at < COMPARE_BYTES ? (size_t)(item->bytes - at) : COMPARE_BYTES;

		if (file_read(file, at, bytes, buffer, &err) != OK)
			return fail_err("the image is not as written", item->path, &err);
		if (!content_read(item, buffer + COMPARE_BYTES, at, bytes))
			return fail_errno(EXIT_IO, "cannot read", item->source, errno);
		if (memcmp(buffer, buffer + COMPARE_BYTES, bytes) != 0)
			return fail(EXIT_NOT_SOUND, "the image is not as written", item->path, "it differs from %s",
				    item->source != NULL ? item->source : "what was written");
		comparison->done += bytes;
		progress("checking", comparison->done, comparison->all);
	}
	return EXIT_OK;
}

static enum exit_code compare_content(struct model *model, const struct boot_disk *boot_disk, const struct content *content)
{
	struct comparison comparison = {
		.model = model,
		.fs = boot_disk->volume[0].fs,
		.buffer = malloc(2 * COMPARE_BYTES),
		.all = content_bytes(content),
	};
	enum exit_code code = EXIT_OK;

	if (comparison.buffer == NULL)
		return fail_errno(EXIT_FAILED, "cannot check the image", NULL, ENOMEM);
	for (size_t i = 0; i < content->count && code == EXIT_OK; i++) {
		struct model_mark mark = model_mark(model);

		if (!content->item[i].is_directory)
			code = compare_item(&comparison, &content->item[i]);
		model_forget(model, mark);
	}
	progress_clear();
	free(comparison.buffer);
	return code;
}

static enum exit_code image_check(const struct atomic_file *file, const struct content *content)
{
	struct boot_disk boot_disk;
	struct host_disk disk;
	struct model model[MODELS];
	struct err err = { .code = OK };
	enum exit_code code = host_disk_init(&disk, file->fd, file->path);

	if (code == EXIT_OK)
		code = check_machines(model, content);
	if (code != EXIT_OK)
		return code;
	if (boot_disk_open(&disk.device, &model[0].arena, &boot_disk, &err) != OK)
		code = fail_err("the image is not as written", file->path, &err);
	if (code == EXIT_OK)
		code = compare_content(&model[0], &boot_disk, content);
	if (code == EXIT_OK)
		code = check_entries(model, &boot_disk, content, true);
	models_free(model);
	return code;
}

static enum exit_code write_bios_loader(const struct atomic_file *file, const struct image_layout *layout, bool pmbr_active)
{
	enum exit_code code;

	if (layout->copy_a_lba == 0)
		return EXIT_OK;
	code = stage2_copy_write(file->fd, file->path, layout->copy_a_lba, 1);
	if (code == EXIT_OK)
		code = stage2_copy_write(file->fd, file->path, layout->copy_b_lba, 1);
	if (code == EXIT_OK)
		code = stage1_write(file->fd, file->path, layout->copy_a_lba, layout->copy_b_lba);
	if (code == EXIT_OK && pmbr_active)
		code = stage1_mark_active(file->fd, file->path);
	return code;
}

/* Says so before hours of copying, not after. */
static enum exit_code check_free_space(const struct atomic_file *file, const struct content *content)
{
	struct statvfs space;
	uint64_t needed = content_bytes(content) + (2ull << 20);

	if (fstatvfs(file->fd, &space) != 0 || (uint64_t)space.f_bavail * space.f_frsize >= needed)
		return EXIT_OK;
	return fail(EXIT_NO_SPACE, "not enough space", file->target, "%llu MiB are needed, %llu MiB are free on that file system",
		    (unsigned long long)(needed >> 20), (unsigned long long)space.f_bavail * space.f_frsize >> 20);
}

static enum exit_code fill(const struct atomic_file *file, const struct create_options *options, const struct content *content,
			   const struct image_layout *layout)
{
	struct identity identity;
	enum exit_code code = identity_make(content, &identity);

	if (code == EXIT_OK)
		code = check_free_space(file, content);
	if (code == EXIT_OK && ftruncate(file->fd, (off_t)(layout->sectors * LAYOUT_SECTOR_BYTES)) != 0)
		code = fail_errno(EXIT_IO, "cannot write", file->path, errno);
	if (code == EXIT_OK)
		code = partition_write(file->path, layout, &identity);
	if (code == EXIT_OK)
		code = fat_write(file->path, file->fd, layout, content, &identity);
	if (code == EXIT_OK)
		code = write_bios_loader(file, layout, options->pmbr_active);
	return code == EXIT_OK ? image_check(file, content) : code;
}

enum exit_code image_write(const struct create_options *options, const struct content *content, const struct image_layout *layout,
			   const char *target)
{
	struct atomic_file file;
	enum exit_code code = atomic_file_open(&file, target);

	if (code != EXIT_OK)
		return code;
	code = fill(&file, options, content, layout);
	if (code == EXIT_OK)
		return atomic_file_commit(&file);
	atomic_file_abandon(&file);
	return code;
}
