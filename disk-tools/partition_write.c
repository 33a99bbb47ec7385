/* SPDX-License-Identifier: MIT */
/* GPT: BIOS boot partition and ESP. MBR: one active partition of the type that the Boot Loader Specification gives to $BOOT. */
#include "disk-tools/partition_write.h"

#include "bios-stage1/layout.h"

#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <string.h>

#define TYPE_BIOS_BOOT "21686148-6449-6E6F-744E-656564454649"
#define TYPE_ESP       "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"

struct part {
	uint64_t lba, sectors;
	const char *type_guid; /* NULL: MBR_TYPE_BLS_BOOT */
	const char *name, *guid;
};

static int add_partition(struct fdisk_context *context, unsigned index, const struct part *part)
{
	struct fdisk_label *label = fdisk_get_label(context, NULL);
	struct fdisk_partition *partition = fdisk_new_partition();
	struct fdisk_parttype *type = part->type_guid != NULL ? fdisk_label_get_parttype_from_string(label, part->type_guid)
							      : fdisk_label_get_parttype_from_code(label, MBR_TYPE_BLS_BOOT);
	int result = -ENOMEM;

	if (partition != NULL && type == NULL)
		type = fdisk_new_unknown_parttype(MBR_TYPE_BLS_BOOT, part->type_guid);
	if (partition == NULL || type == NULL)
		goto end;
	result = fdisk_partition_set_partno(partition, index);
	if (result == 0)
		result = fdisk_partition_set_start(partition, part->lba);
	if (result == 0)
		result = fdisk_partition_set_size(partition, part->sectors);
	if (result == 0)
		result = fdisk_partition_set_type(partition, type);
	if (result == 0 && part->name != NULL)
		result = fdisk_partition_set_name(partition, part->name);
	if (result == 0 && part->guid != NULL)
		result = fdisk_partition_set_uuid(partition, part->guid);
	if (result == 0)
		result = fdisk_add_partition(context, partition, NULL);
end:
	fdisk_unref_partition(partition);
	fdisk_unref_parttype(type);
	return result;
}

static int write_gpt(struct fdisk_context *context, const struct image_layout *layout, const struct identity *identity)
{
	const unsigned unit = layout->sector_bytes / LAYOUT_SECTOR_BYTES;
	const struct part bios = { LAYOUT_FIRST_PARTITION_LBA, LAYOUT_BIOS_BOOT_SECTORS, TYPE_BIOS_BOOT, IMAGE_BIOS_BOOT_NAME,
				   identity->bios_boot_guid };
	const struct part esp = { layout->boot_lba / unit, layout->boot_sectors / unit, TYPE_ESP, IMAGE_ESP_NAME, identity->boot_guid };
	bool has_bios = layout->copy_a_lba != 0;
	int result = fdisk_create_disklabel(context, "gpt");

	if (result == 0)
		result = fdisk_set_disklabel_id_from_string(context, identity->disk_guid);
	if (result == 0 && has_bios)
		result = add_partition(context, 0, &bios);
	return result == 0 ? add_partition(context, has_bios, &esp) : result;
}

static int write_mbr(struct fdisk_context *context, const struct image_layout *layout, const struct identity *identity)
{
	const struct part part = { .lba = layout->boot_lba, .sectors = layout->boot_sectors };
	char signature[16];
	int result = fdisk_create_disklabel(context, "dos");

	snprintf(signature, sizeof signature, "0x%08x", identity->disk_signature);
	if (result == 0)
		result = fdisk_set_disklabel_id_from_string(context, signature);
	if (result == 0)
		result = add_partition(context, 0, &part);
	if (result == 0)
		result = fdisk_toggle_partition_flag(context, 0, DOS_FLAG_ACTIVE);
	return result;
}

enum exit_code partition_write(const char *path, const struct image_layout *layout, const struct identity *identity)
{
	struct fdisk_context *context = fdisk_new_context();
	int result = context != NULL ? 0 : -ENOMEM;

	if (result == 0)
		result = fdisk_save_user_sector_size(context, layout->sector_bytes, layout->sector_bytes);
	if (result == 0)
		result = fdisk_assign_device(context, path, 0);
	if (result == 0)
		result = layout->table == TABLE_GPT ? write_gpt(context, layout, identity) : write_mbr(context, layout, identity);
	if (result == 0)
		result = fdisk_write_disklabel(context);
	if (context != NULL) {
		fdisk_deassign_device(context, 1);
		fdisk_unref_context(context);
	}
	return result == 0 ? EXIT_OK : fail_errno(EXIT_IO, "cannot write the partition table", path, -result);
}
