/* SPDX-License-Identifier: MIT */
/*
 * A relocated kernel as a file: the bytes of the kernel's file, patched as they are read. Nothing is buffered, however many relocations
 * there are, and nothing is changed before a place is loaded.
 */
#pragma once

#include "kernel-handoff/image/elf_relocations.h"

struct arena;

/*
 * One file for each segment, in their order, of path and length of the kernel's. At the segment's file offset it has the bytes of a kernel
 * that is moved up by `offset` (modulo 2^64). `elf` is as elf_open() left it, and what is done to it later makes no difference.
 * `relocations` are those that elf_relocations_find() found sound. NULL if the arena is full.
 */
struct file **elf_relocated_files(const struct elf *elf, const struct elf_relocations *relocations, uint64_t offset, struct arena *arena);
