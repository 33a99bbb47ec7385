/* SPDX-License-Identifier: MIT */
/* From a FAT boot sector to a struct fat_volume; everything in it is checked here. */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/block/block.h"
#include "core/fs/fat.h"
#include "core/fs/fat_bpb.h"

enum {
	BOOT_SECTOR_BYTES = 512, /* what is looked at, whatever the sector size */
	SIGNATURE_OFFSET = 510,
	SIGNATURE = 0xAA55,
	TYPE_TEXT_OFFSET = 54,
	TYPE_TEXT_OFFSET_32 = 82,
	CLUSTERS_MAX = 0x0FFFFFF5,
	FLAG_ONE_COPY = 0x80, /* in `flags`: only the copy in the low four bits is kept up to date */
};

static bool sector_bytes_ok(const struct fat_bpb *bpb)
{
	return bpb->sector_bytes >= BLOCK_BYTES_MIN && bpb->sector_bytes <= BLOCK_BYTES_MAX && is_power_of_two(bpb->sector_bytes);
}

/*
 * FAT has no magic number. It is FAT if it says so in the text that is there for people, or else if it starts with a jump and the first
 * fields of the BPB are all legal. (NTFS and exFAT have zero copies of the table.)
 */
static bool is_fat(struct span sector, const struct fat_bpb *bpb)
{
	uint16_t signature = 0;
	bool jumps = sector.data[0] == 0xEB || sector.data[0] == 0xE9;

	if (!span_le16(sector, SIGNATURE_OFFSET, &signature) || signature != SIGNATURE)
		return false;
	if (span_equal(span_part(sector, TYPE_TEXT_OFFSET, 3), "FAT", 3) || span_equal(span_part(sector, TYPE_TEXT_OFFSET_32, 3), "FAT", 3))
		return true;
	return jumps && sector_bytes_ok(bpb) && is_power_of_two(bpb->cluster_sectors) && bpb->reserved_sectors != 0 && bpb->copies != 0 &&
	       (bpb->media == 0xF0 || bpb->media >= 0xF8);
}

static enum status check_bpb(const struct block_device *device, const struct fat_bpb *bpb, struct err *err)
{
	const char *name = device->name;

	if (!sector_bytes_ok(bpb))
		return err_set(err, ERR_CORRUPT, "{s}: the FAT boot sector gives a sector {a} bytes", name, bpb->sector_bytes, 0);
	if (bpb->sector_bytes < device->block_bytes)
		return err_set(err, ERR_UNSUPPORTED, "{s}: the FAT volume was made for sectors of {a} bytes, but the disk's have {b}", name,
			       bpb->sector_bytes, device->block_bytes);
	if (!is_power_of_two(bpb->cluster_sectors))
		return err_set(err, ERR_CORRUPT, "{s}: the FAT boot sector gives a cluster {a} sectors", name, bpb->cluster_sectors, 0);
	if (bpb->reserved_sectors == 0 || bpb->copies == 0 || bpb->table_sectors == 0)
		return err_set(err, ERR_CORRUPT, "{s}: the FAT boot sector gives {a} copies of the table, of {b} sectors each", name,
			       bpb->copies, bpb->table_sectors);
	if (bpb->is_32 && bpb->version != 0)
		return err_set(err, ERR_UNSUPPORTED, "{s}: the FAT32 volume has version {a:x}", name, bpb->version, 0);
	if (bpb->is_32 && bpb->root_entries != 0)
		return err_set(err, ERR_CORRUPT, "{s}: the FAT boot sector has a FAT32 layout, but {a} root entries", name,
			       bpb->root_entries, 0);
	if (!bpb->is_32 && bpb->root_entries == 0)
		return err_set(err, ERR_CORRUPT, "{s}: the FAT boot sector says that there is no root directory", name, 0, 0);
	if (bpb->is_32 && (bpb->flags & FLAG_ONE_COPY) != 0 && (bpb->flags & 0xF) >= bpb->copies)
		return err_set(err, ERR_CORRUPT, "{s}: the FAT boot sector says that copy {a} of {b} is in use", name, bpb->flags & 0xF,
			       bpb->copies);
	return OK;
}

/*
 * The width follows from the number of clusters alone, says the specification; but small volumes with the layout of FAT32 are common,
 * and firmware and operating systems read them as FAT32, which is the only kind that leaves the 16-bit table size at zero.
 */
static enum status choose_width(struct fat_volume *volume, const struct fat_bpb *bpb, uint64_t clusters, struct err *err)
{
	const char *name = volume->fs.device->name;

	if (clusters == 0 || clusters > (bpb->is_32 ? (uint64_t)CLUSTERS_MAX : FAT16_CLUSTERS_END - 1))
		return err_set(err, ERR_CORRUPT, "{s}: the FAT boot sector implies {a} clusters", name, clusters, 0);
	volume->width = bpb->is_32 ? &fat_width_32 : clusters < FAT12_CLUSTERS_END ? &fat_width_12 : &fat_width_16;
	volume->cluster_end = (uint32_t)clusters + FAT_FIRST_CLUSTER;

	uint64_t table_bytes = (uint64_t)bpb->table_sectors * bpb->sector_bytes;

	if (table_bytes < ((uint64_t)volume->cluster_end * volume->width->bits + 7) / 8)
		return err_set(err, ERR_CORRUPT, "{s}: the FAT has {a} bytes, too few for {b} clusters", name, table_bytes, clusters);
	if (bpb->is_32 && (bpb->root_cluster < FAT_FIRST_CLUSTER || bpb->root_cluster >= volume->cluster_end))
		return err_set(err, ERR_CORRUPT, "{s}: the root directory starts at cluster {a}, but the clusters are 2 to {b}", name,
			       bpb->root_cluster, volume->cluster_end - 1);
	return OK;
}

