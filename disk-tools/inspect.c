/* SPDX-License-Identifier: MIT */
/* `mkboot inspect`: follows the way that a boot takes, and goes on behind what is damaged. */
#include "disk-tools/inspect.h"

#include "disk-tools/commands.h"

#include <stdlib.h>
#include <string.h>

struct inspect_options {
	bool json;
	enum firmware firmware; /* 0: each that there is a sound way for */
};

static enum exit_code set_json(void *into, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct inspect_options *)into)->json = true;
	return EXIT_OK;
}

static enum exit_code set_firmware(void *into, const char *name, const char *value)
{
	return parse_firmware(name, value, &((struct inspect_options *)into)->firmware);
}

static const struct option inspect_option_table[] = {
	{ "firmware", "bios|uefi", "end with 3 unless this firmware boots it (default: any, if no part is damaged)", set_firmware },
	{ "json", NULL, "print JSON", set_json },
	{ NULL, NULL, NULL, NULL },
};

static const char *const copy_names[COPIES] = { "stage 2, copy A", "stage 2, copy B" };

static void inspect_copy(struct inspection *inspection, unsigned index)
{
	static uint8_t data[STAGE2_MAX_BYTES];
	struct block_device *device = &inspection->disk.device;
	struct stage2_copy *copy = &inspection->copy[index];
	uint64_t lba = inspection->copy_lba[index], left = lba < device->blocks ? device->blocks - lba : 0;
	uint32_t count = left < STAGE2_MAX_BYTES / LAYOUT_SECTOR_BYTES ? (uint32_t)left : STAGE2_MAX_BYTES / LAYOUT_SECTOR_BYTES;
	struct err err = { .code = OK };

	if (count == 0) {
		findings_add(&inspection->findings, false, copy_names[index], device->name, "its LBA %llu is not on the disk",
			     (unsigned long long)lba);
		return;
	}
	if (block_read(device, lba, count, data, &err) != OK) {
		copy->state = STAGE2_DAMAGED;
		copy->damage = "it cannot be read";
		findings_add_err(&inspection->findings, true, copy_names[index], device->name, &err);
		return;
	}
	*copy = stage2_copy_inspect(span_of(data, (size_t)count * LAYOUT_SECTOR_BYTES));
	if (copy->state != STAGE2_GOOD)
		findings_add(&inspection->findings, false, copy_names[index], device->name, "LBA %llu: %s", (unsigned long long)lba,
			     copy->state == STAGE2_ABSENT ? "there is none" : copy->damage);
}

/* The boot sector and what it points to. */
static void inspect_loader(struct inspection *inspection)
{
	struct block_device *device = &inspection->disk.device;
	uint8_t sector[MBR_BYTES];
	struct err err = { .code = OK };

	if (device->block_bytes != LAYOUT_SECTOR_BYTES) {
		findings_add(&inspection->findings, false, "boot sector", device->name,
			     "no BIOS boots from a disk with sectors of %u bytes", device->block_bytes);
		return;
	}
	if (block_read(device, 0, 1, sector, &err) != OK) {
		findings_add_err(&inspection->findings, true, "boot sector", device->name, &err);
		return;
	}
	inspection->stage1 = stage1_inspect(span_of(sector, sizeof sector), &inspection->copy_lba[0], &inspection->copy_lba[1]);
	if (inspection->stage1 == STAGE1_ABSENT) {
		findings_add(&inspection->findings, false, "boot sector", device->name, "it is not mkboot's");
		return;
	}
	if (inspection->stage1 == STAGE1_OTHER)
		findings_add(&inspection->findings, false, "boot sector", device->name, "it is damaged, or of another version of mkboot");
	for (unsigned i = 0; i < COPIES; i++)
		inspect_copy(inspection, i);
	if (inspection->copy[0].state != STAGE2_GOOD && inspection->copy[1].state != STAGE2_GOOD)
		findings_add(&inspection->findings, true, "stage 2", device->name, "no copy is sound");
}

/* The firmware looks on each FAT volume; ours are those with entries. */
static void inspect_efi(struct inspection *inspection)
{
	struct arena *arena = &inspection->model[0].arena;
	const char *where = inspection->disk.device.name;
	struct err err = { .code = OK }, damage = { .code = OK };

	for (unsigned i = 0; i < inspection->boot_disk.volume_count && inspection->efi.state == EFI_LOADER_ABSENT; i++) {
		inspection->efi_volume = i;
		if (efi_loader_find(inspection->boot_disk.volume[i].fs, arena, &inspection->efi, &damage, &err) != OK)
			findings_add_err(&inspection->findings, true, "UEFI loader", where, &err);
	}
	if (inspection->efi.state == EFI_LOADER_DAMAGED)
		findings_add_err(&inspection->findings, true, "UEFI loader", where, &damage);
	if (inspection->efi.state == EFI_LOADER_ABSENT)
		findings_add(&inspection->findings, false, "UEFI loader", where, "there is no /" EFI_LOADER_PATH);
	if (inspection->efi.state == EFI_LOADER_FOREIGN)
		findings_add(&inspection->findings, false, "UEFI loader", where, "/" EFI_LOADER_PATH " is not mkboot's");
	if (inspection->efi.state == EFI_LOADER_OTHER)
		findings_add(&inspection->findings, false, "UEFI loader", where, "/" EFI_LOADER_PATH " is of another version of mkboot");
}

