/* SPDX-License-Identifier: MIT */
/*
 * Decompression: one gate to the libraries that do it. A new format is one file and one line in unpackers[] (unpack.c).
 *
 * The libraries come from Debian's static archives, which were built for hosted programs: their stack protector reads %fs:0x28. A shell
 * whose FS base is not its own sets it in library_gate.enter and restores it in .leave; they are called around each bounded step.
 */
#pragma once

#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct file;

struct library_gate {
	void (*enter)(struct library_gate *gate);
	void (*leave)(struct library_gate *gate);
};

enum { UNPACK_TOO_BIG_SHIFT = 32 }; /* 4 GiB: nothing that is unpacked here may be longer */

struct unpacked {
	uint64_t bytes;         /* of all unpacked data */
	uint64_t foreign_bytes; /* behind the packed data, to the end of the file: not of this format, and not looked at */
};

struct unpacker {
	const char *name; /* "gzip" */
	/*
	 * Guesses the length of the unpacked data, which is never 0, from what the file states; for most files that is right. Only the
	 * data tell. ERR_NOT_FOUND: not this format.
	 */
	enum status (*guess)(struct file *file, uint64_t *bytes, struct err *err);
	/*
	 * Unpacks all data and checks the format's own checksum. The first `room` bytes go to `to`, what follows them is only counted: with
	 * *unpacked the caller can make the right room and try again. Working memory comes from `arena`. ERR_CORRUPT: the data are damaged
	 * or cut off; ERR_TOO_BIG; ERR_NO_MEMORY; ERR_IO.
	 */
	enum status (*unpack)(struct file *file, void *to, uint64_t room, struct arena *arena, struct library_gate *gate,
			      struct unpacked *unpacked, struct err *err);
	/*
	 * Gives the first `bytes` bytes of the unpacked data as a file, for readers that want a part of them: a read unpacks on from where
	 * the last one ended, or from the start if it is for what lies before. At most `work_max` bytes are unpacked altogether:
	 * ERR_TOO_BIG. The file and its working memory live in `arena`. The format's checksum is not waited for. NULL: this format cannot
	 * do it.
	 */
	enum status (*view)(struct file *file, uint64_t bytes, uint64_t work_max, struct arena *arena, struct library_gate *gate,
			    struct file **unpacked, struct err *err);
};

extern const struct unpacker *const unpackers[]; /* ends with NULL */

/* The unpacker that claims the file, and its guess of the length. ERR_NOT_FOUND: the file is not compressed. */
MUST_CHECK enum status unpack_probe(struct file *file, const struct unpacker **unpacker, uint64_t *bytes, struct err *err);

extern const struct unpacker unpack_gzip;
