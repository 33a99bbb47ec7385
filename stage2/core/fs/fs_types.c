/* SPDX-License-Identifier: MIT */
/* The file systems, in the order in which they are tried. */
#include "core/fs/fs.h"

#include <stddef.h>

const struct fs_type *const fs_types[] = { &fs_fat, NULL };
