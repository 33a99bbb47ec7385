/* SPDX-License-Identifier: MIT */
/*
 * Device paths (UEFI specification 2.10, section 10): the firmware's names of devices and files. A path is read byte by byte: nodes have no
 * alignment, and a path comes from drivers of all kinds.
 */
#pragma once

#include "core/base/status.h"

#include <efi.h>

struct arena;

enum { DEVICE_PATH_BYTES_MAX = 65536 }; /* a longer one is taken for damaged */

/* The path of a handle; NULL if it has none. */
const EFI_DEVICE_PATH *device_path_of(EFI_HANDLE handle);

/* Bytes in front of the end node; 0 for an empty path, a damaged one, and NULL. */
UINTN device_path_bytes(const EFI_DEVICE_PATH *path);

/*
 * Bytes of the path of the disk: those in front of the last node if that is a partition, else all of them. *first_lba (may be NULL) is
 * where the partition starts in blocks of the disk, 0 if there is none.
 */
UINTN device_path_disk_bytes(const EFI_DEVICE_PATH *path, UINT64 *first_lba);

/*
 * The handle of the partition at `first_lba` of the disk that `device` is or is a partition of: its path is the disk's with one node more.
 * `device` itself if `first_lba` is 0, and if the firmware knows no such partition.
 */
EFI_HANDLE device_path_find_partition(EFI_HANDLE device, UINT64 first_lba);

/*
 * The path of a file on the volume of `device`, as the firmware writes it: with backslashes and one in front. The file alone if the device
 * has no path. In `arena`; NULL if that is full.
 */
EFI_DEVICE_PATH *device_path_of_file(EFI_HANDLE device, const char *file, struct arena *arena);
