/* SPDX-License-Identifier: MIT */
/* Section headers for kernels that print symbols in their backtraces (Multiboot 3.3, `syms`; Multiboot2 3.6.7). */
#pragma once

#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/proto.h"

struct multiboot_sections {
	const struct elf *elf; /* NULL: the kernel is told of none */
	uint8_t *headers;      /* the table as it stands in the file, with the addresses of what was loaded for it */
};

static inline size_t multiboot_sections_bytes(const struct multiboot_sections *sections)
{
	return (size_t)sections->elf->section_count * sections->elf->section_bytes;
}

/*
 * Reads the headers, and makes a zeroed buffer for the boot information that they become a part of. Its length is what `measure` says when
 * *sections is filled. Sections are what a boot can do without: if the arena is too small, or `elf` is NULL, there are none, and `measure`
 * is asked again. ERR_NO_MEMORY; ERR_IO; ERR_CORRUPT.
 */
MUST_CHECK enum status multiboot_sections_read(const struct elf *elf, size_t (*measure)(const void *context), const void *context,
					       struct arena *arena, struct multiboot_sections *sections, uint8_t **buffer, size_t *bytes,
					       struct err *err);

/*
 * Adds what comes behind the boot information: the trampoline; symbols and strings that no segment loads, the addresses of which are
 * written into the headers (debugging information stays in the file); then the modules, as modules_place() does it. If memory or plan
 * have no room for all of them, no symbols and strings are loaded. ERR_NO_MEMORY and ERR_TOO_BIG: there is not even room for the rest;
 * ERR_IO; ERR_CORRUPT.
 */
MUST_CHECK enum status multiboot_rest_place(struct plan *plan, const struct multiboot_sections *sections,
					    const struct boot_request *request, uint64_t *module_start, struct arena *arena,
					    struct err *err);
