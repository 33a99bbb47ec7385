/* SPDX-License-Identifier: MIT */
/* gzip files (RFC 1952). */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/file.h"
#include "core/base/span.h"
#include "core/pack/gzip_stream.h"
#include "core/pack/gzip_view.h"
#include "core/pack/unpack.h"

enum {
	HEADER_BYTES = 10,
	TRAILER_BYTES = 8,    /* CRC32 and length of the data */
	EXPANSION_MAX = 1032, /* deflate cannot do better, so a claim above it is a lie */
};

static enum status gzip_measure(struct file *file, uint64_t *bytes, struct err *err)
{
	uint8_t head[3], tail[4];
	enum status status;
	uint64_t limit;

	if (file->bytes < HEADER_BYTES + TRAILER_BYTES)
		return err_set(err, ERR_NOT_FOUND, "{s} is too short for a gzip file", file->path, 0, 0);
	status = file_read(file, 0, sizeof head, head, err);
	if (status != OK)
		return status;
	if (head[0] != 0x1f || head[1] != 0x8b || head[2] != Z_DEFLATED)
		return err_set(err, ERR_NOT_FOUND, "{s} is not a gzip file", file->path, 0, 0);
	status = file_read(file, file->bytes - sizeof tail, sizeof tail, tail, err);
	if (status != OK)
		return status;
	if (!checked_multiply(file->bytes, EXPANSION_MAX, &limit) || get_le32(tail) > limit) {
		(void)err_set(err, ERR_CORRUPT, "{s} is cut off or damaged: {a} bytes of gzip cannot hold {b}", file->path, file->bytes,
			      get_le32(tail));
		return err_hint(err, gzip_copy_again);
	}
	*bytes = get_le32(tail);
	return OK;
}

static enum status gzip_unpack(struct file *file, void *to, uint64_t bytes, struct arena *arena, struct library_gate *gate, struct err *err)
{
	size_t mark = arena_mark(arena);
	struct gzip_stream stream;
	uint64_t done = 0;
	enum status status = gzip_stream_open(&stream, file, arena, gate, err);

	if (status == OK)
		status = gzip_stream_read(&stream, to, bytes, &done, err);
	if (status == OK && done != bytes) {
		(void)err_set(err, ERR_CORRUPT, "the gzip data of {s} end after {a} of {b} bytes", file->path, done, bytes);
		status = err_hint(err, gzip_copy_again);
	}
	if (status == OK)
		status = gzip_stream_finish(&stream, err);
	arena_reset(arena, mark);
	return status;
}

const struct unpacker unpack_gzip = { .name = "gzip", .measure = gzip_measure, .unpack = gzip_unpack, .view = gzip_view };
