/* SPDX-License-Identifier: MIT */
/*
 * ELF executables for x86 processors (System V ABI, chapters 4 and 5): ELF32 and ELF64, little-endian. Only the headers are read; what
 * the segments hold stays in the file.
 */
#pragma once

#include "core/base/file.h"
#include "kernel-handoff/image/departures.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Fixed limits of ours: no kernel comes near them. */
enum { ELF_PROGRAM_HEADERS_MAX = 256, ELF_SEGMENTS_MAX = 64, ELF_SECTIONS_MAX = 512 };

enum { ELF_MACHINE_386 = 3, ELF_MACHINE_X86_64 = 62 };
enum { ELF_TYPE_EXEC = 2, ELF_TYPE_DYN = 3, ELF_TYPE_CORE = 4 };
enum { ELF_PROGRAM_LOAD = 1, ELF_PROGRAM_DYNAMIC = 2, ELF_PROGRAM_NOTE = 4 };
enum { ELF_SEGMENT_EXECUTABLE = 1, ELF_SEGMENT_WRITABLE = 2 };
enum { ELF_SECTION_SYMBOLS = 2, ELF_SECTION_STRINGS = 3, ELF_SECTION_NOTE = 7 };

/*
 * A PT_LOAD program header with p_memsz > 0. Checked: the file has its bytes, wherever it says they are if there are none;
 * p_filesz <= p_memsz; neither address wraps; virt + bytes may be 2^64, which is 0.
 */
struct elf_segment {
	unsigned index; /* in the program header table */
	uint32_t flags; /* p_flags */
	uint64_t file_offset, file_bytes, bytes;
	uint64_t virt, phys;
};

/* A program header as it stands in the file: nothing of it is checked. */
struct elf_program {
	uint32_t type, flags; /* ELF_PROGRAM_..., p_flags */
	uint64_t file_offset, file_bytes, bytes, virt, phys, align;
};

struct elf {
	struct file *file;
	bool is_64;
	uint16_t type, machine;
	uint64_t entry;      /* virtual, or physical, as its author understood it */
	unsigned departures; /* DEPARTS_ELF_... */
	unsigned segment_count;
	struct elf_segment *segment; /* in the order of the table */
	/* The program header table, for elf_program_read(). */
	uint64_t programs_offset;
	unsigned program_count, program_bytes;
	/* The section header table; count 0 if there is none. Checked: it lies inside the file. */
	uint64_t sections_offset;
	unsigned section_count, section_bytes, section_names;
};

/* The fields of a section header that a loader looks at. */
struct elf_section {
	uint32_t type;
	uint64_t address, file_offset, bytes;
};

/*
 * Reads the headers; the segments live in `arena`. ERR_NOT_FOUND: not an ELF file; ERR_UNSUPPORTED: not an executable for an x86 processor;
 * ERR_CORRUPT: cut off, or with headers that cannot be; ERR_TOO_BIG: above the limits; ERR_NO_MEMORY; ERR_IO.
 */
MUST_CHECK enum status elf_open(struct file *file, struct arena *arena, struct elf *elf, struct err *err);

/* Reads one program header (index < program_count). */
MUST_CHECK enum status elf_program_read(const struct elf *elf, unsigned index, struct elf_program *program, struct err *err);

/* Translates a virtual address through the segment that has it; false if none does. */
bool elf_to_physical(const struct elf *elf, uint64_t virt, uint64_t *phys);

/*
 * How many bytes at a segment's start, at most a page, are the headers of the file itself with nothing but zeros behind them: linkers map
 * them in front of the first section, and no kernel that is loaded by its headers needs them. 0: none, or they cannot be read.
 */
uint64_t elf_header_bytes(const struct elf *elf, const struct elf_segment *segment);

/* True if a segment lies there. */
bool elf_has_physical(const struct elf *elf, uint64_t phys);

/* [*start, *end) from the lowest to the highest physical address of the segments; false if there are none. */
bool elf_span(const struct elf *elf, uint64_t *start, uint64_t *end);

/* Reads one section header (index < section_count). */
MUST_CHECK enum status elf_section_read(const struct elf *elf, unsigned index, struct elf_section *section, struct err *err);

/* Writes the address into a section header as it stands in the file; `header` has section_bytes bytes. */
void elf_section_set_address(const struct elf *elf, void *header, uint64_t address);
