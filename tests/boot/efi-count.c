/* SPDX-License-Identifier: MIT */
/*
 * Starts \EFI\BOOT\LOADER.EFI of its own volume as the firmware would, and prints "loader.tsc=0x..." on port 0xE9, the time stamp counter
 * at that moment. The benchmark puts a loader behind it.
 */
#include "support.h"

#include <efi.h>

enum { PATH_BYTES_MAX = 1024 };

static const CHAR16 loader_name[] = { '\\', 'E', 'F', 'I', '\\', 'B', 'O', 'O', 'T', '\\', 'L',
				      'O',  'A', 'D', 'E', 'R',  '.', 'E', 'F', 'I', 0 };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	static uint8_t path[PATH_BYTES_MAX];
	EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	EFI_BOOT_SERVICES *boot = table->BootServices;
	EFI_DEVICE_PATH *node, *to = (EFI_DEVICE_PATH *)path;
	EFI_LOADED_IMAGE *loaded;
	EFI_HANDLE loader;
	UINTN bytes = 0;

	require(boot->HandleProtocol(image, &loaded_guid, (void **)&loaded) == EFI_SUCCESS, "the image has no LoadedImage");
	require(boot->HandleProtocol(loaded->DeviceHandle, &path_guid, (void **)&node) == EFI_SUCCESS, "the volume has no device path");
	for (EFI_DEVICE_PATH *at = node; !IsDevicePathEnd(at); at = NextDevicePathNode(at))
		bytes += (UINTN)DevicePathNodeLength(at);
	require(bytes + sizeof *node * 2 + sizeof loader_name <= sizeof path, "the path of the volume is too long");
	boot->CopyMem(path, node, bytes);
	to = (EFI_DEVICE_PATH *)(path + bytes);
	to->Type = MEDIA_DEVICE_PATH;
	to->SubType = MEDIA_FILEPATH_DP;
	SetDevicePathNodeLength(to, sizeof *to + sizeof loader_name);
	boot->CopyMem(to + 1, (void *)(UINTN)loader_name, sizeof loader_name);
	to = NextDevicePathNode(to);
	SetDevicePathEndNode(to);
	require(boot->LoadImage(FALSE, image, (EFI_DEVICE_PATH *)path, NULL, 0, &loader) == EFI_SUCCESS, "the loader cannot be loaded");
	report_hex("loader.tsc", __builtin_ia32_rdtsc());
	(void)boot->StartImage(loader, NULL, NULL);
	require(0, "the loader came back");
	verdict_end();
}
