/* SPDX-License-Identifier: MIT */
/* The tests' own view of a FAT volume in memory, for damaging it: written apart from the driver, for whole volumes only. */
#include "support_fat.h"

#include "core/base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fat_image fat_image_of(uint8_t *data)
{
	uint32_t sector = get_le16(data + 11), root_entries = get_le16(data + 17);
	uint32_t table_sectors = get_le16(data + 22) != 0 ? get_le16(data + 22) : get_le32(data + 36);
	uint32_t sectors = get_le16(data + 19) != 0 ? get_le16(data + 19) : get_le32(data + 32);
	struct fat_image image = { .data = data, .copies = data[16], .cluster_bytes = data[13] * sector };

	image.table_offset = (uint64_t)get_le16(data + 14) * sector;
	image.table_bytes = (uint64_t)table_sectors * sector;
	image.root_offset = image.table_offset + image.copies * image.table_bytes;
	image.data_offset = image.root_offset + (root_entries * 32 + sector - 1) / sector * sector;

	uint32_t clusters = (uint32_t)(((uint64_t)sectors * sector - image.data_offset) / image.cluster_bytes);

	image.cluster_end = clusters + 2;
	image.bits = get_le16(data + 22) == 0 ? 32 : clusters < 4085 ? 12 : 16;
	return image;
}

uint32_t fat_image_get(const struct fat_image *image, uint32_t cluster)
{
	const uint8_t *table = image->data + image->table_offset;

	if (image->bits == 32)
		return get_le32(table + cluster * 4) & 0x0FFFFFFF;
	if (image->bits == 16)
		return get_le16(table + cluster * 2);
	return get_le16(table + cluster * 3 / 2) >> (cluster % 2 * 4) & 0xFFF;
}

void fat_image_set(const struct fat_image *image, uint32_t cluster, uint32_t value)
{
	for (unsigned copy = 0; copy < image->copies; copy++) {
		uint8_t *table = image->data + image->table_offset + copy * image->table_bytes;
		uint8_t *at = table + (uint64_t)cluster * image->bits / 8;

		if (image->bits == 32)
			put_le32(at, (get_le32(at) & 0xF0000000) | (value & 0x0FFFFFFF));
		else if (image->bits == 16)
			put_le16(at, (uint16_t)value);
		else if (cluster % 2 != 0)
			put_le16(at, (uint16_t)((get_le16(at) & 0xF) | (value & 0xFFF) << 4));
		else
			put_le16(at, (uint16_t)((get_le16(at) & 0xF000) | (value & 0xFFF)));
	}
}

uint8_t *fat_image_entry(const struct fat_image *image, uint8_t *directory, const char name[12])
{
	bool is_fixed = directory == image->data + image->root_offset && image->data_offset != image->root_offset;
	uint64_t bytes = is_fixed ? image->data_offset - image->root_offset : image->cluster_bytes;
	uint32_t cluster = is_fixed ? 0 : (uint32_t)(((uint64_t)(directory - image->data) - image->data_offset) / image->cluster_bytes) + 2;

	for (;;) {
		for (uint64_t offset = 0; offset < bytes; offset += 32) {
			if (memcmp(directory + offset, name, 11) == 0 && directory[offset + 11] != 0x0F)
				return directory + offset;
		}
		cluster = is_fixed ? image->cluster_end : fat_image_get(image, cluster);
		if (cluster >= image->cluster_end)
			break;
		directory = fat_image_cluster(image, cluster);
	}
	fail_msg("the image has no entry %s", name);
	return NULL;
}

uint8_t *fat_image_root(const struct fat_image *image)
{
	return image->bits == 32 ? fat_image_cluster(image, get_le32(image->data + 44)) : image->data + image->root_offset;
}

uint8_t *fat_image_cluster(const struct fat_image *image, uint32_t cluster)
{
	return image->data + image->data_offset + (uint64_t)(cluster - 2) * image->cluster_bytes;
}

uint32_t fat_image_first(const uint8_t *entry)
{
	return (uint32_t)get_le16(entry + 20) << 16 | get_le16(entry + 26);
}
