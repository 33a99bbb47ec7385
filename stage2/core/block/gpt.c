/* SPDX-License-Identifier: MIT */
/* GPT: UEFI specification 2.10, sections 5.3.2 (header) and 5.3.3 (entry array). */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/block/block.h"
#include "core/block/table.h"
#include "core/hash/crc32.h"

enum {
	GPT_PRIMARY_LBA = 1,
	HEADER_BYTES_MIN = 92,
	HEADER_CRC_OFFSET = 16,
	REVISION_MAJOR = 1,
	ENTRY_BYTES_MIN = 128,
	ENTRY_NAME_UNITS = 36,
	ARRAY_BYTES_MAX = 1024 * 1024, /* 64 times what every tool makes; a sanity bound of ours */
};

struct gpt_header {
	uint64_t alternate_lba, first_usable_lba, last_usable_lba, array_lba;
	uint32_t entries, entry_bytes, array_crc;
	uint8_t disk_guid[GUID_BYTES];
};

/* The CRC of the header is taken with its own field as zero. */
static uint32_t header_crc(struct span header)
{
	static const uint8_t zero[4] = { 0 };
	uint32_t crc = crc32_update(0, header.data, HEADER_CRC_OFFSET);

	crc = crc32_update(crc, zero, sizeof(zero));
	return crc32_update(crc, header.data + HEADER_CRC_OFFSET + 4, header.bytes - HEADER_CRC_OFFSET - 4);
}

static enum status check_header(struct span block, uint64_t lba, struct gpt_header *header, struct err *err)
{
	struct reader reader = reader_at(block, 0);
	bool has_signature = span_equal(reader_take(&reader, 8), "EFI PART", 8);
	uint32_t revision = reader_le32(&reader);
	uint32_t bytes = reader_le32(&reader);
	uint32_t crc = reader_le32(&reader);

	reader_skip(&reader, 4);

	uint64_t my_lba = reader_le64(&reader);

	header->alternate_lba = reader_le64(&reader);

	header->first_usable_lba = reader_le64(&reader);
	header->last_usable_lba = reader_le64(&reader);

	struct span guid = reader_take(&reader, GUID_BYTES);

	header->array_lba = reader_le64(&reader);
	header->entries = reader_le32(&reader);
	header->entry_bytes = reader_le32(&reader);
	header->array_crc = reader_le32(&reader);

	if (reader.failed || !has_signature)
		return err_set(err, ERR_CORRUPT, "there is no GPT header at LBA {a}", NULL, lba, 0);
	memcpy(header->disk_guid, guid.data, GUID_BYTES);
	if (revision >> 16 != REVISION_MAJOR)
		return err_set(err, ERR_CORRUPT, "the GPT header at LBA {a} has revision {b:x}", NULL, lba, revision);
	if (bytes < HEADER_BYTES_MIN || bytes > block.bytes)
		return err_set(err, ERR_CORRUPT, "the GPT header at LBA {a} says that it has {b} bytes", NULL, lba, bytes);
	if (header_crc(span_part(block, 0, bytes)) != crc)
		return err_set(err, ERR_CORRUPT, "the GPT header at LBA {a} has a bad checksum", NULL, lba, 0);
	if (my_lba != lba)
		return err_set(err, ERR_CORRUPT, "the GPT header at LBA {a} says that it is at LBA {b}", NULL, lba, my_lba);
	if (header->first_usable_lba > header->last_usable_lba)
		return err_set(err, ERR_CORRUPT, "the GPT header at LBA {a} wants to use the disk up to LBA {b}", NULL, lba,
			       header->last_usable_lba);
	return OK;
}

static enum status check_array_place(const struct block_device *disk, const struct gpt_header *header, uint64_t *array_bytes,
				     struct err *err)
{
	uint32_t entry_bytes = header->entry_bytes;

	if (entry_bytes < ENTRY_BYTES_MIN || entry_bytes > BLOCK_BYTES_MAX || !is_power_of_two(entry_bytes))
		return err_set(err, ERR_CORRUPT, "the GPT says that its entries have {a} bytes", NULL, entry_bytes, 0);
	if (!checked_multiply(header->entries, entry_bytes, array_bytes) || *array_bytes > ARRAY_BYTES_MAX)
		return err_set(err, ERR_TOO_BIG, "the GPT has {a} entries of {b} bytes", NULL, header->entries, entry_bytes);

	uint64_t blocks = (*array_bytes + disk->block_bytes - 1) / disk->block_bytes;

	if (header->array_lba == 0 || !table_range_fits(disk, header->array_lba, blocks))
		return err_set(err, ERR_CORRUPT, "the GPT's entry array, {b} blocks at LBA {a}, is not inside the disk", NULL,
			       header->array_lba, blocks);
	return OK;
}