/* Reserved sectors, then the copies of the table, then the root directory of FAT12/16, then the clusters. */
static enum status lay_out(struct fat_volume *volume, const struct fat_bpb *bpb, struct err *err)
{
	const struct block_device *device = volume->fs.device;
	uint32_t sector_blocks = bpb->sector_bytes / device->block_bytes;
	uint64_t table_start = bpb->reserved_sectors;
	uint64_t root_start = table_start + (uint64_t)bpb->copies * bpb->table_sectors;
	uint64_t data_start = root_start + ((uint32_t)bpb->root_entries * FAT_ENTRY_BYTES + bpb->sector_bytes - 1u) / bpb->sector_bytes;
	uint64_t total_blocks = (uint64_t)bpb->total_sectors * sector_blocks;

	if (data_start > bpb->total_sectors)
		return err_set(err, ERR_CORRUPT, "{s}: the FAT volume has {a} sectors, but its files start at sector {b}", device->name,
			       bpb->total_sectors, data_start);
	if (total_blocks > device->blocks)
		return err_set(err, ERR_CORRUPT, "{s}: the FAT volume has {a} blocks, but there are only {b}", device->name, total_blocks,
			       device->blocks);

	volume->table_lba = table_start * sector_blocks;
	volume->table_blocks = (uint64_t)bpb->table_sectors * sector_blocks;
	volume->table_copies = bpb->copies;
	if (bpb->is_32 && (bpb->flags & FLAG_ONE_COPY) != 0) {
		volume->table_lba += (bpb->flags & 0xF) * volume->table_blocks;
		volume->table_copies = 1;
	}
	volume->root_lba = root_start * sector_blocks;
	volume->root_end_lba = data_start * sector_blocks;
	volume->data_lba = data_start * sector_blocks;
	volume->root_cluster = bpb->root_cluster;
	volume->cluster_blocks = bpb->cluster_sectors * sector_blocks;
	volume->cluster_bytes = volume->cluster_blocks * device->block_bytes;
	return choose_width(volume, bpb, (bpb->total_sectors - data_start) / bpb->cluster_sectors, err);
}

static enum status allocate_window(struct fat_volume *volume, struct arena *arena, struct err *err)
{
	const struct block_device *device = volume->fs.device;
	uint64_t entries = min_u64(volume->cluster_end, FAT_WINDOW_BYTES * 8 / volume->width->bits);
	uint64_t bytes = (entries * volume->width->bits + 7) / 8;

	/* FAT12 entries cross every boundary, but the table of the largest FAT12 volume is far smaller than a window. */
	volume->window_capacity = (uint32_t)entries;
	volume->window = arena_allocate(arena, (bytes + device->block_bytes - 1) / device->block_bytes * device->block_bytes, 16);
	if (volume->window == NULL)
		return err_set(err, ERR_NO_MEMORY, "there is no memory for the FAT of {s}", device->name, 0, 0);
	return OK;
}

static void format_id(uint32_t serial, char id[10])
{
	for (unsigned i = 0; i < 8; i++)
		id[i < 4 ? i : i + 1] = "0123456789ABCDEF"[serial >> (28 - 4 * i) & 0xF];
	id[4] = '-';
	id[9] = '\0';
}

/* The root directory has the label that tools show; the boot sector's is a copy that few of them update. */
static enum status set_label_and_id(struct fat_volume *volume, const struct fat_bpb *bpb, struct err *err)
{
	if (bpb->has_label)
		fat_label(bpb->label, volume->fs.label);
	if (bpb->has_serial)
		format_id(bpb->serial, volume->fs.id);
	return fat_dir_label(volume, volume->fs.label, err);
}

enum status fat_result(enum status status, struct err *err)
{
	return status == ERR_CORRUPT ? err_hint(err, "check the volume with fsck.fat, or write the image again") : status;
}

static enum status mount_fat(struct block_device *device, struct arena *arena, struct fs **fs, struct err *err)
{
	static const struct fs_ops ops = { .open = fat_open, .list = fat_list };
	struct fat_volume *volume = ARENA_NEW(arena, struct fat_volume);
	uint8_t *block = arena_allocate(arena, device->block_bytes, 16);

	if (volume == NULL || block == NULL)
		return err_set(err, ERR_NO_MEMORY, "there is no memory to look for a FAT volume on {s}", device->name, 0, 0);
	*volume = (struct fat_volume){ .fs = { .ops = &ops, .type = &fs_fat, .device = device }, .block = block };

	const uint8_t *first;
	enum status status = fat_block(volume, 0, &first, err);

	if (status != OK)
		return err_add(err, "cannot read the boot sector of {s}", device->name, 0, 0);

	struct span sector = span_of(first, BOOT_SECTOR_BYTES);
	struct fat_bpb bpb = fat_bpb_read(sector);

	if (!is_fat(sector, &bpb))
		return err_set(err, ERR_NOT_FOUND, "{s} has no FAT boot sector", device->name, 0, 0);
	status = check_bpb(device, &bpb, err);
	if (status == OK)
		status = lay_out(volume, &bpb, err);
	if (status == OK)
		status = allocate_window(volume, arena, err);
	if (status == OK)
		status = set_label_and_id(volume, &bpb, err);
	if (status == OK)
		*fs = &volume->fs;
	return fat_result(status, err);
}

const struct fs_type fs_fat = { .name = "fat", .mount = mount_fat };
