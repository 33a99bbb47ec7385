/* SPDX-License-Identifier: MIT */
/* Writes the partition table of a new image, with libfdisk. */
#pragma once

#include "disk-tools/identity.h"
#include "disk-tools/image_layout.h"

/* `path` is an image of the layout's size. */
enum exit_code partition_write(const char *path, const struct image_layout *layout, const struct identity *identity);
