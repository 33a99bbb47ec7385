/* SPDX-License-Identifier: MIT */
/* MBR partition tables and the chain of extended boot records (EBR) with the logical partitions. */
#include "core/base/checked.h"
#include "core/block/block.h"
#include "core/block/table.h"

enum {
	DISK_SIGNATURE_OFFSET = 440,
	STATUS_ACTIVE = 0x80, /* the only other legal status is 0 */
	FIRST_LOGICAL = 5,
	EBRS_MAX = PARTITIONS_MAX, /* each has a partition, or is of no use */
};

struct mbr_entry mbr_entry_get(struct span sector, unsigned index)
{
	struct reader reader = reader_at(sector, MBR_TABLE_OFFSET + index * MBR_ENTRY_BYTES);
	struct mbr_entry entry = { .status = reader_u8(&reader) };

	reader_skip(&reader, 3); /* CHS of the first block: the LBA says it better */
	entry.type = reader_u8(&reader);
	reader_skip(&reader, 3); /* CHS of the last block */
	entry.first_lba = reader_le32(&reader);
	entry.blocks = reader_le32(&reader);
	return entry;
}

static bool is_used(struct mbr_entry entry)
{
	return entry.type != 0 && entry.blocks != 0;
}

static bool is_extended(struct mbr_entry entry)
{
	return entry.type == 0x05 || entry.type == 0x0F || entry.type == 0x85;
}

/*
 * True if the sector starts like a FAT or NTFS boot sector: a jump over a BPB with sane first fields. Such a sector has code or messages
 * where a table would be, so what is found there counts as a table only if it makes sense.
 */
static bool looks_like_bpb(struct span sector)
{
	struct reader reader = reader_at(sector, 0);
	uint8_t jump = reader_u8(&reader);

	reader_skip(&reader, 10);

	uint16_t sector_bytes = reader_le16(&reader);
	uint8_t cluster_sectors = reader_u8(&reader);

	return (jump == 0xEB || jump == 0xE9) && sector_bytes >= BLOCK_BYTES_MIN && sector_bytes <= BLOCK_BYTES_MAX &&
	       is_power_of_two(sector_bytes) && is_power_of_two(cluster_sectors);
}

/* ERR_NOT_FOUND if the four entries are no table at all; ERR_CORRUPT if they are one that cannot be right for this disk. */
static enum status check_table(struct block_device *disk, struct span mbr, struct err *err)
{
	bool any_used = false, any_fits = false;

	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry entry = mbr_entry_get(mbr, i);

		if ((entry.status & ~STATUS_ACTIVE) != 0)
			return err_set(err, ERR_NOT_FOUND, "{s} has no partition table", disk->name, 0, 0);
		any_used |= is_used(entry);
	}
	if (!any_used)
		return err_set(err, ERR_NOT_FOUND, "the partition table of {s} is empty", disk->name, 0, 0);

	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry entry = mbr_entry_get(mbr, i);
		bool fits = table_range_fits(disk, entry.first_lba, entry.blocks);

		any_fits |= is_used(entry) && fits;
		if (!is_used(entry) || (fits && entry.first_lba != 0))
			continue;
		/* mformat and mkfs.fat can write a table for show, whose partition is the volume itself, this sector included. */
		if (looks_like_bpb(mbr))
			return err_set(err, ERR_NOT_FOUND, "{s} has no partition table", disk->name, 0, 0);
		if (!fits)
			(void)err_set(err, ERR_CORRUPT, "MBR partition {a} ends at LBA {b}", NULL, i + 1,
				      (uint64_t)entry.first_lba + entry.blocks);
	}
	if (any_fits)
		return OK;
	err_add(err, "the partition table of {s} does not fit the disk, which has {a} blocks of {b} bytes", disk->name, disk->blocks,
		disk->block_bytes);
	return err_hint(err, "the disk was cut short, or partitioned with another block size");
}

/* False once the table is full. */
static bool add_partition(struct partition_table *table, unsigned number, uint64_t first_lba, struct mbr_entry entry)
{
	struct partition *partition = table_add(table);

	if (partition == NULL)
		return false;
	partition->number = number;
	partition->first_lba = first_lba;
	partition->blocks = entry.blocks;
	partition->mbr_type = entry.type;
	partition->active = entry.status == STATUS_ACTIVE;
	return true;
}

