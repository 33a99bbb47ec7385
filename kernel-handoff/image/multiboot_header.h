/* SPDX-License-Identifier: MIT */
/* The Multiboot 1 header that a kernel carries in its first 8192 bytes (Multiboot specification 0.6.96, section 3.1). */
#pragma once

#include "kernel-handoff/image/multiboot_search.h"

enum { MULTIBOOT_SEARCH_BYTES = 8192 };

/* Bits of `flags`. Those up to 15 are requirements; of the others only MULTIBOOT_ADDRESSES means something. */
enum {
	MULTIBOOT_PAGE_ALIGN = 1 << 0,
	MULTIBOOT_MEMORY_INFO = 1 << 1,
	MULTIBOOT_VIDEO = 1 << 2,
	MULTIBOOT_ADDRESSES = 1 << 16,
};

enum { MULTIBOOT_MODE_LINEAR = 0, MULTIBOOT_MODE_TEXT = 1 };

struct multiboot_header {
	uint64_t offset; /* in the file */
	uint32_t flags;
	/* MULTIBOOT_ADDRESSES, the "a.out kludge": the file is loaded by these, even if it is an ELF file. The entry is physical */
	struct multiboot_addresses addresses;
	uint32_t entry;
	/* MULTIBOOT_VIDEO: the wished screen, MULTIBOOT_MODE_...; pixels or characters, 0: any */
	uint32_t mode_type, width, height, depth;
};

/*
 * Finds and reads the header. ERR_UNSUPPORTED: it requires what is not known, and the trail names the bit, or it is at a wrong place;
 * ERR_CORRUPT: a bad checksum, or a header that leaves its first 8192 bytes or the file; ERR_NOT_FOUND: there is none, or the file is a DOS
 * or EFI program without MULTIBOOT_ADDRESSES; ERR_NO_MEMORY; ERR_IO. `arena` is used as scratch space and is as it was afterwards.
 */
MUST_CHECK enum status multiboot_header_find(struct file *file, struct arena *arena, struct multiboot_header *header, struct err *err);
