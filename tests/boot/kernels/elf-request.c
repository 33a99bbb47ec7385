/* SPDX-License-Identifier: MIT */
/* A request of another kind for the example kernel: REQUIRED is what it cannot do without. */
#include "example.h"

#include <mkboot/handoff.h>

MKBOOT_NOTE(note, .required = REQUIRED | MKBOOT_REQUEST_CPUS, .screen_width = 1024, .screen_height = 768, .screen_depth = 32,
	    .stack_bytes = 1024 * 1024);

const struct mkboot_request *request_get(void)
{
	return &note.request;
}
