/* SPDX-License-Identifier: MIT */
/* The ELF sections tag (Multiboot2 3.6.7): section headers for kernels that print symbols in their backtraces. */
#pragma once

#include "kernel-handoff/image/elf.h"
#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto/tag_writer.h"

struct multiboot2_sections {
	const struct elf *elf; /* NULL: no tag */
	uint8_t *headers;      /* the table as it stands in the file, with the addresses of what was loaded for it */
};

/* Reads the headers. Without room for them in the arena, or without an `elf`, there is no tag. ERR_IO; ERR_CORRUPT. */
MUST_CHECK enum status multiboot2_sections_read(const struct elf *elf, struct arena *arena, struct multiboot2_sections *sections,
						struct err *err);

/*
 * Adds places for symbols and strings that no segment loads, and writes their addresses into the headers; debugging information stays in
 * the file. If there is no memory for all of them, or no room in the plan, none is loaded. ERR_IO; ERR_CORRUPT.
 */
MUST_CHECK enum status multiboot2_sections_load(struct plan *plan, const struct multiboot2_sections *sections, struct err *err);

void multiboot2_sections_write(struct tag_writer *writer, const struct multiboot2_sections *sections);
