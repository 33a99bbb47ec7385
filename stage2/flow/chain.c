/* SPDX-License-Identifier: MIT */
/* From the target of a `chain` entry to its boot sector, by the loader's own reading of partition tables. */
#include "flow/chain.h"

#include "core/base/arena.h"
#include "kernel-handoff/image/boot_sector.h"

enum { FIRST_LOGICAL = 5 };

static const char no_memory[] = "the loader's own memory is used up";

/* A disk with its table; `table.kind` is TABLE_NONE until somebody asks for a partition. */
struct source {
	struct block_device *disk;
	struct partition_table table;
	uint8_t bios_drive;
};

static enum status open_boot_disk(const struct platform *platform, const struct menu_entry *menu_entry, struct source *source,
				  struct err *err)
{
	if (menu_entry->boot_disk->disk == NULL)
		return err_set(err, ERR_UNSUPPORTED, "there is no disk yet", NULL, 0, 0);
	source->disk = menu_entry->boot_disk->disk;
	source->table = menu_entry->boot_disk->table;
	source->bios_drive = (uint8_t)platform->machine.bios_drive;
	return OK;
}

static enum status open_other_disk(struct platform *platform, const struct chain_target *named, struct source *source, struct err *err)
{
	struct block_retry *retry = ARENA_NEW(platform->arena, struct block_retry);
	struct block_device *disk;

	if (retry == NULL)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	if (platform->ops->disk == NULL) {
		(void)err_set(err, ERR_UNSUPPORTED, "what is on disk {a} of the machine is not known here", NULL, named->disk, 0);
		return err_hint(err, "the loader looks at the disk when the entry is started");
	}
	if (platform->ops->disk(platform, named->disk, &disk, &source->bios_drive, err) != OK)
		return err->code;
	block_retry_init(retry, disk);
	source->disk = &retry->device;
	if (named->partition == 0)
		return OK;
	if (partition_table_read(source->disk, platform->arena, &source->table, err) == OK)
		return OK;
	return err->code == ERR_NOT_FOUND ? err_hint(err, "name the disk without a partition, or another disk") : err->code;
}

/* The whole GPT entry goes along: the sector's code may want to know more of its partition than an MBR says. */
static enum status keep_gpt_entry(const struct source *source, unsigned number, struct arena *arena, struct boot_target *target,
				  struct err *err)
{
	uint8_t *entry = ARENA_NEW_ARRAY(arena, uint8_t, GPT_ENTRY_BYTES_MAX);

	if (entry == NULL)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	if (gpt_entry_read(source->disk, &source->table, number, entry, err) != OK)
		return err->code;
	target->gpt_entry = span_of(entry, source->table.entry_bytes);
	return OK;
}

static enum status find_partition(const struct source *source, unsigned number, struct arena *arena, struct boot_target *target,
				  struct err *err)
{
	const struct partition_table *table = &source->table;
	const struct partition *found = NULL;

	for (unsigned i = 0; i < table->count && found == NULL; i++) {
		if (table->partition[i].number == number)
			found = &table->partition[i];
	}
	if (found == NULL && table->outside == number) {
		(void)err_set(err, ERR_NOT_FOUND, "partition {a} does not lie on {s}", source->disk->name, number, 0);
		return err_hint(err, "the disk was cut short, or the firmware does not see all of it");
	}
	if (found == NULL && number >= FIRST_LOGICAL && table->logical.code != OK) {
		*err = table->logical;
		(void)err_add(err, "partition {a} was not found", NULL, number, 0);
		return err_hint(err, "sfdisk can show the logical partitions and write the table again");
	}
	if (found == NULL) {
		(void)err_set(err, ERR_NOT_FOUND, "{s} has no partition {a}", source->disk->name, number, 0);
		return err_hint(err, "partitions count from 1; logical ones of an MBR from 5");
	}
	target->partition = number;
	target->first_lba = found->first_lba;
	target->block_count = found->blocks;
	target->type = found->mbr_type;
	return table->kind == TABLE_GPT ? keep_gpt_entry(source, number, arena, target, err) : OK;
}

static enum status read_sector(const struct source *source, const char *name, struct arena *arena, uint64_t lba, struct file **sector,
			       struct err *err)
{
	struct memory_file *file = ARENA_NEW(arena, struct memory_file);
	uint8_t *bytes = ARENA_NEW_ARRAY(arena, uint8_t, BOOT_SECTOR_BYTES);

	if (file == NULL || bytes == NULL)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	if (block_read(source->disk, lba, 1, bytes, err) != OK)
		return err->code;
	memory_file_init(file, name, bytes, BOOT_SECTOR_BYTES);
	*sector = &file->file;
	return OK;
}

enum status chain_open(struct platform *platform, const struct menu_entry *menu_entry, struct file **sector, struct boot_target *target,
		       struct err *err)
{
	const struct chain_target *named = &menu_entry->entry.chain;
	struct source source = { .table = { .kind = TABLE_NONE } };
	struct boot_target found = { .partition = 0 };
	enum status status;

	if (named->names_disk)
		status = open_other_disk(platform, named, &source, err);
	else
		status = open_boot_disk(platform, menu_entry, &source, err);
	if (status != OK)
		return status;
	if (source.disk->block_bytes != BOOT_SECTOR_BYTES)
		return err_set(err, ERR_UNSUPPORTED, "{s} has sectors of {a} bytes, and a boot sector has 512", source.disk->name,
			       source.disk->block_bytes, 0);
	found.bios_drive = source.bios_drive;
	found.block_count = source.disk->blocks;
	if (named->partition > 0)
		status = find_partition(&source, named->partition, platform->arena, &found, err);
	if (status == OK)
		status = read_sector(&source, menu_entry->entry.kernel, platform->arena, found.first_lba, sector, err);
	if (status == OK)
		*target = found;
	return status;
}
