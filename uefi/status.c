/* SPDX-License-Identifier: MIT */
/* Status codes of the firmware: one table of words, one of meanings. */
#include "uefi/status.h"

struct status_word {
	const char *name;
	enum status code;
};

/* Index: the status without its error bit. */
static const struct status_word errors[] = {
	[1] = { "load error", ERR_CORRUPT },
	[2] = { "invalid parameter", ERR_UNSUPPORTED },
	[3] = { "unsupported", ERR_UNSUPPORTED },
	[4] = { "bad buffer size", ERR_UNSUPPORTED },
	[5] = { "buffer too small", ERR_TOO_BIG },
	[6] = { "not ready", ERR_IO },
	[7] = { "device error", ERR_IO },
	[8] = { "write protected", ERR_DENIED },
	[9] = { "out of resources", ERR_NO_MEMORY },
	[10] = { "volume corrupted", ERR_CORRUPT },
	[11] = { "volume full", ERR_IO },
	[12] = { "no media", ERR_IO },
	[13] = { "media changed", ERR_IO },
	[14] = { "not found", ERR_IO },
	[15] = { "access denied", ERR_DENIED },
	[16] = { "no response", ERR_IO },
	[17] = { "no mapping", ERR_IO },
	[18] = { "timeout", ERR_IO },
	[19] = { "not started", ERR_IO },
	[20] = { "already started", ERR_DENIED },
	[21] = { "aborted", ERR_IO },
	[22] = { "ICMP error", ERR_IO },
	[23] = { "TFTP error", ERR_IO },
	[24] = { "protocol error", ERR_IO },
	[25] = { "incompatible version", ERR_UNSUPPORTED },
	[26] = { "security violation", ERR_DENIED },
	[27] = { "CRC error", ERR_CORRUPT },
	[28] = { "end of media", ERR_IO },
	[31] = { "end of file", ERR_CORRUPT },
	[32] = { "invalid language", ERR_UNSUPPORTED },
	[33] = { "compromised data", ERR_CORRUPT },
	[34] = { "IP address conflict", ERR_IO },
	[35] = { "HTTP error", ERR_IO },
};

/* Success with a remark. */
static const char *const warnings[] = {
	[0] = "success",
	[1] = "warning: unknown glyph",
	[2] = "warning: delete failure",
	[3] = "warning: write failure",
	[4] = "warning: buffer too small",
	[5] = "warning: stale data",
	[6] = "warning: file system",
	[7] = "warning: reset required",
};

static const char unknown[] = "unknown status";

static const struct status_word *find_error(EFI_STATUS status)
{
	EFI_STATUS number = status & ~EFI_ERROR_MASK;

	if (!(status & EFI_ERROR_MASK) || number >= sizeof errors / sizeof errors[0] || !errors[number].name)
		return NULL;
	return &errors[number];
}

const char *efi_status_name(EFI_STATUS status)
{
	const struct status_word *error = find_error(status);

	if (error)
		return error->name;
	return status < sizeof warnings / sizeof warnings[0] ? warnings[status] : unknown;
}

enum status efi_status_code(EFI_STATUS status)
{
	const struct status_word *error = find_error(status);

	return error ? error->code : ERR_IO;
}

enum status efi_error(EFI_STATUS status, struct err *err, const char *what, const char *subject)
{
	const char *name = efi_status_name(status);

	err_set(err, efi_status_code(status), name == unknown ? "unknown status {a:x}" : "{s}", name, status, 0);
	return err_add(err, what, subject, 0, 0);
}
