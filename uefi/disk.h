/* SPDX-License-Identifier: MIT */
/* Disks behind Block I/O (UEFI specification 2.10, section 13.9). */
#pragma once

#include "core/block/block.h"

#include <efi.h>

enum { EFI_DISK_BOUNCE_BYTES = 64 * 1024 };

struct efi_disk {
	struct block_device device;
	EFI_BLOCK_IO_PROTOCOL *io;
	uint8_t *bounce; /* EFI_DISK_BOUNCE_BYTES on a page of its own: for buffers that the firmware will not take */
};

/*
 * The whole disk that the loader's own file lies on. `bounce` is for the disk to keep. ERR_NOT_FOUND: the loader does not come from a
 * disk; ERR_IO: there is no medium in it; ERR_UNSUPPORTED: its blocks are not of 512 to 4096 bytes.
 */
MUST_CHECK enum status efi_disk_open(struct efi_disk *disk, void *bounce, struct err *err);