static void decode_name(struct reader *reader, char name[ENTRY_NAME_UNITS + 1])
{
	bool ended = false;

	for (unsigned i = 0; i < ENTRY_NAME_UNITS; i++) {
		uint16_t unit = reader_le16(reader);

		ended |= unit == 0;
		name[i] = ended ? '\0' : unit >= 0x20 && unit < 0x7F ? (char)unit : '?';
	}
	name[ENTRY_NAME_UNITS] = '\0';
}

/*
 * Adds the entry to the table if it is in use. A partition that the firmware's disk is too short for is left out: the others may be all
 * that is needed. False if the entry cannot be right for any disk.
 */
static bool add_entry(const struct block_device *disk, struct span entry, unsigned number, struct partition_table *table)
{
	static const uint8_t unused[GUID_BYTES] = { 0 };
	struct reader reader = reader_at(entry, 0);
	struct span type = reader_take(&reader, GUID_BYTES);
	struct span unique = reader_take(&reader, GUID_BYTES);
	uint64_t first_lba = reader_le64(&reader);
	uint64_t last_lba = reader_le64(&reader);
	uint64_t attributes = reader_le64(&reader);

	if (reader.failed || span_equal(type, unused, GUID_BYTES))
		return true;
	if (first_lba == 0 || first_lba > last_lba)
		return false;
	if (last_lba >= disk->blocks) {
		table_note_outside(table, number);
		return true;
	}

	struct partition *partition = table_add(table);

	if (partition == NULL)
		return true;
	partition->number = number;
	partition->first_lba = first_lba;
	partition->blocks = last_lba - first_lba + 1;
	partition->attributes = attributes;
	memcpy(partition->type_guid, type.data, GUID_BYTES);
	memcpy(partition->unique_guid, unique.data, GUID_BYTES);
	decode_name(&reader, partition->name);
	return true;
}

/*
 * Reads the array in pieces of TABLE_SCRATCH_BYTES, a multiple of every legal entry size. The entries of a piece are taken before the
 * checksum of the whole is known; so a bad one is reported only after it.
 */
static enum status read_array(struct block_device *disk, uint8_t *scratch, const struct gpt_header *header, struct partition_table *table,
			      struct err *err)
{
	uint64_t array_bytes = 0;
	uint32_t crc = 0;
	unsigned number = 0, bad_number = 0;
	enum status status = check_array_place(disk, header, &array_bytes, err);

	if (status != OK)
		return status;
	for (uint64_t done = 0; done < array_bytes;) {
		size_t part = (size_t)min_u64(TABLE_SCRATCH_BYTES, array_bytes - done);
		uint32_t blocks = (uint32_t)(part + disk->block_bytes - 1) / disk->block_bytes;

		status = block_read(disk, header->array_lba + done / disk->block_bytes, blocks, scratch, err);
		if (status != OK)
			return err_add(err, "cannot read the GPT's entry array at LBA {a}", NULL, header->array_lba, 0);
		crc = crc32_update(crc, scratch, part);
		for (size_t offset = 0; offset < part; offset += header->entry_bytes) {
			number++;
			if (!add_entry(disk, span_of(scratch + offset, header->entry_bytes), number, table) && bad_number == 0)
				bad_number = number;
		}
		done += part;
	}
	if (crc != header->array_crc)
		return err_set(err, ERR_CORRUPT, "the GPT's entry array at LBA {a} has a bad checksum", NULL, header->array_lba, 0);
	if (bad_number != 0)
		return err_set(err, ERR_CORRUPT, "GPT partition {a} starts at LBA 0 or ends before it starts", NULL, bad_number, 0);
	return OK;
}

/* Header and array at `lba`. *good is set as soon as the header itself proves good: its array may be bad. */
static enum status read_copy(struct block_device *disk, uint8_t *scratch, uint64_t lba, struct gpt_header *good,
			     struct partition_table *table, struct err *err)
{
	struct gpt_header header = { 0 };
	enum status status = block_read(disk, lba, 1, scratch, err);

	table->count = table->outside = table->too_many = 0;
	if (status != OK)
		return err_add(err, "cannot read the GPT header at LBA {a}", NULL, lba, 0);
	status = check_header(span_of(scratch, disk->block_bytes), lba, &header, err);
	if (status != OK)
		return status;
	*good = header;
	memcpy(table->disk_guid, header.disk_guid, GUID_BYTES);
	table->entries_lba = header.array_lba;
	table->entry_bytes = header.entry_bytes;
	return read_array(disk, scratch, &header, table, err);
}

