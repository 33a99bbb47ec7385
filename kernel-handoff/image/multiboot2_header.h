/* SPDX-License-Identifier: MIT */
/* The Multiboot2 header that a kernel carries in its first 32768 bytes (Multiboot2 specification 2.0, section 3.1). */
#pragma once

#include "kernel-handoff/image/departures.h"
#include "kernel-handoff/image/multiboot_search.h"

enum { MULTIBOOT2_SEARCH_BYTES = 32768, MULTIBOOT2_INFORMATION_TAGS = 21 /* the highest type of 3.6 */ };

enum { MULTIBOOT2_CONSOLE_REQUIRED = 1, MULTIBOOT2_CONSOLE_EGA_TEXT = 2 };
enum multiboot2_preference { MULTIBOOT2_PREFER_NOTHING = 0, MULTIBOOT2_PREFER_LOW = 1, MULTIBOOT2_PREFER_HIGH = 2 };

/* What stands in the tags. `..._tag` is the offset of a tag in the file, for trails; 0: the header does not have it. */
struct multiboot2_header {
	uint64_t offset;     /* in the file */
	unsigned departures; /* DEPARTS_MULTIBOOT2_... */
	/* 3.1.5: an image that is not ELF, or does not want to be */
	uint64_t address_tag;
	struct multiboot_addresses addresses;
	/* 3.1.6: physical */
	uint64_t entry_tag;
	uint32_t entry;
	/* 3.1.8 and 3.1.12: what the kernel wants of UEFI. The entry is physical, for x86-64 */
	bool keeps_boot_services;
	uint64_t entry_efi_64_tag;
	uint32_t entry_efi_64;
	/* 3.1.9: MULTIBOOT2_CONSOLE_... */
	uint64_t console_tag;
	uint32_t console_flags;
	/* 3.1.10: the kernel can use a framebuffer. The mode is a wish, 0: any */
	uint64_t framebuffer_tag;
	uint32_t width, height, depth;
	/* 3.1.13 */
	uint64_t relocatable_tag;
	uint32_t min_address, max_address, align, preference;
};

/*
 * Finds and reads the header. Stray magics are passed over: only one whose checksum and architecture are right counts. It ends at
 * its end tag, or where its length says if it has none. ERR_UNSUPPORTED: a tag that is required and not understood, or a header at a
 * wrong place; ERR_CORRUPT: a bad checksum, or a header or tag that does not fit; ERR_NOT_FOUND: there is no header, and nothing that
 * looks like a damaged one, or the file is a DOS or EFI program without an address tag; ERR_NO_MEMORY; ERR_IO.
 * `arena` is used as scratch space and is as it was afterwards.
 */
MUST_CHECK enum status multiboot2_header_find(struct file *file, struct arena *arena, struct multiboot2_header *header, struct err *err);
