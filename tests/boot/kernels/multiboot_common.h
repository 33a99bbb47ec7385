/* SPDX-License-Identifier: MIT */
/* What Multiboot 1 and 2 tell a kernel alike: each function reports what it is given, and checks it. */
#pragma once

#include "support.h"

/* A string that ends within `bytes` bytes. */
const char *string_at(uint64_t start, uint64_t bytes);

/* Whether the loader's name is mkboot's: then more is promised than the specifications do. */
bool is_mkboot(const char *name);

/* Modules, in their order; they are remembered. */
void module_show(uint64_t start, uint64_t end, const char *string);
void modules_claim(void); /* reports their number; to be called with the memory map at hand */

void memory_info_show(uint32_t lower_kib, uint32_t upper_kib);
void memory_info_check(void); /* against the memory map */

/* The 22 bytes of a framebuffer's fields; `colors`: where the colour fields are. Returns its type. */
enum { FRAMEBUFFER_NONE, FRAMEBUFFER_PIXELS, FRAMEBUFFER_TEXT };
uint8_t framebuffer_show(uint64_t fields, uint64_t colors);

/* What VBE says: the 8 bytes of mode and interface, control information, mode information. Agrees with the framebuffer shown before. */
void vbe_show(uint64_t mode, uint64_t control, uint64_t mode_information);

/* The APM table: 20 bytes. */
void apm_show(uint64_t table);

/* Section headers: ELF32's or ELF64's. The section of names has to be in memory. */
void elf_sections_show(uint32_t count, uint32_t entry_bytes, uint32_t names, uint64_t headers);

/* multiboot-header.S, multiboot2-header.S: what the code has to know of the kernel that it is. */
extern const uint32_t header_image_physical, header_is_flat;
