/* SPDX-License-Identifier: MIT */
/* The loader's first steps over an image of the host. */
#include "disk-tools/image_open.h"

enum exit_code image_open(struct image *image, const char *path, enum firmware firmware, uint64_t memory_bytes, const char *map_path)
{
	struct err err = { .code = OK };
	enum exit_code code = host_disk_open(&image->disk, path);

	image->findings = (struct findings){ 0 };
	if (code != EXIT_OK)
		return code;
	code = model_init(&image->model, firmware, memory_bytes, map_path);
	if (code == EXIT_OK && boot_disk_open(&image->disk.device, &image->model.arena, &image->boot_disk, &err) != OK)
		code = fail_err("no boot volume", path, &err);
	if (code == EXIT_OK)
		code = entries_read(&image->model, &image->boot_disk, NULL, &image->findings, &image->configuration);
	if (code != EXIT_OK)
		image_close(image);
	return code;
}

void image_close(struct image *image)
{
	findings_free(&image->findings);
	model_free(&image->model);
	host_disk_close(&image->disk);
}