/* The size of the sectors that a GPT was made for, by where its header is: 0 if there is none for another size than the disk's. */
static uint32_t other_sector_bytes(struct block_device *disk, uint8_t *scratch)
{
	for (uint32_t bytes = BLOCK_BYTES_MIN; bytes <= BLOCK_BYTES_MAX; bytes *= 2) {
		struct err ignored;

		if (bytes == disk->block_bytes || block_read(disk, bytes / disk->block_bytes, 1, scratch, &ignored) != OK)
			continue;
		if (span_equal(span_part(span_of(scratch, disk->block_bytes), bytes % disk->block_bytes, 8), "EFI PART", 8))
			return bytes;
	}
	return 0;
}

enum status gpt_read(struct block_device *disk, uint8_t *scratch, struct partition_table *table, struct err *err)
{
	uint64_t last_lba = disk->blocks - 1;
	struct gpt_header primary = { .alternate_lba = last_lba }, ignored;
	struct err backup_err;
	uint32_t other_bytes;
	enum status status = read_copy(disk, scratch, GPT_PRIMARY_LBA, &primary, table, err);

	table->kind = TABLE_GPT;
	table->from_backup = status != OK;
	if (status == OK || read_copy(disk, scratch, last_lba, &ignored, table, &backup_err) == OK)
		return OK;
	/* On a disk that grew, the backup is where the primary header says, if at least that is good. */
	if (primary.alternate_lba != last_lba && read_copy(disk, scratch, primary.alternate_lba, &ignored, table, &backup_err) == OK)
		return OK;
	other_bytes = other_sector_bytes(disk, scratch);
	if (other_bytes != 0) {
		err_set(err, ERR_UNSUPPORTED, "the GPT of {s} was made for sectors of {a} bytes, and the disk's have {b}", disk->name,
			other_bytes, disk->block_bytes);
		return err_hint(err, "write an image that was made for this size of sectors, or attach the disk as before");
	}
	err_add(err, "the GPT of {s} is damaged, and so is its backup at LBA {a}", disk->name, primary.alternate_lba, 0);
	return err_hint(err, "gdisk can show and perhaps repair it");
}

/* One copy, for gpt_copies_read(). */
static struct gpt_header examine_copy(struct block_device *disk, uint8_t *scratch, struct partition_table *table, struct gpt_copy *copy)
{
	struct gpt_header header = { .alternate_lba = disk->blocks - 1 };

	if (copy->lba >= disk->blocks)
		(void)err_set(&copy->err, ERR_CORRUPT, "the disk ends before LBA {a}", NULL, copy->lba, 0);
	else
		(void)read_copy(disk, scratch, copy->lba, &header, table, &copy->err);
	copy->first_usable_lba = header.first_usable_lba;
	copy->last_usable_lba = header.last_usable_lba;
	return header;
}

enum status gpt_copies_read(struct block_device *disk, struct arena *arena, struct gpt_copies *copies, struct err *err)
{
	size_t mark = arena_mark(arena);
	struct partition_table table = { .partition = ARENA_NEW_ARRAY(arena, struct partition, PARTITIONS_MAX) };
	uint8_t *scratch = arena_allocate(arena, TABLE_SCRATCH_BYTES, 16);
	struct gpt_copies read = { .primary.lba = GPT_PRIMARY_LBA };

	if (table.partition == NULL || scratch == NULL) {
		arena_reset(arena, mark);
		return err_set(err, ERR_NO_MEMORY, "there is no memory for the GPT of {s}", disk->name, 0, 0);
	}

	struct gpt_header primary = examine_copy(disk, scratch, &table, &read.primary);

	read.backup.lba = primary.alternate_lba;

	struct gpt_header backup = examine_copy(disk, scratch, &table, &read.backup);

	read.differ = read.primary.err.code == OK && read.backup.err.code == OK &&
		      (primary.array_crc != backup.array_crc || memcmp(primary.disk_guid, backup.disk_guid, GUID_BYTES) != 0);
	arena_reset(arena, mark);
	*copies = read;
	return OK;
}

/* Both sizes are powers of two, so an entry is a part of one block, or some whole ones. */
enum status gpt_entry_read(struct block_device *disk, const struct partition_table *table, unsigned number,
			   uint8_t entry[GPT_ENTRY_BYTES_MAX], struct err *err)
{
	uint64_t offset = (uint64_t)(number - 1) * table->entry_bytes;
	uint32_t within = (uint32_t)(offset % disk->block_bytes),
		 blocks = (within + table->entry_bytes + disk->block_bytes - 1) / disk->block_bytes;
	enum status status = block_read(disk, table->entries_lba + offset / disk->block_bytes, blocks, entry, err);

	if (status != OK)
		return err_add(err, "cannot read the GPT entry of partition {a}", NULL, number, 0);
	memmove(entry, entry + within, table->entry_bytes);
	return OK;
}
