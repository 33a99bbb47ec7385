/* SPDX-License-Identifier: MIT */
/* The 16-bit boot protocol of Linux (Documentation/arch/x86/boot.rst), for images that have no other entry: bzimage.real_mode. */
#pragma once

#include "kernel-handoff/image/bzimage.h"
#include "kernel-handoff/proto.h"

/* The real-mode part, at `base` with heap, stack and command line behind it, all within 64 KiB. */
struct linux_setup {
	uint32_t base;             /* physical, on a paragraph; segment:0 is its first byte */
	uint16_t heap_end;         /* offset of the heap's end, which is the top of the stack and the start of the command line */
	uint16_t command_line_max; /* without the NUL */
};

enum { LINUX_SETUP_HEAD_BYTES = 1024 }; /* two sectors have all the fields that are filled in */

/*
 * Plans an image by its 16-bit entry. ERR_TOO_BIG: the command line is too long; ERR_UNSUPPORTED: initrds for a kernel that knows none;
 * what the places say.
 */
MUST_CHECK enum status linux_real_plan(const struct boot_request *request, const struct bzimage *image, struct plan *plan,
				       struct arena *arena, struct err *err);

/*
 * Fills in what a loader has to tell, as far as the image's version has a field for it, in `head`: the first two sectors of the real-mode
 * part. initrd_bytes 0: there is none. A `vga=` of the command line becomes vid_mode; one that is no mode is a note.
 */
void linux_setup_fill(uint8_t head[LINUX_SETUP_HEAD_BYTES], const struct bzimage *image, const struct linux_setup *setup,
		      uint64_t initrd_start, uint64_t initrd_bytes, const char *options, struct plan *plan);
