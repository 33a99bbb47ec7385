/* SPDX-License-Identifier: MIT */
/* Notes of an ELF file (System V ABI, chapter 5, "Note Section"): what a kernel tells its loader. */
#pragma once

#include "kernel-handoff/image/elf.h"

#include <stddef.h>

/* Fixed limits of ours: an owner's name with its NUL, and the notes of one file. */
enum { ELF_NOTE_OWNER_BYTES = 32, ELF_NOTES_MAX = 1024 };

/* Types of notes with the owner "Xen" (Xen's public/elfnote.h): where a paravirtualised kernel begins, and one by PVH. */
enum { XEN_NOTE_ENTRY = 1, XEN_NOTE_PHYS32_ENTRY = 18 };

/*
 * Finds the first note of this owner and type in the PT_NOTE segments, whose p_align tells how notes are padded: to 8 bytes if it is 8,
 * else to 4. Copies the first `room` bytes of its descriptor, or all if it has fewer, to `desc`; *bytes is the descriptor's whole length.
 * ERR_NOT_FOUND: there is none; ERR_CORRUPT: a note that goes on past its segment, or a segment past the file; ERR_TOO_BIG: above
 * ELF_NOTES_MAX; ERR_IO. `owner` is shorter than ELF_NOTE_OWNER_BYTES.
 */
MUST_CHECK enum status elf_note_find(const struct elf *elf, const char *owner, uint32_t type, void *desc, size_t room, size_t *bytes,
				     struct err *err);
