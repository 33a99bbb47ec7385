/* SPDX-License-Identifier: MIT */
/*
 * Says what the firmware makes of the disks that it has: for each volume that it can read and that has a file \judge.id, the text of that
 * file, and whether it would start the volume's BOOTX64.EFI. That is loaded as the firmware's boot menu does it, but not started.
 */
#include "support.h"

#include <efi.h>

enum { ID_BYTES = 64, PROGRAM_BYTES_MAX = 4 << 20, DOS_NEW_HEADER = 0x3C };
enum { PE_MACHINE = 4, MACHINE_X86_64 = 0x8664, PE_SUBSYSTEM = 24 + 68, EFI_APPLICATION = 10 };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

static EFI_BOOT_SERVICES *boot;

/* The firmware connects only what it means to boot from. Each round may bring new handles: controllers, disks, partitions. */
static void connect_all(void)
{
	for (unsigned round = 0; round < 3; round++) {
		EFI_HANDLE *handle;
		UINTN count = 0;

		if (boot->LocateHandleBuffer(AllHandles, NULL, NULL, &count, &handle) != EFI_SUCCESS)
			return;
		for (UINTN i = 0; i < count; i++)
			boot->ConnectController(handle[i], NULL, NULL, TRUE);
		boot->FreePool(handle);
	}
}

/* Reads a file from its start; the bytes that were read, 0 if there is none. */
static UINTN read_file(EFI_FILE *root, CHAR16 *path, void *to, UINTN bytes)
{
	EFI_FILE *file;
	EFI_STATUS status = root->Open(root, &file, path, EFI_FILE_MODE_READ, 0);

	if (status != EFI_SUCCESS)
		return 0;
	status = file->Read(file, &bytes, to);
	file->Close(file);
	return status == EFI_SUCCESS ? bytes : 0;
}

static uint16_t get_le16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}

/* The boot menu looks at processor and subsystem itself, LoadImage() at the rest. */
static bool starts(EFI_HANDLE parent, const uint8_t *program, UINTN bytes)
{
	EFI_HANDLE image = NULL;
	uint32_t header;

	if (bytes < DOS_NEW_HEADER + 4)
		return false;
	header = *(const uint32_t *)(program + DOS_NEW_HEADER);
	if (header > bytes || bytes - header < PE_SUBSYSTEM + 2)
		return false;
	if (get_le16(program + header + PE_MACHINE) != MACHINE_X86_64 || get_le16(program + header + PE_SUBSYSTEM) != EFI_APPLICATION)
		return false;
	if (boot->LoadImage(TRUE, parent, NULL, (void *)program, bytes, &image) != EFI_SUCCESS)
		return false;
	boot->UnloadImage(image);
	return true;
}

static void look_at(EFI_HANDLE parent, EFI_HANDLE handle, uint8_t *program)
{
	EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_FILE_IO_INTERFACE *volume;
	EFI_FILE *root;
	char id[ID_BYTES];
	UINTN bytes;

	if (boot->HandleProtocol(handle, &guid, (void **)&volume) != EFI_SUCCESS || volume->OpenVolume(volume, &root) != EFI_SUCCESS)
		return;
	bytes = read_file(root, L"\\judge.id", id, sizeof id - 1);
	id[bytes] = 0;
	if (bytes > 0) {
		bytes = read_file(root, L"\\EFI\\BOOT\\BOOTX64.EFI", program, PROGRAM_BYTES_MAX);
		report_text(starts(parent, program, bytes) ? "judge.starts" : "judge.refuses", id);
	}
	root->Close(root);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_HANDLE *handle;
	UINTN count = 0;
	void *program;

	boot = table->BootServices;
	require(boot->AllocatePool(EfiLoaderData, PROGRAM_BYTES_MAX, &program) == EFI_SUCCESS, "no memory");
	boot->SetWatchdogTimer(0, 0, 0, NULL); /* the firmware may take long over a damaged volume */
	connect_all();
	require(boot->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handle) == EFI_SUCCESS, "no volume");
	for (UINTN i = 0; i < count; i++)
		look_at(image, handle[i], program);
	verdict_end();
}