/* The way through the extended partitions of one disk. */
struct ebr_walk {
	struct block_device *disk;
	uint8_t *scratch;
	struct partition_table *table;
	unsigned next_number;
	unsigned count;
	uint64_t visited_lba[EBRS_MAX];
};

/* ERR_CORRUPT if the walk came by here before. False in *go_on once EBRS_MAX were read. */
static enum status visit(struct ebr_walk *walk, uint64_t lba, bool *go_on, struct err *err)
{
	for (unsigned i = 0; i < walk->count; i++) {
		if (walk->visited_lba[i] == lba)
			return err_set(err, ERR_CORRUPT, "the chain of logical partitions of {s} comes back to LBA {a}", walk->disk->name,
				       lba, 0);
	}
	*go_on = walk->count < EBRS_MAX;
	if (*go_on)
		walk->visited_lba[walk->count++] = lba;
	return OK;
}

/*
 * Reads the EBR at `lba`: its partitions go to the table, and *next_lba is where its link points; 0 if it has none. Partitions count from
 * the EBR itself, links from the start of the extended partition.
 */
static enum status read_ebr(struct ebr_walk *walk, uint64_t base_lba, uint64_t lba, uint64_t *next_lba, struct err *err)
{
	struct block_device *disk = walk->disk;
	struct span sector = span_of(walk->scratch, MBR_BYTES);
	uint16_t signature = 0;
	enum status status = block_read(disk, lba, 1, walk->scratch, err);

	if (status != OK)
		return err_add(err, "cannot read the chain of logical partitions of {s} at LBA {a}", disk->name, lba, 0);
	if (!span_le16(sector, MBR_SIGNATURE_OFFSET, &signature) || signature != MBR_SIGNATURE)
		return err_set(err, ERR_CORRUPT, "the chain of logical partitions of {s} breaks at LBA {a}: no 55h AAh there", disk->name,
			       lba, 0);

	*next_lba = 0;
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry entry = mbr_entry_get(sector, i);

		if (!is_used(entry))
			continue;
		if (is_extended(entry)) {
			if (*next_lba == 0)
				*next_lba = base_lba + entry.first_lba;
			continue;
		}
		if (!table_range_fits(disk, lba + entry.first_lba, entry.blocks))
			table_note_outside(walk->table, walk->next_number++);
		else if (add_partition(walk->table, walk->next_number, lba + entry.first_lba, entry))
			walk->next_number++;
	}
	return OK;
}

static enum status walk_extended(struct ebr_walk *walk, uint64_t base_lba, struct err *err)
{
	uint64_t lba = base_lba;

	do {
		bool go_on = false;
		enum status status = visit(walk, lba, &go_on, err);

		if (status != OK)
			return status;
		if (!go_on) {
			walk->table->too_many++;
			return OK;
		}
		status = read_ebr(walk, base_lba, lba, &lba, err);
		if (status != OK)
			return status;
	} while (lba != 0);
	return OK;
}

enum status mbr_read(struct block_device *disk, uint8_t *scratch, struct partition_table *table, struct err *err)
{
	struct span mbr = span_of(scratch, MBR_BYTES);
	enum status status = check_table(disk, mbr, err);

	if (status != OK)
		return status;
	table->kind = TABLE_MBR;
	(void)span_le32(mbr, DISK_SIGNATURE_OFFSET, &table->disk_signature);
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry entry = mbr_entry_get(mbr, i);

		if (is_used(entry) && !table_range_fits(disk, entry.first_lba, entry.blocks))
			table_note_outside(table, i + 1);
		else if (is_used(entry))
			(void)add_partition(table, i + 1, entry.first_lba, entry);
	}

	/* From here on `scratch` is reused: the entries of the MBR are in the table now. */
	struct ebr_walk walk = { .disk = disk, .scratch = scratch, .table = table, .next_number = FIRST_LOGICAL };
	unsigned primaries = table->count;
	struct err chain;

	for (unsigned i = 0; i < primaries && table->logical.code == OK; i++) {
		if (is_extended((struct mbr_entry){ .type = table->partition[i].mbr_type }) &&
		    walk_extended(&walk, table->partition[i].first_lba, &chain) != OK)
			table->logical = chain;
	}
	return OK;
}
