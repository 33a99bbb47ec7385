/* SPDX-License-Identifier: MIT */
/* What this kernel asks of the loader: a note in the file, which the linker script puts into a PT_NOTE segment. */
#include "example.h"

#include <mkboot/handoff.h>

MKBOOT_NOTE(note, .wanted = MKBOOT_REQUEST_TEXT | MKBOOT_REQUEST_LINEAR, .stack_bytes = 64 * 1024);

const struct mkboot_request *request_get(void)
{
	return &note.request;
}
