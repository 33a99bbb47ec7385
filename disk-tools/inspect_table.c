/* SPDX-License-Identifier: MIT */
/* What is wrong with a partition table though it can be read, and the command that mends it. */
#include "disk-tools/inspect.h"

#include "disk-tools/uefi_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "partition table"


/* A name as a shell takes it: quoted, if it needs that. Whoever asks frees it. */
static char *shell_name(const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./_+,:@%-";
	size_t length = strlen(name);
	char *quoted = malloc(4 * length + 3), *at = quoted;

	if (quoted == NULL)
		return NULL;
	if (length > 0 && strspn(name, plain) == length && name[0] != '-')
		return strcpy(quoted, name);
	*at++ = '\'';
	for (const char *from = name; *from != '\0'; from++) {
		if (*from == '\'')
			at = stpcpy(at, "'\\''");
		else
			*at++ = *from;
	}
	strcpy(at, "'");
	return quoted;
}

/*
 * sgdisk writes both copies anew, from the one that is good, and the backup to the end. It takes a file for a disk with sectors of 512, and
 * refuses one that is shorter than the table says.
 */
static void hint_to_mend(struct inspection *inspection)
{
	struct findings *findings = &inspection->findings;
	const struct block_device *device = &inspection->disk.device;
	uint64_t needed = inspection->gpt.backup.lba + 1;
	char *name = shell_name(device->name);

	if (name == NULL)
		return;
	if (device->block_bytes != LAYOUT_SECTOR_BYTES)
		findings_hint(findings, "on a disk with sectors of %u bytes (for an image: losetup -b %u): sgdisk -e DISK",
			      device->block_bytes, device->block_bytes);
	else if (needed <= device->blocks)
		findings_hint(findings, "sgdisk -e %s", name);
	else
		findings_hint(findings, "truncate -s %llu %s && sgdisk -e %s", (unsigned long long)(needed * device->block_bytes), name,
			      name);
	free(name);
}

static void inspect_gpt(struct inspection *inspection)
{
	struct findings *findings = &inspection->findings;
	const struct block_device *device = &inspection->disk.device;
	const struct gpt_copies *gpt = &inspection->gpt;
	unsigned long long backup = gpt->backup.lba, last = device->blocks - 1;
	char why[512];

	if (gpt->primary.err.code != OK) {
		findings_add(findings, false, TABLE, device->name, "the primary GPT is damaged; its backup is good");
	} else if (backup > last) {
		findings_add(findings, false, TABLE, device->name,
			     "the GPT was made for a disk of %llu sectors, and this one has %llu: there is no backup GPT", backup + 1,
			     last + 1);
	} else if (gpt->backup.err.code != OK) {
		err_to_text(&gpt->backup.err, why, sizeof why);
		findings_add(findings, false, TABLE, device->name, "the primary GPT is good, its backup is damaged or missing: %s", why);
	} else if (backup != last) {
		findings_add(findings, false, TABLE, device->name,
			     "the backup GPT is at LBA %llu and not at the end of the disk, LBA %llu: the disk is larger than the table",
			     backup, last);
	} else if (gpt->differ) {
		findings_add(findings, false, TABLE, device->name, "the primary GPT and its backup are good, but do not say the same");
	} else {
		return;
	}
	hint_to_mend(inspection);
}

/* Partitions beside the protective one are for systems that do not know a GPT. */
static void inspect_hybrid(struct inspection *inspection)
{
	unsigned others = 0;

	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry entry = mbr_entry_get(span_of(inspection->first_sector, MBR_BYTES), i);

		others += entry.type != 0 && entry.type != MBR_TYPE_GPT_PROTECTIVE;
	}
	if (others > 0)
		findings_add(&inspection->findings, false, TABLE, inspection->disk.device.name,
			     "a hybrid MBR: it names %u partitions beside the GPT; UEFI and mkboot go by the GPT", others);
}

static void inspect_mbr(struct inspection *inspection)
{
	struct findings *findings = &inspection->findings;
	const struct block_device *device = &inspection->disk.device;
	char why[WHY_BYTES];

	if (!inspection->has_first_sector || !uefi_refuses_mbr(span_of(inspection->first_sector, MBR_BYTES), device->blocks, why))
		return;
	findings_add(findings, true, TABLE, device->name, "%s", why);
	findings_hint(findings, "change the table with sfdisk or fdisk, or make the disk as large as it was");
}

void inspect_table(struct inspection *inspection)
{
	const struct partition_table *table = &inspection->table;
	struct findings *findings = &inspection->findings;
	const char *name = inspection->disk.device.name;

	if (table->kind == TABLE_GPT) {
		inspect_gpt(inspection);
		inspect_hybrid(inspection);
	} else if (table->kind == TABLE_MBR) {
		inspect_mbr(inspection);
	}
	if (table->logical.code != OK)
		findings_add_err(findings, false, TABLE, name, &table->logical);
	if (table->outside != 0)
		findings_add(findings, false, TABLE, name, "partition %u does not lie on the disk, which has %llu sectors of %u bytes",
			     table->outside, (unsigned long long)inspection->disk.device.blocks, inspection->disk.device.block_bytes);
	if (table->too_many != 0)
		findings_add(findings, false, TABLE, name, "it has more than %u partitions; those behind are left out", PARTITIONS_MAX);
}
