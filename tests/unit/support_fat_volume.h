/* SPDX-License-Identifier: MIT */
/* Small FAT volumes of each width with the same files, made by mkfs.fat and mtools, for tests that damage them. */
#pragma once

#include "support_block.h"

#include "core/base/arena.h"
#include "core/fs/fs.h"

#include <stdint.h>

enum { KERNEL_BYTES = 5000, KERNEL_CLUSTERS = 10, WIDTHS = 3 };

extern const unsigned widths[WIDTHS]; /* 12, 16, 32 */

/* What /KERNEL, /DIR/KERNEL and "/a longer name/and another one" contain. */
extern uint8_t kernel[KERNEL_BYTES];

/* What volume_mount() and volume_read() use. */
extern struct arena arena;
extern struct err err;
extern uint8_t got[1024 * 1024];

/* The fixture of a cmocka group that makes the volumes; shell_tear_down() removes them. */
int volumes_set_up(void **state);

/* Loads a fresh copy of the volume of that width; its blocks and clusters have 512 bytes, its label is LABEL. */
void volume_load(struct test_disk *disk, unsigned bits);

MUST_CHECK enum status volume_mount(struct test_disk *disk, struct fs **fs);

/* Mounts, opens and reads the whole file (at most what fits) into got[]. */
MUST_CHECK enum status volume_read(struct test_disk *disk, const char *path);
