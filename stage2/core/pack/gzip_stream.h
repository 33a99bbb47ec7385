/* SPDX-License-Identifier: MIT */
/* One run of zlib over a gzip file (RFC 1952), from front to back: what gzip.c and gzip_view.c have in common. */
#pragma once

#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>

struct arena;
struct file;
struct library_gate;

/* Working memory of a stream, the 32 KiB window of the format among it. */
enum { GZIP_STREAM_BYTES = 64 * 1024 };

struct gzip_stream {
	struct file *packed;
	struct library_gate *gate;
	uint8_t *input;
	uint64_t offset; /* in `packed`, of what zlib has not got yet */
	z_stream zlib;
	bool ended; /* all data are out, and the checksum of the format was right */
};

/* Starts at the beginning of the file. The memory of the stream comes from `arena` and goes back with its mark. ERR_NO_MEMORY. */
MUST_CHECK enum status gzip_stream_open(struct gzip_stream *stream, struct file *packed, struct arena *arena, struct library_gate *gate,
					struct err *err);

/* Unpacks the next `bytes` bytes to `to`; *done is less than that only at the end. ERR_CORRUPT; ERR_NO_MEMORY; ERR_IO. */
MUST_CHECK enum status gzip_stream_read(struct gzip_stream *stream, void *to, uint64_t bytes, uint64_t *done, struct err *err);

/* Makes sure that the data end here, and the file with them. */
MUST_CHECK enum status gzip_stream_finish(struct gzip_stream *stream, struct err *err);

/* What to do about a damaged file. */
extern const char gzip_copy_again[];
