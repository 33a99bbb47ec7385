/* SPDX-License-Identifier: MIT */
/* Where distributions put OVMF, the UEFI firmware for QEMU. */
#pragma once

#include "disk-tools/report.h"

struct ovmf {
	const char *code, *variables; /* NULL: `code` is the whole firmware, for -bios */
};

/* EXIT_NO_TOOL and a hint if there is none. */
enum exit_code ovmf_find(struct ovmf *found);
