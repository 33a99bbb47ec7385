/* SPDX-License-Identifier: MIT */
/* The firmware's status codes (UEFI specification 2.10, appendix D) as words and as codes of the suite. */
#pragma once

#include "core/base/status.h"

#include <efi.h>

/* "access denied", "aborted", ...; "unknown status" for a number that the specification does not have. */
const char *efi_status_name(EFI_STATUS status);

/* Never OK and never ERR_NOT_FOUND: what the firmware does not find is no reason to try another format. */
enum status efi_status_code(EFI_STATUS status);

/*
 * Starts a trail "WHAT: STATUS IN WORDS" and returns its code. `what` is a template of struct err_frame; it and `subject` (NULL where it
 * has no {s}) live until the trail is printed.
 */
enum status efi_error(EFI_STATUS status, struct err *err, const char *what, const char *subject);
