/* SPDX-License-Identifier: MIT */
/*
 * Where everything on a new image goes, and how large it is. LBAs and lengths count 512-byte sectors, also where those of the disk are
 * larger: then they are multiples.
 */
#pragma once

#include "core/block/partition.h" // table_kind
#include "disk-tools/content.h"

/* By these an image is known again (output.c). */
#define IMAGE_VOLUME_LABEL   "MKBOOT"
#define IMAGE_BIOS_BOOT_NAME "BIOS boot"
#define IMAGE_ESP_NAME       "EFI system"

struct image_layout {
	enum table_kind table;
	unsigned sector_bytes;           /* of the disk: 512 or 4096 */
	uint64_t sectors;                /* of the whole image: whole MiB */
	uint64_t copy_a_lba, copy_b_lba; /* stage 2; 0: none, since no BIOS starts a disk with larger sectors */
	uint64_t boot_lba, boot_sectors; /* the boot volume */
	unsigned fat_bits;               /* 12, 16, 32 */
	unsigned cluster_sectors;        /* of the disk's */
	unsigned root_entries;           /* FAT12, FAT16: room of the root folder */
};

struct image_wish {
	enum table_kind table;
	unsigned sector_bytes;
	uint64_t bytes;
};

/*
 * An image for this content: of wish->bytes bytes, cut to whole MiB, or, for 0, of 64 MiB or what the content and an eighth (at least
 * 16 MiB) of free space need. EXIT_NO_SPACE, with the size that is needed, if the content does not fit.
 */
enum exit_code image_layout_make(const struct content *content, const struct image_wish *wish, struct image_layout *layout);
