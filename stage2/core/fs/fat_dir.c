/* SPDX-License-Identifier: MIT */
/* FAT directories: walking over the entries, finding a path, the volume's label. */
#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/block/block.h"
#include "core/fs/fat.h"

enum {
	ENTRIES_MAX = 65536, /* no directory may be longer (section "FAT Directory Structure") */
	NAME_LAST = 0x00,    /* first byte: no entries from here on */
	NAME_DELETED = 0xE5,
	NAME_IS_E5 = 0x05, /* stands for E5h, a letter in some code pages */
	ATTRIBUTES_OFFSET = 11,
	ATTRIBUTE_LABEL = 0x08,
	ATTRIBUTE_DIRECTORY = 0x10,
	ATTRIBUTES_LONG_NAME = 0x0F,
	ATTRIBUTES_LONG_NAME_MASK = 0x3F,
	CLUSTER_HIGH_OFFSET = 20,
	CLUSTER_LOW_OFFSET = 26,
	SIZE_OFFSET = 28,
};

void fat_dir_start(struct fat_dir *dir, struct fat_volume *volume, const struct fat_entry *entry, const char *path)
{
	*dir = (struct fat_dir){ .volume = volume, .path = path };
	fat_chain_start(&dir->chain, entry->cluster, path);
	dir->is_fixed = entry->is_root && volume->root_cluster == 0;
	if (dir->is_fixed) {
		dir->lba = volume->root_lba;
		dir->end_lba = volume->root_end_lba;
	}
}

/* Goes on to the next run of blocks. */
static enum status next_run(struct fat_dir *dir, bool *end, struct err *err)
{
	struct fat_volume *volume = dir->volume;
	struct fat_chain *chain = &dir->chain;
	uint32_t done = chain->index + chain->count;

	if (dir->is_fixed) {
		*end = true;
		return OK;
	}

	enum status status = fat_chain_advance(volume, chain, end, err);

	if (status != OK || *end)
		return status;
	dir->lba = fat_cluster_lba(volume, chain->start + (done - chain->index));
	dir->end_lba = fat_cluster_lba(volume, chain->start + chain->count - 1) + volume->cluster_blocks;
	return OK;
}

/* A copy of the next entry that is in use, long name or short. */
static enum status next_raw(struct fat_dir *dir, uint8_t raw[FAT_ENTRY_BYTES], bool *end, struct err *err)
{
	uint32_t block_bytes = dir->volume->fs.device->block_bytes;
	enum status status;

	*end = false;
	do {
		const uint8_t *block;

		if (dir->offset == block_bytes) {
			dir->offset = 0;
			dir->lba++;
		}
		if (dir->lba == dir->end_lba) {
			status = next_run(dir, end, err);
			if (status != OK || *end)
				return status;
		}
		if (dir->entries++ == ENTRIES_MAX)
			return err_set(err, ERR_CORRUPT, "the directory {s} has more than {a} entries", dir->path, ENTRIES_MAX, 0);
		status = fat_block(dir->volume, dir->lba, &block, err);
		if (status != OK)
			return err_add(err, "cannot read the directory {s}", dir->path, 0, 0);
		memcpy(raw, block + dir->offset, FAT_ENTRY_BYTES);
		dir->offset += FAT_ENTRY_BYTES;
		*end = raw[0] == NAME_LAST;
	} while (raw[0] == NAME_DELETED);
	return OK;
}

static bool is_long_name(const uint8_t *raw)
{
	return (raw[ATTRIBUTES_OFFSET] & ATTRIBUTES_LONG_NAME_MASK) == ATTRIBUTES_LONG_NAME;
}

