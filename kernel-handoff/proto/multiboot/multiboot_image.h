/* SPDX-License-Identifier: MIT */
/* The image of a Multiboot kernel, of version 1 or 2, into the plan: by addresses that its header names, or as ELF. */
#pragma once

#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/image/multiboot_search.h"
#include "kernel-handoff/plan.h"

/* EAX says who calls. ESP is not promised by the specifications, but kernels use it: GRUB leaves it there. */
#define MULTIBOOT_ENTRY_MAGIC  0x2BADB002u
#define MULTIBOOT2_ENTRY_MAGIC 0x36D76289u
enum { MULTIBOOT_ENTRY_STACK = 0x7FF00 };

/* A part of the header, for trails: "the address tag" and its offset in the file. */
struct multiboot_part {
	const char *what;
	uint64_t offset;
};

/* Where the image may go instead of its link addresses. */
struct multiboot_relocation {
	struct multiboot_part part;
	uint64_t min, max, align; /* the image lies within [min, max]; align is a power of two */
	bool low, high;           /* neither: where it was linked, if that can be */
};

/* What the header says of the image. All addresses are physical. */
struct multiboot_wish {
	struct file *kernel;
	uint64_t header_offset;
	const struct multiboot_addresses *addresses; /* NULL: the file is ELF */
	struct multiboot_part addresses_part;        /* what names, or could have named, the addresses */
	bool has_entry;                              /* else it is the one of the ELF file */
	uint32_t entry;
	struct multiboot_part entry_part;
	const struct multiboot_relocation *relocation; /* NULL: it lies where it was linked */
	bool executable;                               /* the firmware stays, and has to be told that code will run there */
};

/* What became of it. */
struct multiboot_image {
	uint64_t start, entry;
	bool is_elf;
	struct elf elf;
};

/*
 * Adds the image to the plan, and sets plan->low_from: what the kernel is handed lies behind it. ERR_CORRUPT: what the header or the ELF
 * file says of the image cannot be; ERR_UNSUPPORTED: not ELF, or above 4 GiB; ERR_DENIED: segments that overlap, or memory that is not
 * free; ERR_NO_MEMORY: no place for it; ERR_TOO_BIG; ERR_IO. The trail names the part of the header, or the segment.
 */
MUST_CHECK enum status multiboot_image_add(struct plan *plan, const struct multiboot_wish *wish, struct arena *arena,
					   struct multiboot_image *image, struct err *err);
