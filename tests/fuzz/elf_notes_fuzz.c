/* SPDX-License-Identifier: MIT */
/* Notes in ELF files of any bytes: those of both owners that we read. */
#include "core/base/arena.h"
#include "kernel-handoff/image/elf_notes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void find(const struct elf *elf, const char *owner, uint32_t type)
{
	enum { ROOM = 16, UNTOUCHED = 0x55 };
	uint8_t desc[ROOM];
	size_t desc_bytes = 0;
	struct err err = { 0 };
	enum status status;

	memset(desc, UNTOUCHED, sizeof desc);
	status = elf_note_find(elf, owner, type, desc, sizeof desc, &desc_bytes, &err);
	require(status == OK || ((status == ERR_NOT_FOUND || status == ERR_CORRUPT || status == ERR_TOO_BIG) && err.depth > 0));
	if (status != OK)
		return;
	require(desc_bytes <= elf->file->bytes);
	for (size_t i = desc_bytes; i < ROOM; i++)
		require(desc[i] == UNTOUCHED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t arena_bytes[64 * 1024];
	struct memory_file file;
	struct arena arena;
	struct elf elf;
	struct err err = { 0 };

	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	memory_file_init(&file, "/kernel", data, bytes);
	if (elf_open(&file.file, &arena, &elf, &err) != OK)
		return 0;
	find(&elf, "mkboot", 1);
	find(&elf, "Xen", 18);
	return 0;
}
