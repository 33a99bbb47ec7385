/* SPDX-License-Identifier: MIT */
/* zlib between a file and a caller's memory, in bounded steps. */
#include "core/pack/gzip_stream.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/file.h"
#include "core/pack/unpack.h"

enum {
	WINDOW_BITS_GZIP = 15 + 16, /* zlib reads the gzip header and trailer itself, and checks both */
	INPUT_STEP = 16 * 1024,
	OUTPUT_STEP = 256 * 1024,
};

const char gzip_copy_again[] = "copy the file again; gzip -t tells whether it is whole";

static voidpf allocate(voidpf context, uInt count, uInt bytes)
{
	return arena_allocate_array(context, count, bytes, 16);
}

/* All goes back at once, with the arena's mark. */
static void release(voidpf context, voidpf memory)
{
	(void)context;
	(void)memory;
}

/* Around each call of zlib: see unpack.h. */
static void enter(const struct gzip_stream *stream)
{
	if (stream->gate)
		stream->gate->enter(stream->gate);
}

static void leave(const struct gzip_stream *stream)
{
	if (stream->gate)
		stream->gate->leave(stream->gate);
}

static enum status no_memory(struct err *err, const char *path)
{
	return err_set(err, ERR_NO_MEMORY, "no working memory for unpacking {s}", path, 0, 0);
}

enum status gzip_stream_open(struct gzip_stream *stream, struct file *packed, struct arena *arena, struct library_gate *gate,
			     struct err *err)
{
	int result = Z_MEM_ERROR;

	*stream = (struct gzip_stream){ .packed = packed, .gate = gate, .input = arena_allocate(arena, INPUT_STEP, 16) };
	stream->zlib = (z_stream){ .zalloc = allocate, .zfree = release, .opaque = arena };
	enter(stream);
	if (stream->input)
		result = inflateInit2(&stream->zlib, WINDOW_BITS_GZIP);
	leave(stream);
	return result == Z_OK ? OK : no_memory(err, packed->path);
}

static enum status read_input(struct gzip_stream *stream, struct err *err)
{
	uint64_t part = min_u64(stream->packed->bytes - stream->offset, INPUT_STEP);

	if (stream->zlib.avail_in != 0 || part == 0)
		return OK;
	if (file_read(stream->packed, stream->offset, part, stream->input, err) != OK)
		return err->code;
	stream->zlib.next_in = stream->input;
	stream->zlib.avail_in = (uInt)part;
	stream->offset += part;
	return OK;
}

/* To the end of the file, or to the first byte that is not zero. */
static enum status skip_padding(struct gzip_stream *stream, struct err *err)
{
	z_stream *zlib = &stream->zlib;

	for (;;) {
		for (; zlib->avail_in > 0 && *zlib->next_in == 0; zlib->next_in++)
			zlib->avail_in--;
		if (zlib->avail_in > 0 || stream->offset == stream->packed->bytes)
			break;
		if (read_input(stream, err) != OK)
			return err->code;
	}
	stream->ended = true;
	stream->foreign_bytes = stream->packed->bytes - stream->offset + zlib->avail_in;
	return OK;
}

/* A member has ended: goes on with one that follows it, or finds out what else lies there. */
static enum status end_member(struct gzip_stream *stream, struct err *err)
{
	z_stream *zlib = &stream->zlib;

	if (zlib->avail_in < GZIP_MAGIC_BYTES) { /* read again, with the bytes behind it */
		stream->offset -= zlib->avail_in;
		zlib->avail_in = 0;
		if (read_input(stream, err) != OK)
			return err->code;
	}
	if (zlib->avail_in < GZIP_MAGIC_BYTES || zlib->next_in[0] != GZIP_MAGIC_0 || zlib->next_in[1] != GZIP_MAGIC_1)
		return skip_padding(stream, err);
	enter(stream);
	(void)inflateReset(zlib); /* fails for a stream that was never opened */
	leave(stream);
	return OK;
}

/* Z_BUF_ERROR, no progress, means that all input is used and the data do not end. */
static enum status damaged(const struct gzip_stream *stream, int result, struct err *err)
{
	(void)err_set(err, ERR_CORRUPT,
		      result == Z_BUF_ERROR ? "{s} is cut off: its gzip data do not end before its last byte, which is byte {a}"
					    : "the gzip data of {s} are damaged before byte {a} of the file",
		      stream->packed->path, stream->offset, 0);
	return err_hint(err, gzip_copy_again);
}

/* One call of zlib: at most `room` bytes come out. */
static enum status step(struct gzip_stream *stream, uint8_t *to, uInt room, uInt *done, struct err *err)
{
	int result;

	if (read_input(stream, err) != OK)
		return err->code;
	stream->zlib.next_out = to;
	stream->zlib.avail_out = room;
	enter(stream);
	result = inflate(&stream->zlib, Z_NO_FLUSH);
	leave(stream);
	*done = room - stream->zlib.avail_out;
	if (result == Z_STREAM_END)
		return end_member(stream, err);
	if (result == Z_MEM_ERROR)
		return no_memory(err, stream->packed->path);
	return result == Z_OK ? OK : damaged(stream, result, err);
}

enum status gzip_stream_read(struct gzip_stream *stream, void *to, uint64_t bytes, uint64_t *done, struct err *err)
{
	uint64_t count = 0;

	while (count < bytes && !stream->ended) {
		uInt part = 0;

		if (step(stream, (uint8_t *)to + count, (uInt)min_u64(bytes - count, OUTPUT_STEP), &part, err) != OK)
			return err->code;
		count += part;
	}
	*done = count;
	return OK;
}
