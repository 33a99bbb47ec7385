/* SPDX-License-Identifier: MIT */
/* `mkboot inspect`: follows the way that a boot takes, and goes on behind what is damaged. */
#include "disk-tools/inspect.h"

#include "disk-tools/commands.h"

#include <stdlib.h>
#include <string.h>

struct inspect_options {
	bool json;
	uint64_t sector_bytes;  /* 0: what the image looks like */
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

static enum exit_code set_sector_bytes(void *into, const char *name, const char *value)
{
	uint64_t *bytes = &((struct inspect_options *)into)->sector_bytes;
	enum exit_code code = parse_number(name, value, 0, BLOCK_BYTES_MAX, bytes);

	if (code == EXIT_OK && *bytes != BLOCK_BYTES_MIN && *bytes != BLOCK_BYTES_MAX)
		code = fail(EXIT_USAGE, "bad value", name, "it is %u or %u", BLOCK_BYTES_MIN, BLOCK_BYTES_MAX);
	return code;
}

static const struct option inspect_option_table[] = {
	{ "firmware", "bios|uefi", "end with 3 unless this firmware boots it (default: any, if no part is damaged)", set_firmware },
	{ "sector-size", "512|4096", "of the disk that the image is for (default: by the place of its GPT)", set_sector_bytes },
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

	if (device->block_bytes != LAYOUT_SECTOR_BYTES) {
		findings_add(&inspection->findings, false, "boot sector", device->name,
			     "no BIOS boots from a disk with sectors of %u bytes", device->block_bytes);
		return;
	}
	inspection->stage1 =
		stage1_inspect(span_of(inspection->first_sector, MBR_BYTES), &inspection->copy_lba[0], &inspection->copy_lba[1]);
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

static void read_first_sector(struct inspection *inspection)
{
	struct block_device *device = &inspection->disk.device;
	uint8_t block[BLOCK_BYTES_MAX];
	struct err err = { .code = OK };

	if (block_read(device, 0, 1, block, &err) != OK) {
		findings_add_err(&inspection->findings, true, "boot sector", device->name, &err);
		return;
	}
	memcpy(inspection->first_sector, block, sizeof inspection->first_sector);
	inspection->has_first_sector = true;
}

/* False if there is one that cannot be read. A volume without a table is possible: boot_disk_open() knows. */
static bool read_table(struct inspection *inspection)
{
	struct block_device *device = &inspection->disk.device;
	struct arena *arena = &inspection->model[0].arena;
	struct err err = { .code = OK };
	enum status status = partition_table_read(device, arena, &inspection->table, &err);

	if (status == OK && inspection->table.kind == TABLE_GPT)
		status = gpt_copies_read(device, arena, &inspection->gpt, &err);
	if (status == OK)
		inspect_table(inspection);
	else if (status != ERR_NOT_FOUND)
		findings_add_err(&inspection->findings, true, "partition table", device->name, &err);
	return status == OK || status == ERR_NOT_FOUND;
}

static enum exit_code inspect_volumes(struct inspection *inspection)
{
	struct block_device *device = &inspection->disk.device;
	struct err err = { .code = OK };
	enum exit_code code;

	if (boot_disk_open(device, &inspection->model[0].arena, &inspection->boot_disk, &err) != OK) {
		inspection->boot_disk.volume_count = 0;
		findings_add_err(&inspection->findings, true, "boot volume", device->name, &err);
		return EXIT_OK;
	}
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

/* mkboot is started; whether it finds something to start in turn is its own affair. */
static struct verdict judge_mkboot(const struct inspection *inspection, unsigned firmware)
{
	if (inspection->startable[firmware] > 0)
		return verdict_by(VERDICT_BY_MKBOOT);
	return verdict_no(inspection->boot_disk.volume_count == 0 ? "mkboot finds no boot volume"
								  : "mkboot has no entry that can be started");
}

static struct verdict judge_bios(struct inspection *inspection)
{
	if (inspection->stage1 == STAGE1_ABSENT)
		return judge_boot_sector(inspection);
	return has_good_copy(inspection) ? judge_mkboot(inspection, 0) : verdict_no("no copy of mkboot's stage 2 is sound");
}

static struct verdict judge_uefi(const struct inspection *inspection, struct verdict without_program)
{
	switch (inspection->efi.state) {
	case EFI_LOADER_OURS:
	case EFI_LOADER_OTHER:
		return judge_mkboot(inspection, 1);
	case EFI_LOADER_CHANGED:
		return verdict_unknown("mkboot's /" EFI_LOADER_PATH " is damaged or changed");
	case EFI_LOADER_FOREIGN:
		return verdict_by(inspection->efi_name);
	default:
		return without_program;
	}
}

static bool has_mkboot(const struct inspection *inspection)
{
	return inspection->stage1 != STAGE1_ABSENT ||
	       (inspection->efi.state != EFI_LOADER_ABSENT && inspection->efi.state != EFI_LOADER_FOREIGN);
}

/* No firmware refuses it without --firmware; and what is there of mkboot is not beyond use. */
static bool is_sound(const struct inspection *inspection, enum firmware firmware)
{
	const struct verdict *verdict = inspection->verdict;

	if (firmware != 0)
		return verdict[firmware == FIRMWARE_UEFI].kind != VERDICT_NO;
	if (inspection->stage1 != STAGE1_ABSENT && (!has_good_copy(inspection) || inspection->efi.state == EFI_LOADER_DAMAGED))
		return false;
	return verdict[0].kind != VERDICT_NO || verdict[1].kind != VERDICT_NO;
}

/* The parts of the disk, in the order of a boot. */
static enum exit_code inspect_parts(struct inspection *inspection)
{
	static const char no_table[] = "the partition table cannot be read";
	struct verdict without_program;
	struct findings *findings = &inspection->findings;
	enum exit_code code = EXIT_OK;
	size_t of_others;
	bool readable;

	read_first_sector(inspection);
	if (inspection->has_first_sector)
		inspect_loader(inspection);
	without_program = inspection->has_first_sector ? verdict_no("%s", no_table) : verdict_unknown("%s", no_table);
	readable = read_table(inspection);
	if (readable)
		code = inspect_uefi(inspection, &without_program);
	of_others = findings->count;
	if (readable && code == EXIT_OK)
		code = inspect_volumes(inspection);
	inspection->verdict[0] = judge_bios(inspection);
	inspection->verdict[1] = judge_uefi(inspection, without_program);
	/* Without mkboot on the disk it is nobody's problem that mkboot would start nothing there. */
	for (size_t i = of_others; i < findings->count && !has_mkboot(inspection) && is_sound(inspection, 0); i++)
		findings->item[i].serious = false;
	return code;
}

/* Machines with enough memory for whatever the disk holds. */
static enum exit_code inspect(struct inspection *inspection, const char *path, uint64_t sector_bytes)
{
	uint64_t disk_bytes;
	enum exit_code code = host_disk_open(&inspection->disk, path);

	if (code != EXIT_OK)
		return code;
	if (sector_bytes != 0)
		host_disk_set_sector_bytes(&inspection->disk, (uint32_t)sector_bytes);
	disk_bytes = inspection->disk.bytes;
	code = models_init(inspection->model, (4ull << 30) + (disk_bytes < 64ull << 30 ? disk_bytes : 64ull << 30));
	return code == EXIT_OK ? inspect_parts(inspection) : code;
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
	code = inspect(&inspection, operands.operand[0], options.sector_bytes);
	if (code == EXIT_OK)
		code = options.json ? inspection_print_json(&inspection) : inspection_print(&inspection);
	if (code == EXIT_OK && !is_sound(&inspection, options.firmware))
		code = fail(EXIT_NOT_SOUND, "this would not boot", operands.operand[0], "see the problems above");
	findings_free(&inspection.findings);
	models_free(inspection.model);
	free(inspection.efi_memory);
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
