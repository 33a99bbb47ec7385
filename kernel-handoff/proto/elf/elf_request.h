/* SPDX-License-Identifier: MIT */
/* What a kernel asks for in its note (struct mkboot_request of mkboot/handoff.h). */
#pragma once

#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/plan.h"
#include "kernel-handoff/video.h"

/* A kernel without a note asks for nothing, and has the defaults of the public header. */
struct elf_request {
	uint32_t required; /* MKBOOT_REQUEST_..., all of them known */
	struct video_wish video;
	uint64_t stack_bytes;             /* whole pages */
	uint64_t base_align, base_window; /* bytes */
};

/*
 * Reads the note. ERR_UNSUPPORTED: it requires something that we do not know; ERR_CORRUPT: no such structure; what elf_note_find() says
 * of notes that cannot be read.
 */
MUST_CHECK enum status elf_request_read(const struct elf *elf, struct elf_request *request, struct err *err);

/* Whether the screen of the plan is one that the kernel requires; ERR_UNSUPPORTED if not. */
MUST_CHECK enum status elf_request_check_screen(const struct elf_request *request, const struct plan *plan, struct err *err);
