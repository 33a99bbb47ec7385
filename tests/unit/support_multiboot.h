/* SPDX-License-Identifier: MIT */
/* Makes Multiboot 1 kernels out of those of support_multiboot2.h, and reads the boot information of their plans. */
#pragma once

#include "support_multiboot2.h"

/* The kernels of elf_begin() and flat_begin(), with a header of this kind instead: its flags and, if `count` is not 0, what follows. */
void multiboot_elf(bool is_64, uint32_t flags, const uint32_t *fields, unsigned count);
void multiboot_flat(size_t bytes, uint32_t flags, const uint32_t *fields, unsigned count);

/* Writes a header at `at` of mb_image. */
void multiboot_header(size_t at, uint32_t flags, const uint32_t *fields, unsigned count);

#define FIELDS(...) (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)

/* A field of the boot information, and what it points to. */
uint32_t info_field(unsigned offset);
void info_assert_text(uint32_t address, const char *text);

/* The registers and the mode that every Multiboot 1 kernel is promised. */
void multiboot_check_state(void);
