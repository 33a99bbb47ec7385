/* SPDX-License-Identifier: MIT */
/* Sizes of an image: partitions on MiB boundaries, and a FAT whose kind and cluster size fit the volume. */
#include "disk-tools/image_layout.h"

#include "bios-stage1/layout.h"
#include "core/base/checked.h"

enum {
	MIB_SECTORS = 2048,
	CLUSTER_BYTES_MAX = 32 * 1024,
	DIRECTORY_ENTRY_BYTES = 32,
	ROOT_ENTRIES = 512,
	ROOT_STEP = 4096 / DIRECTORY_ENTRY_BYTES, /* whole sectors of either size */
	TRACK_SECTORS = 63,                       /* mkfs.fat cuts the volume to whole tracks */
	FAT12_CLUSTERS_MAX = 4084,
	FAT16_CLUSTERS_MIN = 4085,
	FAT16_CLUSTERS_MAX = 65524,
	FAT32_CLUSTERS_MIN = 65525,
	MARGIN_CLUSTERS = 16, /* keeps away from the limits, where implementations differ */
	DEFAULT_MIB = 64,
	FREE_MIB_MIN = 16,
};

static const uint64_t image_mib_max = 2097151; /* FAT32 and MBR count sectors in 32 bits */

/* From the widest to the narrowest: the first whose cluster count is legal is taken. */
static const struct fat_kind {
	unsigned bits;
	uint64_t clusters_min, clusters_max;
	unsigned reserved_sectors, entry_bits;
} fat_kinds[] = {
	{ 32, FAT32_CLUSTERS_MIN + MARGIN_CLUSTERS, 0x0FFFFFF4, 32, 32 },
	{ 16, FAT16_CLUSTERS_MIN + MARGIN_CLUSTERS, FAT16_CLUSTERS_MAX - MARGIN_CLUSTERS, 1, 16 },
	{ 12, 1, FAT12_CLUSTERS_MAX - MARGIN_CLUSTERS, 1, 12 },
};

enum { FAT_KINDS = sizeof fat_kinds / sizeof fat_kinds[0] };

static uint64_t divide_up(uint64_t value, uint64_t by)
{
	return (value + by - 1) / by;
}

/* Clusters that the volume has with this kind and cluster size: never more than mkfs.fat makes. */
static uint64_t cluster_count(const struct fat_kind *kind, const struct image_layout *layout, unsigned cluster_sectors)
{
	uint64_t all = layout->boot_sectors * LAYOUT_SECTOR_BYTES / layout->sector_bytes, sectors = all - all % TRACK_SECTORS;
	uint64_t most = sectors / cluster_sectors + 2;
	uint64_t fat = divide_up(divide_up(most * kind->entry_bits, 8), layout->sector_bytes);
	uint64_t root = kind->bits == 32 ? 0 : divide_up(layout->root_entries * DIRECTORY_ENTRY_BYTES, layout->sector_bytes);
	uint64_t used = kind->reserved_sectors + 2 * fat + root;

	/* Reserved area, both FATs and root folder are each filled up to whole clusters. */
	used += 4ull * (cluster_sectors - 1);
	return used < sectors ? (sectors - used) / cluster_sectors : 0;
}

/* The widest FAT, and of that the largest clusters: short tables to read at each boot. */
static bool choose_fat(struct image_layout *layout, uint64_t *clusters)
{
	for (unsigned i = 0; i < FAT_KINDS; i++) {
		for (unsigned size = CLUSTER_BYTES_MAX / layout->sector_bytes; size > 0; size /= 2) {
			*clusters = cluster_count(&fat_kinds[i], layout, size);
			if (*clusters < fat_kinds[i].clusters_min || *clusters > fat_kinds[i].clusters_max)
				continue;
			layout->fat_bits = fat_kinds[i].bits;
			layout->cluster_sectors = size;
			return true;
		}
	}
	return false;
}

static uint64_t clusters_needed(const struct content *content, const struct image_layout *layout)
{
	uint64_t cluster_bytes = (uint64_t)layout->cluster_sectors * layout->sector_bytes, clusters = 0;

	if (layout->fat_bits == 32)
		clusters += divide_up(content->root_bytes, cluster_bytes);
	for (size_t i = 0; i < content->count; i++)
		clusters += divide_up(content->item[i].bytes, cluster_bytes);
	return clusters;
}

