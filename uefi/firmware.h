/* SPDX-License-Identifier: MIT */
/*
 * The way to the firmware's tables. The unit tests put a firmware of their own behind it.
 *
 * Headers are GNU-EFI's, with GNU_EFI_USE_MS_ABI: the functions of a protocol are called like any other. What the firmware calls back has
 * to be EFIAPI.
 */
#pragma once

#include <efi.h>

#include <stdbool.h>

extern EFI_SYSTEM_TABLE *efi_table;
extern EFI_HANDLE efi_image; /* the loader's own */

/* Call before anything else of the shell. */
void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

static inline EFI_BOOT_SERVICES *efi_boot(void)
{
	return efi_table->BootServices;
}

/* The interface of a protocol on a handle; NULL if it is not there. */
void *efi_protocol(EFI_HANDLE handle, const EFI_GUID *guid);

bool efi_guid_equal(const EFI_GUID *a, const EFI_GUID *b);

/*
 * The five minutes after which the firmware restarts a machine that hangs. Whoever makes progress sets it anew; it is off while somebody
 * else has the machine: a kernel, or a person in front of the last message.
 */
void watchdog_restart(void);
void watchdog_off(void);
