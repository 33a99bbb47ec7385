/* SPDX-License-Identifier: MIT */
/* The tests' own view of a FAT volume in memory, for damaging it: written apart from the driver, for whole volumes only. */
#pragma once

#include <stdint.h>

struct fat_image {
	uint8_t *data;
	unsigned bits, copies;
	uint64_t table_offset, table_bytes, root_offset, data_offset;
	uint32_t cluster_bytes, cluster_end;
};

struct fat_image fat_image_of(uint8_t *data);

uint32_t fat_image_get(const struct fat_image *image, uint32_t cluster);

/* Sets the entry in all copies of the table; the value is cut to the entry's width. */
void fat_image_set(const struct fat_image *image, uint32_t cluster, uint32_t value);

/* The place of an entry ("XEN     GZ ") in a directory, given by its first byte; the test fails if it is not there. */
uint8_t *fat_image_entry(const struct fat_image *image, uint8_t *directory, const char name[12]);

/* The root directory: of FAT32, its first cluster. */
uint8_t *fat_image_root(const struct fat_image *image);

uint8_t *fat_image_cluster(const struct fat_image *image, uint32_t cluster);

/* The first cluster that a directory entry tells. */
uint32_t fat_image_first(const uint8_t *entry);
