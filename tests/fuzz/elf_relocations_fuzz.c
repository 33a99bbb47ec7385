/* SPDX-License-Identifier: MIT */
/* Relocations of ELF files of any bytes: the whole of a relocated segment, and the same in parts. */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "kernel-handoff/image/elf_relocated_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* Two reads that meet in the middle of something give what one read gives. */
static void check_file(struct file *file, const struct elf_segment *segment)
{
	size_t bytes = segment->file_bytes, first = bytes / 2 + 3 < bytes ? bytes / 2 + 3 : bytes;
	uint8_t *whole = malloc(bytes + 1), *parts = malloc(bytes + 1);
	struct err err = { 0 };

	require(file_read(file, segment->file_offset, bytes, whole, &err) == OK);
	require(file_read(file, segment->file_offset, first, parts, &err) == OK);
	require(file_read(file, segment->file_offset + first, bytes - first, parts + first, &err) == OK);
	require(memcmp(whole, parts, bytes) == 0);
	free(whole);
	free(parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t arena_bytes[64 * 1024];
	struct elf_relocations relocations;
	struct memory_file kernel;
	struct arena arena;
	struct file **files;
	struct elf elf;
	struct err err = { 0 };

	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	memory_file_init(&kernel, "/kernel", data, bytes);
	if (elf_open(&kernel.file, &arena, &elf, &err) != OK || !elf.is_64)
		return 0;
	if (elf_relocations_find(&elf, &relocations, &err) != OK) {
		require((err.code == ERR_CORRUPT || err.code == ERR_UNSUPPORTED || err.code == ERR_TOO_BIG) && err.depth > 0);
		return 0;
	}
	files = elf_relocated_files(&elf, &relocations, 0xFFFFFFFF80200000, &arena);
	for (unsigned i = 0; i < elf.segment_count && files != NULL; i++)
		check_file(files[i], &elf.segment[i]);
	return 0;
}
