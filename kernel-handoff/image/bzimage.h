/* SPDX-License-Identifier: MIT */
/*
 * The Linux boot protocol's setup header (Documentation/arch/x86/boot.rst), versions 2.02 to 2.15. A field that the kernel's version does
 * not have yet gets the value that the document gives for it.
 */
#pragma once

#include "core/base/file.h"

#include <stdbool.h>
#include <stdint.h>

/* Offsets in the file and, the same, in boot_params. */
enum { LINUX_HEADER_START = 0x1F1, LINUX_HEADER_END_MAX = 0x290 };

/* Of xloadflags: there is a 64-bit entry at load address + 0x200; what the kernel is handed may lie above 4 GiB. */
enum { LINUX_FLAG_KERNEL_64 = 1, LINUX_FLAG_ABOVE_4G = 2 };

struct bzimage {
	struct file *file;
	uint16_t version;                                          /* 0x020F is 2.15 */
	unsigned header_bytes;                                     /* copied to boot_params from LINUX_HEADER_START */
	uint8_t header[LINUX_HEADER_END_MAX - LINUX_HEADER_START]; /* as in the file */
	uint64_t kernel_offset, kernel_bytes;                      /* the protected-mode part in the file */
	uint32_t code32_start;
	uint64_t initrd_end_max;   /* exclusive; at most 4 GiB */
	uint32_t command_line_max; /* without the NUL */
	bool relocatable;
	uint32_t kernel_align, min_align; /* relocatable kernels: powers of two, min_align <= kernel_align */
	uint64_t preferred_address;       /* where it is loaded, or runs if it is loaded below; 0x100000 before 2.10 */
	uint64_t init_bytes;              /* memory that it needs from there on until it knows the memory map; at least kernel_bytes */
	bool has_64bit_entry;
	bool takes_high_initrd;       /* at the 64-bit entry: above 4 GiB, and above initrd_end_max */
	uint32_t setup_data_type_max; /* the highest type of setup_data that may be passed; UINT32_MAX if the kernel does not say */
};

/*
 * Reads the header. ERR_NOT_FOUND: not a Linux kernel; ERR_UNSUPPORTED: older than 2.02, or one that has to be started in real mode or low
 * memory; ERR_CORRUPT: cut off, or with a field that
 * cannot be, which the trail names.
 */
MUST_CHECK enum status bzimage_open(struct file *file, struct bzimage *image, struct err *err);
