/* SPDX-License-Identifier: MIT */
/* Any bytes as a gzip file: never more output than promised, no crash, and a view of it that shows the same. */
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/pack/unpack.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The second half first, then all of it. */
static void check_view(struct file *packed, const uint8_t *unpacked, uint64_t length)
{
	static uint8_t working[256 * 1024];
	uint8_t *to = malloc(length ? length : 1);
	struct arena arena;
	struct file *view;
	struct err err;

	arena_init(&arena, working, sizeof working);
	if (!to || unpack_gzip.view(packed, length, 3 * length, &arena, NULL, &view, &err) != OK ||
	    file_read(view, length / 2, length - length / 2, to, &err) != OK ||
	    memcmp(to, unpacked + length / 2, length - length / 2) != 0 || file_read(view, 0, length, to, &err) != OK ||
	    memcmp(to, unpacked, length) != 0)
		abort();
	free(to);
}

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

	if (!to)
		return 0;
	if (unpacker->unpack(&file.file, to, length, &arena, NULL, &err) == OK)
		check_view(&file.file, to, length);
	else if (err.depth == 0)
		abort();
	free(to);
	return 0;
}
