/* SPDX-License-Identifier: MIT */
/* Looking for a BPB. */
#include "kernel-handoff/image/boot_sector.h"

#include "core/base/checked.h"

enum { JUMP_SHORT = 0xEB, JUMP_NEAR = 0xE9, NOP = 0x90, MEDIA_MIN = 0xF0, FATS_MAX = 2, BLOCK_BYTES = 512 };
enum { OEM_NAME_AT = 3, FIELDS_AT = 11, HIDDEN_SECTORS_AT = 0x1C, DRIVE_AT = 0x24, DRIVE_AT_FAT32 = 0x40 };

/* From the drive number on: reserved, and a signature that says whether the two were there at all. */
enum { SIGNATURE_FROM_DRIVE = 2, SIGNATURE_SERIAL = 0x28, SIGNATURE_FULL = 0x29 };

struct fields {
	uint16_t block_bytes, reserved_blocks, root_entries, fat_blocks;
	uint8_t cluster_blocks, fats, media;
};

static bool has_jump(struct span sector)
{
	struct reader reader = reader_at(sector, 0);
	uint8_t jump = reader_u8(&reader);

	reader_skip(&reader, 1);
	return jump == JUMP_NEAR || (jump == JUMP_SHORT && reader_u8(&reader) == NOP);
}

static struct fields read_fields(struct span sector)
{
	struct reader reader = reader_at(sector, FIELDS_AT);
	struct fields fields = { .block_bytes = reader_le16(&reader) };

	fields.cluster_blocks = reader_u8(&reader);
	fields.reserved_blocks = reader_le16(&reader);
	fields.fats = reader_u8(&reader);
	fields.root_entries = reader_le16(&reader);
	reader_skip(&reader, 2); /* blocks, if there are few */
	fields.media = reader_u8(&reader);
	fields.fat_blocks = reader_le16(&reader);
	return fields;
}

/* All that NTFS leaves of a FAT's fields is zero. */
static bool is_ntfs(struct span sector, const struct fields *fields)
{
	return span_equal(span_part(sector, OEM_NAME_AT, 8), "NTFS    ", 8) && fields->fats == 0 && fields->reserved_blocks == 0 &&
	       fields->root_entries == 0 && fields->fat_blocks == 0;
}

static bool is_fat(struct span sector, const struct fields *fields, unsigned drive_at)
{
	struct reader reader = reader_at(sector, drive_at + SIGNATURE_FROM_DRIVE);
	uint8_t signature = reader_u8(&reader);

	return is_power_of_two(fields->cluster_blocks) && fields->reserved_blocks > 0 && fields->fats > 0 && fields->fats <= FATS_MAX &&
	       (signature == SIGNATURE_SERIAL || signature == SIGNATURE_FULL);
}

bool boot_sector_bpb(struct span sector, struct bpb *bpb)
{
	const struct fields fields = read_fields(sector);
	bool is_fat32 = fields.fat_blocks == 0 && fields.root_entries == 0;
	unsigned drive_at = is_fat32 ? DRIVE_AT_FAT32 : DRIVE_AT;

	if (sector.bytes < BOOT_SECTOR_BYTES || !has_jump(sector) || fields.block_bytes != BLOCK_BYTES || fields.media < MEDIA_MIN)
		return false;
	if (is_ntfs(sector, &fields))
		drive_at = DRIVE_AT;
	else if (!is_fat(sector, &fields, drive_at))
		return false;
	*bpb = (struct bpb){ .hidden_sectors_at = HIDDEN_SECTORS_AT, .drive_at = drive_at };
	return true;
}
