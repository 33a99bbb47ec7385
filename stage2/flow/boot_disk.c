/* SPDX-License-Identifier: MIT */
/* Finds and mounts the boot volumes of a disk. */
#include "core/base/arena.h"
#include "core/base/known.h"
#include "core/base/memory.h"
#include "core/base/print.h"
#include "core/block/device_file.h"
#include "flow/flow.h"

enum { NAME_BYTES = sizeof "partition 4294967295" };

static const char no_memory[] = "the loader's own memory is used up";

static bool is_xbootldr(const struct partition *partition)
{
	return memcmp(partition->type_guid, GUID_XBOOTLDR, GUID_BYTES) == 0;
}

static bool is_esp(const struct partition *partition)
{
	return memcmp(partition->type_guid, GUID_ESP, GUID_BYTES) == 0;
}

static bool is_bls_boot(const struct partition *partition)
{
	return partition->mbr_type == MBR_TYPE_BLS_BOOT;
}

static bool is_active(const struct partition *partition)
{
	return partition->active;
}

static bool is_any(const struct partition *partition)
{
	(void)partition;
	return true;
}

/* Where boot volumes are looked for, in this order. */
static const struct rule {
	enum table_kind table;
	bool (*matches)(const struct partition *partition);
	bool needs_loader; /* its type says nothing, so it must have /loader */
} rules[] = {
	{ TABLE_GPT, is_xbootldr, false }, { TABLE_GPT, is_esp, false }, { TABLE_MBR, is_bls_boot, false },
	{ TABLE_MBR, is_active, true },    { TABLE_MBR, is_any, true },
};

static enum status open_partition(struct block_device *disk, const struct partition *partition, struct arena *arena,
				  struct block_device **device, struct err *err)
{
	struct block_partition *window = ARENA_NEW(arena, struct block_partition);
	char *name = ARENA_NEW_ARRAY(arena, char, NAME_BYTES);
	struct text_buffer text;
	enum status status;

	if (!window || !name)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	text_buffer_init(&text, name, NAME_BYTES);
	print(&text.sink, "partition %u", partition->number);
	status = block_partition_init(window, disk, partition->first_lba, partition->blocks, name, err);
	if (status == OK)
		*device = &window->device;
	return status;
}

static bool stop_at_first(void *context, const struct fs_entry *entry)
{
	(void)context;
	(void)entry;
	return false;
}

/* What lies on a device that has no file system of ours; NULL: who knows. */
static const struct known *find_known(struct block_device *device, unsigned kinds, struct arena *arena)
{
	size_t mark = arena_mark(arena);
	struct device_file *file = ARENA_NEW(arena, struct device_file);
	const struct known *known = NULL;

	if (file != NULL) {
		device_file_init(file, device);
		known = known_find(&file->file, kinds);
	}
	arena_reset(arena, mark);
	return known;
}

static enum status mount_device(struct block_device *device, bool needs_loader, struct arena *arena, struct fs **fs, struct err *err)
{
	struct fs *mounted;
	enum status status = fs_mount(device, arena, &mounted, err);

	if (status == OK && needs_loader)
		status = fs_list(mounted, "/loader", stop_at_first, NULL, err);
	if (status == OK)
		*fs = mounted;
	return status;
}

/* The partition's type says that it is a boot volume: names what it is instead. */
static void explain_volume(struct block_device *device, struct arena *arena, struct err *err)
{
	const struct known *known = find_known(device, KNOWN_VOLUME | KNOWN_BLANK, arena);

	if (known == NULL)
		return;
	(void)err_because(err, "it is {s}", known->name, 0, 0);
	(void)err_hint(err, known->help);
}

static enum status mount_partition(struct block_device *disk, const struct partition *partition, bool needs_loader, struct arena *arena,
				   struct fs **fs, struct err *err)
{
	struct block_device *device = NULL;
	enum status status = open_partition(disk, partition, arena, &device, err);

	if (status == OK)
		status = mount_device(device, needs_loader, arena, fs, err);
	if (status == ERR_NOT_FOUND && !needs_loader)
		explain_volume(device, arena, err);
	if (status == OK)
		return OK;
	return device != NULL ? err_add(err, "boot {s}", device->name, 0, 0)
			      : err_add(err, "boot partition {a}", NULL, partition->number, 0);
}

/*
 * Mounts the first partition that the rule names. A partition that is not a boot volume leaves nothing in the arena. Of those that should
 * have been one, the first trail is kept; its strings stay in the arena.
 */