static enum exit_code inspect_volumes(struct inspection *inspection)
{
	struct block_device *device = &inspection->disk.device;
	struct err err = { .code = OK };
	enum status status = partition_table_read(device, &inspection->model[0].arena, &inspection->table, &err);
	enum exit_code code;

	/* A volume without a table is possible: boot_disk_open() knows. */
	if (status != OK && status != ERR_NOT_FOUND)
		findings_add_err(&inspection->findings, true, "partition table", device->name, &err);
	if (status == OK && inspection->table.from_backup)
		findings_add(&inspection->findings, false, "partition table", device->name,
			     "the primary GPT is damaged; its backup is good");
	if (status == OK && inspection->table.logical.code != OK)
		findings_add_err(&inspection->findings, false, "partition table", device->name, &inspection->table.logical);
	if (boot_disk_open(device, &inspection->model[0].arena, &inspection->boot_disk, &err) != OK) {
		inspection->boot_disk.volume_count = 0;
		findings_add_err(&inspection->findings, true, "boot volume", device->name, &err);
		return EXIT_OK;
	}
	inspect_efi(inspection);
	if (inspection->boot_disk.passed_over.code != OK)
		findings_add_err(&inspection->findings, true, "boot volume", device->name, &inspection->boot_disk.passed_over);
	code = entries_read(&inspection->model[0], &inspection->boot_disk, NULL, &inspection->findings, &inspection->configuration);
	if (code == EXIT_OK)
		entries_try(inspection->model, &inspection->configuration, NULL, &inspection->findings, inspection->startable);
	return code;
}

static bool has_good_copy(const struct inspection *inspection)
{
	return inspection->copy[0].state == STAGE2_GOOD || inspection->copy[1].state == STAGE2_GOOD;
}

/* What is there of the loader is to be sound, and is to lead to a kernel. */
static bool is_sound(const struct inspection *inspection, enum firmware firmware)
{
	if (firmware != 0)
		return inspection->boots[firmware == FIRMWARE_UEFI];
	return (inspection->boots[0] || inspection->boots[1]) && (inspection->stage1 == STAGE1_ABSENT || has_good_copy(inspection)) &&
	       inspection->efi.state != EFI_LOADER_DAMAGED;
}

/* Machines with enough memory for whatever the disk holds. */
static enum exit_code inspect(struct inspection *inspection, const char *path)
{
	uint64_t disk_bytes;
	enum exit_code code = host_disk_open(&inspection->disk, path);

	if (code != EXIT_OK)
		return code;
	disk_bytes = inspection->disk.device.blocks * inspection->disk.device.block_bytes;
	code = models_init(inspection->model, (4ull << 30) + (disk_bytes < 64ull << 30 ? disk_bytes : 64ull << 30));
	if (code == EXIT_OK) {
		inspect_loader(inspection);
		code = inspect_volumes(inspection);
	}
	inspection->boots[0] = inspection->stage1 != STAGE1_ABSENT && has_good_copy(inspection) && inspection->startable[0] > 0;
	inspection->boots[1] =
		(inspection->efi.state == EFI_LOADER_OURS || inspection->efi.state == EFI_LOADER_OTHER) && inspection->startable[1] > 0;
	return code;
}

static enum exit_code inspect_run(int count, char **words)
{
	static struct inspection inspection;
	struct inspect_options options = { 0 };
	struct operands operands;
	enum exit_code code = options_parse(&command_inspect, count, words, &options, &operands);

	if (code != EXIT_OK)
		return code;
	if (operands.count != 1)
		return fail(EXIT_USAGE, "no image", NULL, "mkboot inspect %s", command_inspect.usage);
	code = inspect(&inspection, operands.operand[0]);
	if (code == EXIT_OK)
		code = options.json ? inspection_print_json(&inspection) : inspection_print(&inspection);
	if (code == EXIT_OK && !is_sound(&inspection, options.firmware))
		code = fail(EXIT_NOT_SOUND, "this would not boot", operands.operand[0], "see the problems above");
	findings_free(&inspection.findings);
	models_free(inspection.model);
	if (inspection.disk.device.ops != NULL)
		host_disk_close(&inspection.disk);
	return code;
}

const struct command command_inspect = {
	.name = "inspect",
	.usage = "[OPTIONS] IMAGE",
	.help = "print what is on a disk or image, and what is wrong with it",
	.options = inspect_option_table,
	.run = inspect_run,
};
