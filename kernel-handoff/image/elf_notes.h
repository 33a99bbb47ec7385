/* SPDX-License-Identifier: MIT */
/* Notes of an ELF file (System V ABI, chapter 5, "Note Section"): what a kernel tells its loader. */
#pragma once

#include "kernel-handoff/image/elf.h"

#include <stddef.h>

/* Fixed limits of ours: an owner's name with its NUL, and the bytes of all notes that are looked at. */
enum { ELF_NOTE_OWNER_BYTES = 32, ELF_NOTES_BYTES_MAX = 256 * 1024 };

/* Types of notes with the owner "Xen" (Xen's public/elfnote.h): where a paravirtualised kernel begins, and one by PVH. */
enum { XEN_NOTE_ENTRY = 1, XEN_NOTE_PHYS32_ENTRY = 18 };

/*
 * Finds the first note of this owner and type: in the PT_NOTE segments, and if none is there in the SHT_NOTE sections, as Xen does.
 *
 * Notes are padded to 4 bytes, whatever p_align says: a linker that puts .note.gnu.property among others aligns them all to 8. Only where
 * p_align is 8 and notes that are padded to 8 end where their segment does, they are, as the specification has it, and their padding is
 * zero.
 * A note is looked for at every multiple of 4 of its segment, so damage before or behind it does not hide it.
 *
 * Copies the first `room` bytes of its descriptor, or all if it has fewer, to `desc`; *bytes is the descriptor's whole length.
 * ERR_NOT_FOUND: there is none; ERR_CORRUPT: it goes on past its segment, or there is none, and a segment is damaged or leaves the file;
 * ERR_TOO_BIG: there is none in the first ELF_NOTES_BYTES_MAX bytes; ERR_IO. `owner` is shorter than ELF_NOTE_OWNER_BYTES.
 */
MUST_CHECK enum status elf_note_find(const struct elf *elf, const char *owner, uint32_t type, void *desc, size_t room, size_t *bytes,
				     struct err *err);
