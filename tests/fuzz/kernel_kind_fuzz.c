/* SPDX-License-Identifier: MIT */
/* Any bytes as a kernel that no entry fits: never a crash, never a kind of the key that was not to be looked for, nothing left behind. */
#include "core/base/arena.h"
#include "core/base/file.h"
#include "kernel-handoff/image/kernel_kind.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const char *const keys[] = { NULL, "linux", "multiboot2", "multiboot", "pvh", "elf", "efi", "uki" };
	static uint8_t working[64 * 1024];
	struct memory_file file;
	struct arena arena;

	memory_file_init(&file, "/fuzz", data, bytes);
	arena_init(&arena, working, sizeof working);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct kernel_kind kind = { .name = NULL };
		bool found = kernel_kind_find(&file.file, keys[i], &arena, &kind);

		if (arena.used != 0 || found != (kind.name != NULL) || (found && kind.help == NULL) ||
		    (keys[i] != NULL && kind.key != NULL && strcmp(kind.key, keys[i]) == 0))
			abort();
	}
	return 0;
}
