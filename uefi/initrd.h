/* SPDX-License-Identifier: MIT */
/*
 * The initrd of a PE kernel: all of the entry's initrds in memory, offered by LoadFile2 on a handle whose device path is Linux's vendor
 * media node (Linux Documentation/admin-guide/efi-stub.rst and include/linux/efi.h, LINUX_EFI_INITRD_MEDIA_GUID; UEFI specification 2.10,
 * section 13.2).
 */
#pragma once

#include "core/base/status.h"

#include <efi.h>

struct plan_image;
struct initrd; /* in pages of the firmware */

/*
 * Reads all of image->initrd, joined, and offers them. *initrd is NULL if there are none, or only empty ones. ERR_DENIED if somebody else
 * offers an initrd already: only one can be, and ours must not get lost. Otherwise nothing is left behind on failure.
 */
MUST_CHECK enum status initrd_offer(const struct plan_image *image, struct initrd **initrd, struct err *err);

/* Takes the offer back and frees the memory. NULL is allowed. */
void initrd_withdraw(struct initrd *initrd);
