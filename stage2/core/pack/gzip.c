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
	EXPANSION_MAX = 1032, /* deflate cannot do better */
	EXPANSION_USUAL = 4,  /* of a kernel, rather more than less */
	COUNT_STEP = 16 * 1024,
};

/*
 * The last four bytes are the length of the last member, modulo 2^32. That is the length of all data if there is one member and nothing
 * behind it, which is what kernels are.
 */
static enum status gzip_guess(struct file *file, uint64_t *bytes, struct err *err)
{
	uint8_t head[3], tail[4];
	enum status status;
	uint64_t most;

	if (file->bytes < HEADER_BYTES + TRAILER_BYTES)
		return err_set(err, ERR_NOT_FOUND, "{s} is too short for a gzip file", file->path, 0, 0);
	status = file_read(file, 0, sizeof head, head, err);
	if (status != OK)
		return status;
	if (head[0] != GZIP_MAGIC_0 || head[1] != GZIP_MAGIC_1 || head[2] != Z_DEFLATED)
		return err_set(err, ERR_NOT_FOUND, "{s} is not a gzip file", file->path, 0, 0);
	status = file_read(file, file->bytes - sizeof tail, sizeof tail, tail, err);
	if (status != OK)
		return status;
	if (!checked_multiply(file->bytes, EXPANSION_MAX, &most))
		most = UINT64_MAX;
	*bytes = get_le32(tail);
	if (*bytes == 0 || *bytes > most)
		*bytes = most / EXPANSION_MAX * EXPANSION_USUAL;
	return OK;
}

/* Unpacks what is left, and keeps nothing. */
static enum status count_rest(struct gzip_stream *stream, struct arena *arena, uint64_t *bytes, struct err *err)
{
	void *scratch = arena_allocate(arena, COUNT_STEP, 16);

	if (scratch == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for unpacking {s}", stream->packed->path, 0, 0);
	while (!stream->ended) {
		uint64_t done = 0;

		if (gzip_stream_read(stream, scratch, COUNT_STEP, &done, err) != OK)
			return err->code;
		*bytes += done;
		if (*bytes >> UNPACK_TOO_BIG_SHIFT != 0)
			return err_set(err, ERR_TOO_BIG, "the unpacked data of {s} have 4 GiB or more", stream->packed->path, 0, 0);
	}
	return OK;
}

static enum status gzip_unpack(struct file *file, void *to, uint64_t room, struct arena *arena, struct library_gate *gate,
			       struct unpacked *unpacked, struct err *err)
{
	size_t mark = arena_mark(arena);
	struct gzip_stream stream;
	uint64_t bytes = 0;
	enum status status = gzip_stream_open(&stream, file, arena, gate, err);

	if (status == OK)
		status = gzip_stream_read(&stream, to, room, &bytes, err);
	if (status == OK)
		status = count_rest(&stream, arena, &bytes, err);
	if (status == OK)
		*unpacked = (struct unpacked){ .bytes = bytes, .foreign_bytes = stream.foreign_bytes };
	arena_reset(arena, mark);
	return status;
}

const struct unpacker unpack_gzip = { .name = "gzip", .guess = gzip_guess, .unpack = gzip_unpack, .view = gzip_view };
