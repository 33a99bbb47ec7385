/* SPDX-License-Identifier: MIT */
/* What the headers of Multiboot 1 and 2 have in common: how they are found, and the addresses of an image that is loaded without ELF. */
#pragma once

#include "core/base/file.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Physical addresses of a range of the file, which is found through the address that the header itself is to have. */
struct multiboot_addresses {
	uint32_t header, load, load_end, bss_end; /* load_end 0: all of the file; bss_end 0: no more than that */
	bool from_file_start;                     /* Multiboot2, load address -1: the image begins with the file, `load` means nothing */
};

/* The fields that all headers begin with: a magic and, in the words that follow, what adds up to zero with it. */
struct multiboot_pattern {
	const char *name; /* "Multiboot2" */
	uint32_t magic;
	uint32_t words;  /* how many, with the magic; at most MULTIBOOT_WORDS_MAX */
	uint32_t window; /* the header lies in so many first bytes of the file */
	uint32_t align;  /* at a multiple of this in the file, at least 4 */
	/*
	 * One more check of a header whose checksum is right: its words, as they stand in the file. False: it is not for us, and the search
	 * goes on; *reason then says why, with the place for the offset {a:x} and one for {b}, which is *value.
	 */
	bool (*accept)(const uint8_t *words, const char **reason, uint64_t *value);
};

enum { MULTIBOOT_WORDS_MAX = 4 };

/*
 * Finds the first header that is good; magics in code or data are passed over. *offset: where it is in the file; `words` takes its first
 * words. ERR_NOT_FOUND: there is none; ERR_UNSUPPORTED: there is one at a wrong place, which the trail names, or nothing but headers that
 * were not accepted; ERR_CORRUPT: nothing but a bad checksum; ERR_NO_MEMORY; ERR_IO. `arena` is as it was afterwards.
 */
MUST_CHECK enum status multiboot_search(struct file *file, const struct multiboot_pattern *pattern, struct arena *arena, uint64_t *offset,
					uint32_t words[MULTIBOOT_WORDS_MAX], struct err *err);

/*
 * For a header that does not say where the file is to be loaded. EFI programs may carry one for what they are made from, as xen.efi does:
 * ERR_NOT_FOUND for a DOS or EFI program. With addresses such a file is a kernel like any other: those that Microsoft's linker makes are.
 */
MUST_CHECK enum status multiboot_refuse_program(struct file *file, const struct multiboot_pattern *pattern, struct err *err);
