/* SPDX-License-Identifier: MIT */
/*
 * The Linux boot protocol's setup header (Documentation/arch/x86/boot.rst), from kernels before 2.00, which have next to none, to version
 * 2.15. A field that the kernel's version does not have yet gets the value that the document gives for it.
 */
#pragma once

#include "core/base/file.h"
#include "kernel-handoff/image/departures.h"

#include <stdbool.h>
#include <stdint.h>

/* Offsets in the file and, the same, in boot_params. */
enum { LINUX_HEADER_START = 0x1F1, LINUX_HEADER_END_MAX = 0x290 };

/* Of xloadflags: there is a 64-bit entry at load address + 0x200; what the kernel is handed may lie above 4 GiB. */
enum { LINUX_FLAG_KERNEL_64 = 1, LINUX_FLAG_ABOVE_4G = 2 };

struct bzimage {
	struct file *file;
	unsigned departures;                                       /* DEPARTS_LINUX_... */
	uint16_t version;                                          /* 0x020F is 2.15; 0: before 2.00, without a header */
	unsigned header_bytes;                                     /* copied to boot_params from LINUX_HEADER_START */
	uint8_t header[LINUX_HEADER_END_MAX - LINUX_HEADER_START]; /* as in the file */
	uint64_t kernel_offset, kernel_bytes;                      /* the protected-mode part in the file; before it, the real-mode part */
	/*
	 * Why the image can only be entered in real mode, by its 16-bit entry: "it is a zImage"; NULL: it has a 32-bit entry. Of such an
	 * image the fields from code32_start on mean nothing, except initrd_end_max, command_line_max and init_bytes.
	 */
	const char *real_mode;
	bool loaded_high; /* the protected-mode part belongs at 0x100000, otherwise at 0x10000 */
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
 * Reads the header and decides how the image is entered. Each of these calls for real mode:
 *   - a version before 2.02, whose kernels look for their command line at 0x90000;
 *   - no LOADED_HIGH: a zImage, which lies below 1 MiB;
 *   - a code32_start below 1 MiB: nothing of the image can be entered in 32 bits (iPXE's .lkrn);
 *   - a syssize of 0: there is no 32-bit kernel, what follows the real-mode part is its own business (memdisk).
 * All others have a 32-bit entry, and perhaps a 64-bit one.
 *
 * ERR_NOT_FOUND: not a Linux kernel; ERR_CORRUPT: cut off, or with a field that cannot be, which the trail names.
 */
MUST_CHECK enum status bzimage_open(struct file *file, struct bzimage *image, struct err *err);

/* ERR_TOO_BIG if a command line is longer than `max`: command_line_max of the image, or less where there is less room. */
MUST_CHECK enum status bzimage_check_command_line(const char *options, uint64_t max, struct err *err);

/*
 * The payload, as a file: the kernel proper, an ELF file, which may be compressed. ERR_UNSUPPORTED: a kernel older than 2.08, which does
 * not say where it is; ERR_CORRUPT: not inside the file.
 */
MUST_CHECK enum status bzimage_payload(const struct bzimage *image, struct part_file *payload, struct err *err);