static enum status apply_rule(struct boot_disk *boot_disk, const struct rule *rule, struct arena *arena)
{
	for (unsigned i = 0; i < boot_disk->table.count; i++) {
		const struct partition *partition = &boot_disk->table.partition[i];
		size_t mark = arena_mark(arena);
		struct err err = { .code = OK };
		struct fs *fs;
		enum status status;

		if (!rule->matches(partition))
			continue;
		status = mount_partition(boot_disk->disk, partition, rule->needs_loader, arena, &fs, &err);
		if (status == OK) {
			boot_disk->volume[boot_disk->volume_count++] = (struct volume){ .partition = *partition, .fs = fs };
			return OK;
		}
		if (boot_disk->passed_over.code == OK && (status != ERR_NOT_FOUND || !rule->needs_loader))
			boot_disk->passed_over = err;
		else
			arena_reset(arena, mark);
	}
	return ERR_NOT_FOUND;
}

/* Names what is on a disk that has no boot volume: it may be an image of something else, or its partitions are of other kinds. */
static void explain_disk(const struct boot_disk *boot_disk, struct arena *arena, struct err *err)
{
	unsigned depth = err->depth;

	explain_volume(boot_disk->disk, arena, err);
	for (unsigned i = 0; i < boot_disk->table.count && err->depth == depth; i++) {
		const struct partition *partition = &boot_disk->table.partition[i];
		size_t mark = arena_mark(arena);
		struct block_device *device;
		const struct known *known = NULL;
		struct err ignored;

		if (open_partition(boot_disk->disk, partition, arena, &device, &ignored) == OK)
			known = find_known(device, KNOWN_VOLUME, arena);
		if (known != NULL) {
			(void)err_because(err, "partition {a} is {s}", known->name, partition->number, 0);
			(void)err_hint(err, known->help);
		}
		arena_reset(arena, mark);
	}
}

static enum status mount_volumes(struct boot_disk *boot_disk, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules && boot_disk->volume_count < VOLUMES_MAX; i++) {
		const struct rule *rule = &rules[i];

		if (rule->table != boot_disk->table.kind)
			continue;
		/* GPT: XBOOTLDR and ESP both count; MBR: the first rule that finds one wins. */
		if (apply_rule(boot_disk, rule, arena) == OK && rule->table == TABLE_MBR)
			break;
	}
	if (boot_disk->volume_count > 0)
		return OK;
	if (boot_disk->passed_over.code != OK || boot_disk->table.logical.code != OK) {
		*err = boot_disk->passed_over.code != OK ? boot_disk->passed_over : boot_disk->table.logical;
		return err->code;
	}
	if (boot_disk->table.outside != 0) {
		err_set(err, ERR_NOT_FOUND, "partition {a} does not lie on the disk, which has {b} blocks", NULL, boot_disk->table.outside,
			boot_disk->disk->blocks);
		err_add(err, "{s} has no boot partition", boot_disk->disk->name, 0, 0);
		return err_hint(err, "the disk was cut short, or the firmware does not see all of it");
	}
	err_set(err, ERR_NOT_FOUND, "{s} has no boot partition", boot_disk->disk->name, 0, 0);
	explain_disk(boot_disk, arena, err);
	return err_hint(err, boot_disk->table.kind == TABLE_GPT
				     ? "the disk needs an EFI system partition, or one of the type XBOOTLDR, with a folder /loader"
				     : "the disk needs a partition of the type EAh, or an active one, with a folder /loader");
}

/* Without a table the whole disk is the volume. */
static enum status mount_whole_disk(struct boot_disk *boot_disk, struct arena *arena, struct err *err)
{
	struct fs *fs;
	enum status status = mount_device(boot_disk->disk, false, arena, &fs, err);

	if (status == ERR_NOT_FOUND) {
		err_set(err, ERR_NOT_FOUND, "{s} has neither a partition table nor a file system that is known here", boot_disk->disk->name,
			0, 0);
		explain_disk(boot_disk, arena, err);
		return err_hint(err, "put a GPT or an MBR on the disk, or write a disk image made by mkboot create to it");
	}
	if (status != OK)
		return err_add(err, "{s}, without a partition table", boot_disk->disk->name, 0, 0);
	boot_disk->volume[0] = (struct volume){ .fs = fs };
	boot_disk->volume_count = 1;
	return OK;
}

enum status boot_disk_open(struct block_device *disk, struct arena *arena, struct boot_disk *boot_disk, struct err *err)
{
	struct block_retry *retry = ARENA_NEW(arena, struct block_retry);
	struct block_cache *cache = ARENA_NEW(arena, struct block_cache);
	struct boot_disk opened = { .passed_over = { .code = OK } };
	enum status status;

	if (!retry || !cache)
		return err_set(err, ERR_NO_MEMORY, no_memory, NULL, 0, 0);
	block_retry_init(retry, disk);
	status = block_cache_init(cache, &retry->device, arena, err);
	if (status != OK)
		return status;
	opened.disk = &cache->device;
	status = partition_table_read(opened.disk, arena, &opened.table, err);
	if (status == OK)
		status = mount_volumes(&opened, arena, err);
	else if (status == ERR_NOT_FOUND)
		status = mount_whole_disk(&opened, arena, err);
	if (status == OK)
		*boot_disk = opened;
	return status;
}
