/* SPDX-License-Identifier: MIT */
/* Boot volumes for the flow's tests: files are put into a folder `root`, and that becomes a FAT image. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Empties `root`. All of these work in the folder of support_shell.h. */
void image_begin(void);

/* Writes root/PATH; its folder must be there: / and /loader/entries are. */
void image_text(const char *path, const char *text);
void image_bytes(const char *path, const void *data, size_t bytes);

/* Writes /loader/entries/ID.conf. */
void image_entry(const char *id, const char *text);

/* Makes a FAT image of `root`, without a partition table. */
void image_make(const char *image);

enum {
	KERNEL_TEXT = 0x200000,    /* one page and a bit */
	KERNEL_DATA = 0x70000,     /* up to 0x90000, so it begins on the loader and ends on free memory */
	KERNEL_DATA_FILE = 0x9000, /* bytes of it that the file has */
	KERNEL_DATA_BYTES = 0x20000,
};

/*
 * A kernel for both `elf` and `multiboot2`: an ELF64 file with a Multiboot2 header, a segment of code and, if `in_the_way`, a segment of
 * data at KERNEL_DATA.
 */
void image_kernel(const char *path, int in_the_way);