static void place_parts(const struct image_wish *wish, uint64_t mib, struct image_layout *layout)
{
	bool gpt = wish->table == TABLE_GPT, bios = wish->sector_bytes == LAYOUT_SECTOR_BYTES;
	/* The last MiB of a GPT disk belongs to the backup table. */
	uint64_t first = LAYOUT_FIRST_PARTITION_LBA + (gpt && bios ? LAYOUT_BIOS_BOOT_SECTORS : 0), tail = gpt ? MIB_SECTORS : 0;

	layout->table = wish->table;
	layout->sector_bytes = wish->sector_bytes;
	layout->sectors = mib * MIB_SECTORS;
	layout->copy_a_lba = !bios ? 0 : gpt ? LAYOUT_GPT_COPY_A_LBA : LAYOUT_MBR_COPY_A_LBA;
	layout->copy_b_lba = !bios ? 0 : gpt ? LAYOUT_GPT_COPY_B_LBA : LAYOUT_MBR_COPY_B_LBA;
	layout->boot_lba = first;
	layout->boot_sectors = layout->sectors > first + tail ? layout->sectors - first - tail : 0;
}

/* True if an image of `mib` MiB holds the content and `free_bytes` more. */
static bool fits(const struct content *content, const struct image_wish *wish, uint64_t mib, uint64_t free_bytes,
		 struct image_layout *layout)
{
	uint64_t clusters, needed;

	layout->root_entries =
		(unsigned)divide_up(max_u64(content->root_bytes / DIRECTORY_ENTRY_BYTES, ROOT_ENTRIES), ROOT_STEP) * ROOT_STEP;
	place_parts(wish, mib, layout);
	if (layout->boot_sectors == 0 || !choose_fat(layout, &clusters))
		return false;
	needed = clusters_needed(content, layout);
	return needed + divide_up(free_bytes, (uint64_t)layout->cluster_sectors * layout->sector_bytes) <= clusters;
}

/* The least size of at least `mib` MiB; 0 if none is possible. */
static uint64_t least_mib(const struct content *content, const struct image_wish *wish, uint64_t mib, uint64_t free_bytes,
			  struct image_layout *layout)
{
	uint64_t low = mib, high = mib;

	while (!fits(content, wish, high, free_bytes, layout)) {
		if (high >= image_mib_max)
			return 0;
		low = high + 1;
		high = min_u64(high * 2, image_mib_max);
	}
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (fits(content, wish, middle, free_bytes, layout))
			high = middle;
		else
			low = middle + 1;
	}
	return fits(content, wish, high, free_bytes, layout) ? high : 0;
}

enum exit_code image_layout_make(const struct content *content, const struct image_wish *wish, struct image_layout *layout)
{
	const uint64_t mib_bytes = (uint64_t)MIB_SECTORS * LAYOUT_SECTOR_BYTES;
	uint64_t all = 0, mib = wish->bytes / mib_bytes;

	for (size_t i = 0; i < content->count; i++)
		all += content->item[i].bytes;
	if (wish->bytes == 0)
		mib = least_mib(content, wish, DEFAULT_MIB, max_u64(all / 8, FREE_MIB_MIN * mib_bytes), layout);
	if (mib != 0 && mib <= image_mib_max && fits(content, wish, mib, 0, layout))
		return EXIT_OK;
	if (wish->bytes != 0 && mib > image_mib_max)
		return fail(EXIT_USAGE, "image too large", NULL, "the largest that a PC boots by FAT has %llu MiB",
			    (unsigned long long)image_mib_max);
	mib = least_mib(content, wish, 1, 0, layout);
	if (mib == 0)
		return fail(EXIT_NO_SPACE, "image too large", NULL, "the files have %llu MiB", (unsigned long long)(all / mib_bytes));
	fail(EXIT_NO_SPACE, "image too small", NULL, "the files need an image of at least %lluM", (unsigned long long)mib);
	hint("say --size %lluM, or leave --size out", (unsigned long long)mib);
	return EXIT_NO_SPACE;
}
