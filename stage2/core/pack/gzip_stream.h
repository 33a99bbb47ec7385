/* SPDX-License-Identifier: MIT */
/*
 * One run of zlib over a gzip file (RFC 1952), from front to back: what gzip.c and gzip_view.c have in common.
 *
 * The file is read as gzip(1) reads it. Members that follow each other are one run of data; a member may be empty. Zeros behind the last
 * one are padding. Other bytes there do not belong to the file, and neither does a member behind padding: gzip(1) says "trailing garbage
 * ignored".
 */
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

/* What a member begins with. */
enum { GZIP_MAGIC_0 = 0x1F, GZIP_MAGIC_1 = 0x8B, GZIP_MAGIC_BYTES = 2 };

struct gzip_stream {
	struct file *packed;
	struct library_gate *gate;
	uint8_t *input;
	uint64_t offset; /* in `packed`, of what zlib has not got yet */
	z_stream zlib;
	bool ended;             /* all data are out, and all checksums were right */
	uint64_t foreign_bytes; /* once it has ended: from the first byte on that is neither data nor padding */
};

/* Starts at the beginning of the file. The memory of the stream comes from `arena` and goes back with its mark. ERR_NO_MEMORY. */
MUST_CHECK enum status gzip_stream_open(struct gzip_stream *stream, struct file *packed, struct arena *arena, struct library_gate *gate,
					struct err *err);

/* Unpacks the next `bytes` bytes to `to`; *done is less than that only at the end. ERR_CORRUPT; ERR_NO_MEMORY; ERR_IO. */
MUST_CHECK enum status gzip_stream_read(struct gzip_stream *stream, void *to, uint64_t bytes, uint64_t *done, struct err *err);

/* What to do about a damaged file. */
extern const char gzip_copy_again[];
