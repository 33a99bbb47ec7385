/* SPDX-License-Identifier: MIT */
/*
 * Relocations of a position-independent kernel, an ELF64 file of type ET_DYN that is linked statically: R_X86_64_RELATIVE in DT_RELA
 * (x86-64 psABI, section 4.4) and DT_RELR (System V ABI, "Relative Relocation Table").
 */
#pragma once

#include "kernel-handoff/image/elf.h"

enum { ELF_WORD_BYTES = 8 };

/* The tables, by their places in the file; both may be empty. */
struct elf_relocations {
	uint64_t rela_offset, rela_count;
	uint64_t relr_offset, relr_count; /* words */
};

/* The word at virtual address `target` becomes `addend`, or what the file has there, plus as much as the kernel is moved up. */
struct elf_relocation {
	uint64_t number, target; /* number: in its table, from 0 */
	uint64_t addend;
	bool in_place; /* DT_RELR: the addend is in the file */
};

/* Embedded by who wants to see each relocation. */
struct elf_relocation_visitor {
	enum status (*visit)(struct elf_relocation_visitor *visitor, const struct elf_relocation *relocation, struct err *err);
};

/* The part of a segment that the file has, at its virtual address. */
struct elf_file_part {
	uint64_t virt, file_offset, bytes;
};

static inline struct elf_file_part elf_file_part(const struct elf_segment *segment)
{
	return (struct elf_file_part){ .virt = segment->virt, .file_offset = segment->file_offset, .bytes = segment->file_bytes };
}

/* Where the file has the `bytes` bytes from `virt` on; false if not all of them are in this part. */
bool elf_file_part_find(const struct elf_file_part *part, uint64_t virt, uint64_t bytes, uint64_t *file_offset);

/*
 * Finds the tables and looks at every relocation. `elf` is as elf_open() left it. ERR_UNSUPPORTED: one of another kind, or a kernel that
 * needs a shared library; ERR_CORRUPT: tables that cannot be, or a relocation of a word that the file part of no segment has: the trail
 * names the relocation; ERR_TOO_BIG: more entries than a dynamic section has; ERR_IO.
 */
MUST_CHECK enum status elf_relocations_find(const struct elf *elf, struct elf_relocations *relocations, struct err *err);

/*
 * Shows each relocation of the file to the visitor: first those of DT_RELR, in the order of their targets, which differ, then those of
 * DT_RELA. Ends with the first status that is not OK, of the visitor or of a read.
 */
MUST_CHECK enum status elf_relocations_each(struct file *file, const struct elf_relocations *relocations,
					    struct elf_relocation_visitor *visitor, struct err *err);
