/* SPDX-License-Identifier: MIT */
/* Any bytes as a gzip file: never more output than promised, no crash. */
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/pack/unpack.h"

#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t working[128 * 1024];
	struct memory_file file;
	struct arena arena;
	const struct unpacker *unpacker;
	struct err err;
	uint64_t length;

	memory_file_init(&file, "/fuzz.gz", data, bytes);
	arena_init(&arena, working, sizeof working);
	if (unpack_probe(&file.file, &unpacker, &length, &err) != OK || length > 1 << 20)
		return 0;
	uint8_t *to = malloc(length ? length : 1);

	if (to && unpacker->unpack(&file.file, to, length, &arena, NULL, &err) != OK && err.depth == 0)
		abort();
	free(to);
	return 0;
}
