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
	enum { ROOM = 1 << 20 };
	static uint8_t working[128 * 1024], to[ROOM];
	struct memory_file file;
	struct arena arena;
	const struct unpacker *unpacker;
	struct unpacked counted, unpacked;
	struct err err;
	uint64_t guess;

	memory_file_init(&file, "/fuzz.gz", data, bytes);
	arena_init(&arena, working, sizeof working);
	if (unpack_probe(&file.file, &unpacker, &guess, &err) != OK)
		return 0;
	if (unpacker->unpack(&file.file, NULL, 0, &arena, NULL, &counted, &err) != OK) {
		if (err.depth == 0)
			abort();
		return 0;
	}
	if (guess == 0 || unpacker->unpack(&file.file, to, ROOM, &arena, NULL, &unpacked, &err) != OK || unpacked.bytes != counted.bytes ||
	    unpacked.foreign_bytes != counted.foreign_bytes || unpacked.foreign_bytes >= bytes)
		abort();
	if (unpacked.bytes <= ROOM)
		check_view(&file.file, to, unpacked.bytes);
	return 0;
}
