/* SPDX-License-Identifier: MIT */
/* The firmware's tables and what is asked of them in more than one place. */
#include "uefi/firmware.h"

#include "core/base/memory.h"

#include <stddef.h>

enum { WATCHDOG_SECONDS = 300, WATCHDOG_CODE = 0x10000 }; /* codes below are the firmware's own */

EFI_SYSTEM_TABLE *efi_table;
EFI_HANDLE efi_image;

void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	efi_image = image;
	efi_table = table;
}

void *efi_protocol(EFI_HANDLE handle, const EFI_GUID *guid)
{
	void *interface = NULL;

	if (!handle || EFI_ERROR(efi_boot()->HandleProtocol(handle, (EFI_GUID *)guid, &interface)))
		return NULL;
	return interface;
}

bool efi_guid_equal(const EFI_GUID *a, const EFI_GUID *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

void watchdog_restart(void)
{
	(void)efi_boot()->SetWatchdogTimer(WATCHDOG_SECONDS, WATCHDOG_CODE, 0, NULL);
}

void watchdog_off(void)
{
	(void)efi_boot()->SetWatchdogTimer(0, WATCHDOG_CODE, 0, NULL);
}
