/* SPDX-License-Identifier: MIT */
/* Writes the first block of each disk back to it, as a loader must not do: the boot tests have to notice. */
#include "support.h"

#include <efi.h>

enum { BLOCK_BYTES_MAX = 4096 };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	static uint8_t block[BLOCK_BYTES_MAX] __attribute__((aligned(BLOCK_BYTES_MAX)));
	EFI_GUID guid = EFI_BLOCK_IO_PROTOCOL_GUID;
	EFI_BOOT_SERVICES *boot = table->BootServices;
	EFI_HANDLE *handle;
	UINTN count = 0, written = 0;

	(void)image;
	require(boot->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handle) == EFI_SUCCESS, "there is no disk");
	for (UINTN i = 0; i < count; i++) {
		EFI_BLOCK_IO *io;

		if (boot->HandleProtocol(handle[i], &guid, (void **)&io) != EFI_SUCCESS || io->Media->LogicalPartition ||
		    !io->Media->MediaPresent || io->Media->BlockSize > BLOCK_BYTES_MAX)
			continue;
		if (io->ReadBlocks(io, io->Media->MediaId, 0, io->Media->BlockSize, block) == EFI_SUCCESS &&
		    io->WriteBlocks(io, io->Media->MediaId, 0, io->Media->BlockSize, block) == EFI_SUCCESS)
			written++;
	}
	require(written > 0, "no disk could be written to");
	verdict_end();
}
