/* SPDX-License-Identifier: MIT */
/* The fields of a FAT boot sector (section "Boot Sector and BPB"), as they are. */
#include "core/fs/fat_bpb.h"

enum {
	BPB_OFFSET = 11,
	EXTENSION_OFFSET = 36, /* on FAT32, that of FAT12/16 comes later: */
	EXTENSION_OFFSET_32 = 64,
	EXTENSION_ID = 0x29,     /* serial number, label and type follow */
	EXTENSION_ID_OLD = 0x28, /* the serial number follows */
};

static void read_extension(struct span sector, struct fat_bpb *bpb)
{
	struct reader reader = reader_at(sector, bpb->is_32 ? EXTENSION_OFFSET_32 : EXTENSION_OFFSET);

	reader_skip(&reader, 2); /* drive number, reserved */

	uint8_t id = reader_u8(&reader);

	bpb->serial = reader_le32(&reader);
	bpb->has_serial = id == EXTENSION_ID || id == EXTENSION_ID_OLD;
	for (unsigned i = 0; i < FAT_LABEL_BYTES; i++)
		bpb->label[i] = reader_u8(&reader);
	bpb->has_label = id == EXTENSION_ID && !span_equal(span_of(bpb->label, FAT_LABEL_BYTES), "NO NAME    ", FAT_LABEL_BYTES);
}

struct fat_bpb fat_bpb_read(struct span sector)
{
	struct reader reader = reader_at(sector, BPB_OFFSET);
	struct fat_bpb bpb = { .sector_bytes = reader_le16(&reader) };

	bpb.cluster_sectors = reader_u8(&reader);
	bpb.reserved_sectors = reader_le16(&reader);
	bpb.copies = reader_u8(&reader);
	bpb.root_entries = reader_le16(&reader);
	bpb.total_sectors = reader_le16(&reader);
	bpb.media = reader_u8(&reader);
	bpb.table_sectors = reader_le16(&reader);
	reader_skip(&reader, 8); /* geometry, hidden sectors */

	uint32_t total_sectors_32 = reader_le32(&reader);

	if (bpb.total_sectors == 0)
		bpb.total_sectors = total_sectors_32;
	bpb.is_32 = bpb.table_sectors == 0;
	if (bpb.is_32) {
		bpb.table_sectors = reader_le32(&reader);
		bpb.flags = reader_le16(&reader);
		bpb.version = reader_le16(&reader);
		bpb.root_cluster = reader_le32(&reader);
	}
	read_extension(sector, &bpb);
	return bpb;
}
