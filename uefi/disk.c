/* SPDX-License-Identifier: MIT */
/*
 * Disks behind Block I/O: the disk of the loader's own partition, read in requests of 1 MiB straight to where the data belong.
 *
 * What counts is the number of requests: firmware polls for the end of each with growing pauses. Larger ones gain little, and some
 * firmware fails for good on them. Nothing is ever written.
 */
#include "uefi/disk.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "uefi/device_path.h"
#include "uefi/firmware.h"
#include "uefi/status.h"

enum { REQUEST_BYTES = 1 << 20, DISK_PATH_MAX = 1024 };

static const EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;
static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

/* One request; `to` is aligned as the firmware wants it. The medium may have got another number since the last one. */
static enum status request(const struct efi_disk *disk, uint64_t lba, uint64_t bytes, void *to, struct err *err)
{
	EFI_STATUS status;

	watchdog_restart();
	status = disk->io->ReadBlocks(disk->io, disk->io->Media->MediaId, lba, bytes, to);
	if (!EFI_ERROR(status))
		return OK;
	(void)err_set(err, ERR_IO, "the firmware says \"{s}\" to a read of {a} bytes", efi_status_name(status), bytes, 0);
	return err_add(err, "cannot read {s} at LBA {a}", disk->device.name, lba, 0);
}

static bool is_aligned(const struct efi_disk *disk, const void *to)
{
	uint32_t align = disk->io->Media->IoAlign; /* 0 and 1: any */

	return align < 2 || (uintptr_t)to % align == 0;
}

static enum status disk_read(struct block_device *device, uint64_t lba, uint32_t count, void *to, struct err *err)
{
	struct efi_disk *disk = (struct efi_disk *)device;
	bool direct = is_aligned(disk, to);
	uint64_t left = (uint64_t)count * device->block_bytes;
	uint8_t *at = to;

	while (left > 0) {
		uint64_t bytes = min_u64(left, direct ? REQUEST_BYTES : EFI_DISK_BOUNCE_BYTES);
		enum status status = request(disk, lba, bytes, direct ? at : disk->bounce, err);

		if (status != OK)
			return status;
		if (!direct)
			memcpy(at, disk->bounce, bytes);
		at += bytes;
		left -= bytes;
		lba += bytes / device->block_bytes;
	}
	return OK;
}

static void disk_reset(struct block_device *device)
{
	struct efi_disk *disk = (struct efi_disk *)device;

	(void)disk->io->Reset(disk->io, FALSE);
}

static const struct block_ops disk_ops = { .read = disk_read, .reset = disk_reset };

/* The handle of the disk that `device` is a partition of; `device` itself if it is none. */
static EFI_HANDLE disk_of(EFI_HANDLE device)
{
	const EFI_DEVICE_PATH *path = device_path_of(device);
	UINTN bytes = device_path_disk_bytes(path, NULL);
	uint8_t copy[DISK_PATH_MAX + sizeof(EFI_DEVICE_PATH)];
	EFI_DEVICE_PATH *disk_path = (EFI_DEVICE_PATH *)copy;
	EFI_HANDLE disk;

	if (bytes == 0 || bytes == device_path_bytes(path) || bytes > DISK_PATH_MAX)
		return device;
	memcpy(copy, path, bytes);
	SetDevicePathEndNode((EFI_DEVICE_PATH *)(copy + bytes));
	if (EFI_ERROR(efi_boot()->LocateDevicePath((EFI_GUID *)&block_io_guid, &disk_path, &disk)) || !IsDevicePathEnd(disk_path))
		return device;
	return disk;
}

enum status efi_disk_open(struct efi_disk *disk, void *bounce, struct err *err)
{
	const EFI_LOADED_IMAGE *image = efi_protocol(efi_image, &loaded_image_guid);
	EFI_BLOCK_IO_PROTOCOL *io = image ? efi_protocol(disk_of(image->DeviceHandle), &block_io_guid) : NULL;

	if (!io || io->Media->LogicalPartition) {
		(void)err_set(err, ERR_NOT_FOUND, "the loader was not started from a disk", NULL, 0, 0);
		return err_hint(err, "start BOOTX64.EFI from the disk that has the entries");
	}
	if (!io->Media->MediaPresent)
		return err_set(err, ERR_IO, "there is no medium in the boot disk", NULL, 0, 0);
	if (!is_power_of_two(io->Media->BlockSize) || io->Media->BlockSize < BLOCK_BYTES_MIN || io->Media->BlockSize > BLOCK_BYTES_MAX)
		return err_set(err, ERR_UNSUPPORTED, "the boot disk has blocks of {a} bytes", NULL, io->Media->BlockSize, 0);
	*disk = (struct efi_disk){
		.device = { .ops = &disk_ops,
			    .name = "the boot disk",
			    .blocks = io->Media->LastBlock + 1,
			    .block_bytes = io->Media->BlockSize },
		.io = io,
		.bounce = bounce,
	};
	return OK;
}