static void decode(const struct fat_volume *volume, const struct fat_long_name *long_name, uint8_t *raw, struct fat_entry *entry)
{
	struct span span = span_of(raw, FAT_ENTRY_BYTES);
	uint16_t high = 0, low = 0;

	(void)span_le16(span, CLUSTER_LOW_OFFSET, &low);
	if (volume->root_cluster != 0) /* FAT12/16 keep other things there */
		(void)span_le16(span, CLUSTER_HIGH_OFFSET, &high);
	(void)span_le32(span, SIZE_OFFSET, &entry->bytes);
	entry->cluster = (uint32_t)high << 16 | low;
	entry->is_root = false;
	entry->is_directory = (raw[ATTRIBUTES_OFFSET] & ATTRIBUTE_DIRECTORY) != 0;

	bool has_long_name = fat_long_name_finish(long_name, span, entry->name);

	if (raw[0] == NAME_IS_E5)
		raw[0] = 0xE5;
	fat_short_name(span, false, entry->short_name);
	if (!has_long_name)
		fat_short_name(span, true, entry->name);
}

enum status fat_dir_next(struct fat_dir *dir, struct fat_entry *entry, bool *end, struct err *err)
{
	struct fat_long_name long_name;
	uint8_t raw[FAT_ENTRY_BYTES];

	long_name.valid = false;
	for (;;) {
		enum status status = next_raw(dir, raw, end, err);

		if (status != OK || *end)
			return status;
		if (is_long_name(raw)) {
			fat_long_name_add(&long_name, span_of(raw, sizeof(raw)));
			continue;
		}
		/* Of the short names only "." and ".." start with a dot, and none with a space. */
		if ((raw[ATTRIBUTES_OFFSET] & ATTRIBUTE_LABEL) == 0 && raw[0] != '.' && raw[0] != ' ') {
			decode(dir->volume, &long_name, raw, entry);
			return OK;
		}
		long_name.valid = false;
	}
}

static struct fat_entry root_entry(const struct fat_volume *volume)
{
	return (struct fat_entry){ .is_directory = true, .is_root = true, .cluster = volume->root_cluster };
}

enum status fat_dir_label(struct fat_volume *volume, char label[64], struct err *err)
{
	struct fat_entry root = root_entry(volume);
	struct fat_dir dir;
	uint8_t raw[FAT_ENTRY_BYTES];

	fat_dir_start(&dir, volume, &root, "/");
	for (;;) {
		bool end;
		enum status status = next_raw(&dir, raw, &end, err);

		if (status != OK || end)
			return status;
		if ((raw[ATTRIBUTES_OFFSET] & (ATTRIBUTE_LABEL | ATTRIBUTE_DIRECTORY)) == ATTRIBUTE_LABEL && !is_long_name(raw)) {
			fat_label(raw, label);
			return OK;
		}
	}
}

static bool name_matches(const char *name, const char *wanted, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		if (name[i] == '\0' || text_lower(name[i]) != text_lower(wanted[i]))
			return false;
	}
	return name[bytes] == '\0';
}

/* Looks one name up. */
static enum status find_in(struct fat_dir *dir, const char *name, unsigned bytes, bool *found, struct fat_entry *entry, struct err *err)
{
	for (;;) {
		bool end;
		enum status status = fat_dir_next(dir, entry, &end, err);

		*found = status == OK && !end;
		if (!*found)
			return status;
		if (name_matches(entry->name, name, bytes) || name_matches(entry->short_name, name, bytes))
			return OK;
	}
}

enum status fat_find(struct fat_volume *volume, const char *path, struct arena *arena, struct fat_entry *entry, struct err *err)
{
	const char *rest = path, *name;
	unsigned bytes;

	*entry = root_entry(volume);
	while (fs_path_next(&rest, &name, &bytes)) {
		struct fat_dir dir;
		bool found;
		enum status status;

		if (!entry->is_directory)
			return err_set(err, ERR_NOT_FOUND, "what comes before /{s} is not a directory", name, 0, 0);
		fat_dir_start(&dir, volume, entry, path);
		status = find_in(&dir, name, bytes, &found, entry, err);
		if (status != OK)
			return status;
		if (!found) {
			const char *next, *alone;
			unsigned next_bytes;

			if (!fs_path_next(&rest, &next, &next_bytes))
				return err_set(err, ERR_NOT_FOUND, "{s} is not there", path, 0, 0);
			alone = arena == NULL ? NULL : arena_copy_text(arena, name, bytes);
			return err_set(err, ERR_NOT_FOUND, "there is no {s}", alone == NULL ? name : alone, 0, 0);
		}
	}
	return OK;
}
