/* SPDX-License-Identifier: MIT */
/* Makes the FAT volume of a new image and fills it, with mkfs.fat and mtools, which need neither root nor a mount. */
#pragma once

#include "disk-tools/identity.h"
#include "disk-tools/image_layout.h"

/* EXIT_NO_TOOL unless all programs that fat_write() runs are installed. */
enum exit_code fat_check_tools(void);

/* `path` and `fd` are the same image, open for reading and writing. */
enum exit_code fat_write(const char *path, int fd, const struct image_layout *layout, const struct content *content,
			 const struct identity *identity);
