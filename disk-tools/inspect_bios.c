/* SPDX-License-Identifier: MIT */
/* What a BIOS starts from a disk of others: SeaBIOS reads the first sector, wants 55h AAh at its end, and jumps. */
#include "disk-tools/inspect.h"

#include "disk-tools/known_loaders.h"

#include <string.h>

/* Bits of a GPT partition's attributes (UEFI specification 2.10, section 5.3.3). */
enum { ATTRIBUTE_LEGACY_BOOT = 4 };

static bool has_signature(const uint8_t sector[MBR_BYTES])
{
	return get_le16(sector + MBR_SIGNATURE_OFFSET) == MBR_SIGNATURE;
}

/* The partition that the code in the first sector goes on with; NULL if there is none. */
static const struct partition *next_partition(const struct partition_table *table, enum boot_sector_chain chain)
{
	for (unsigned i = 0; i < table->count; i++) {
		const struct partition *partition = &table->partition[i];

		if (chain == CHAIN_ACTIVE ? partition->active : (partition->attributes & ATTRIBUTE_LEGACY_BOOT) != 0)
			return partition;
	}
	return NULL;
}

static struct verdict judge_next(struct inspection *inspection, const struct boot_sector *first)
{
	const struct partition *partition = next_partition(&inspection->table, first->chain);
	uint8_t sector[MBR_BYTES];
	struct boot_sector next;
	struct err err;

	if (partition == NULL)
		return verdict_no("the boot sector of %s looks for %s, and there is none", first->name,
				  first->chain == CHAIN_ACTIVE ? "an active partition"
							       : "a partition with the attribute \"legacy BIOS bootable\"");
	if (block_read(&inspection->disk.device, partition->first_lba, 1, sector, &err) != OK)
		return verdict_unknown("partition %u, where the boot sector of %s goes on, cannot be read", partition->number, first->name);
	next = boot_sector_identify(span_of(sector, sizeof sector));
	if (!has_signature(sector) || next.name == NULL)
		return verdict_no("partition %u, where the boot sector of %s goes on, has no boot sector", partition->number, first->name);
	return verdict_by(next.name);
}

struct verdict judge_boot_sector(struct inspection *inspection)
{
	struct boot_sector sector;

	if (inspection->disk.device.block_bytes != LAYOUT_SECTOR_BYTES)
		return verdict_no("no BIOS boots from a disk with sectors of %u bytes", inspection->disk.device.block_bytes);
	if (!inspection->has_first_sector)
		return verdict_unknown("the first sector cannot be read");
	if (!has_signature(inspection->first_sector))
		return verdict_no("the first sector does not end with 55h AAh");
	sector = boot_sector_identify(span_of(inspection->first_sector, MBR_BYTES));
	if (sector.name == NULL)
		return verdict_no("the first sector is no boot sector: %s", sector.why);
	return sector.chain == CHAIN_NONE ? verdict_by(sector.name) : judge_next(inspection, &sector);
}
