/* SPDX-License-Identifier: MIT */
/* The rules of EDK2 as facts; nothing here is written as it is there. */
#include "disk-tools/uefi_rules.h"

#include "bios-stage1/layout.h"
#include "core/base/checked.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool refused(char why[WHY_BYTES], const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refused(char why[WHY_BYTES], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, WHY_BYTES, format, arguments);
	va_end(arguments);
	return true;
}

enum {
	FAT_SECTOR_BYTES_MIN = 512,
	FAT_SECTOR_BYTES_MAX = 4096,
	FAT_FLAG_ONE_COPY = 0x80,
	FAT_ENTRY_SIZE = 32, /* of the root directory */
};

static bool refuses_fat_fields(const struct fat_bpb *bpb, char why[WHY_BYTES])
{
	if (bpb->reserved_sectors == 0 || bpb->copies == 0 || bpb->total_sectors == 0)
		return refused(why, "its boot sector gives %u reserved sectors, %u FATs and %u sectors in all", bpb->reserved_sectors,
			       bpb->copies, bpb->total_sectors);
	if (!is_power_of_two(bpb->sector_bytes) || bpb->sector_bytes < FAT_SECTOR_BYTES_MIN || bpb->sector_bytes > FAT_SECTOR_BYTES_MAX)
		return refused(why, "its boot sector gives a sector %u bytes", bpb->sector_bytes);
	if (!is_power_of_two(bpb->cluster_sectors))
		return refused(why, "its boot sector gives a cluster %u sectors", bpb->cluster_sectors);
	if (bpb->media > 1 && bpb->media < 0xF8 && bpb->media != 0xF0)
		return refused(why, "its boot sector has the media byte %02xh", bpb->media);
	if (!bpb->is_32 && bpb->root_entries == 0)
		return refused(why, "its boot sector gives the root directory no room");
	if (bpb->is_32 && bpb->table_sectors == 0)
		return refused(why, "its boot sector gives the FAT no room");
	if (bpb->is_32 && bpb->version != 0)
		return refused(why, "its version of FAT32 is %xh", bpb->version);
	if (bpb->is_32 && (bpb->flags & FAT_FLAG_ONE_COPY) != 0)
		return refused(why, "it is FAT32 that keeps only one FAT up to date (mirroring is off)");
	return false;
}

bool uefi_refuses_fat(const struct fat_bpb *bpb, char why[WHY_BYTES])
{
	uint64_t root_bytes, used, clusters;

	if (refuses_fat_fields(bpb, why))
		return true;
	root_bytes = bpb->is_32 ? 0 : (uint64_t)bpb->root_entries * FAT_ENTRY_SIZE;
	used = bpb->reserved_sectors + (uint64_t)bpb->copies * bpb->table_sectors +
	       (root_bytes + bpb->sector_bytes - 1) / bpb->sector_bytes;
	/* Where the parts do not fit, the firmware's count wraps to a huge one. */
	clusters = (bpb->total_sectors - used) / bpb->cluster_sectors;
	if (bpb->is_32 && clusters < FAT16_CLUSTERS_END)
		return refused(why, "it is FAT32 with %llu clusters, and FAT32 begins at %u", (unsigned long long)clusters,
			       FAT16_CLUSTERS_END);
	if (!bpb->is_32 && clusters >= FAT16_CLUSTERS_END)
		return refused(why, "it is laid out as FAT16 and has too many clusters for that");
	return false;
}

static bool is_used(struct mbr_entry entry)
{
	return entry.type != 0 && entry.blocks != 0;
}

/* Wrapped as the firmware does it. */
static uint32_t last_lba(struct mbr_entry entry)
{
	return entry.first_lba + entry.blocks - 1;
}

bool uefi_refuses_mbr(struct span sector, uint64_t disk_blocks, char why[WHY_BYTES])
{
	bool any = false;

	if (get_le16(sector.data + MBR_SIGNATURE_OFFSET) != MBR_SIGNATURE)
		return refused(why, "the first sector does not end with 55h AAh");
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry entry = mbr_entry_get(sector, i);

		if (!is_used(entry))
			continue;
		any = true;
		if (last_lba(entry) >= disk_blocks)
			return refused(why,
				       "MBR partition %u ends at LBA %u, and the disk has %llu blocks: UEFI takes none of its partitions",
				       i + 1, last_lba(entry), (unsigned long long)disk_blocks);
		for (unsigned k = i + 1; k < MBR_ENTRIES; k++) {
			struct mbr_entry other = mbr_entry_get(sector, k);

			if (is_used(other) && last_lba(other) >= entry.first_lba && other.first_lba <= last_lba(entry))
				return refused(why, "MBR partitions %u and %u overlap: UEFI takes none of its partitions", i + 1, k + 1);
		}
	}
	return any ? false : refused(why, "the MBR has no partition");
}

bool uefi_refuses_gpt(const struct gpt_copies *copies, uint64_t disk_blocks, char why[WHY_BYTES])
{
	if (copies->primary.err.code == OK)
		return false;
	/* Without the primary it looks in the last block alone. */
	if (copies->backup.err.code == OK && copies->backup.lba == disk_blocks - 1)
		return false;
	return refused(why, "the primary GPT is damaged, and in the last block of the disk there is no good backup");
}

/* Bits of a GPT partition's attributes (UEFI specification 2.10, section 5.3.3). */
enum { ATTRIBUTE_NO_BLOCK_IO = 2 };

bool uefi_refuses_gpt_partition(const struct partition_table *table, unsigned index, const struct gpt_copies *copies, char why[WHY_BYTES])
{
	const struct partition *partition = &table->partition[index];
	const struct gpt_copy *copy = table->from_backup ? &copies->backup : &copies->primary;
	uint64_t last_lba = partition->first_lba + partition->blocks - 1;

	if (partition->first_lba < copy->first_usable_lba || last_lba > copy->last_usable_lba)
		return refused(why, "it lies outside of what the GPT calls usable, LBA %llu to %llu",
			       (unsigned long long)copy->first_usable_lba, (unsigned long long)copy->last_usable_lba);
	if ((partition->attributes & ATTRIBUTE_NO_BLOCK_IO) != 0)
		return refused(why, "its attribute 1 tells the firmware to ignore it");
	for (unsigned i = 0; i < table->count; i++) {
		const struct partition *other = &table->partition[i];

		if (i != index && other->first_lba <= last_lba && partition->first_lba <= other->first_lba + other->blocks - 1)
			return refused(why, "it overlaps with partition %u", other->number);
	}
	return false;
}

enum { PE_OPTIONAL_BYTES = 112 /* without the data directories */, PE_DIRECTORY_BYTES = 8, PE_DIRECTORIES_MAX = 16, PE_SECTION_BYTES = 40 };

bool uefi_refuses_pe(const struct pe *pe, char why[WHY_BYTES])
{
	if (pe->directories > PE_DIRECTORIES_MAX || pe->optional_bytes != PE_OPTIONAL_BYTES + pe->directories * PE_DIRECTORY_BYTES)
		return refused(why, "its optional header has %u bytes and %u directories, which do not match", pe->optional_bytes,
			       pe->directories);
	if (pe->sections_offset + (uint64_t)pe->section_count * PE_SECTION_BYTES > pe->header_bytes)
		return refused(why, "its section table does not end within its headers");
	return false;
}
