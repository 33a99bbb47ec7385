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
	if (gate)
		gate->enter(gate);
	if (stream->input)
		result = inflateInit2(&stream->zlib, WINDOW_BITS_GZIP);
	if (gate)
		gate->leave(gate);
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

/* One call of zlib: at most `room` bytes come out. */
static enum status step(struct gzip_stream *stream, uint8_t *to, uInt room, uInt *done, struct err *err)
{
	int result;

	if (read_input(stream, err) != OK)
		return err->code;
	stream->zlib.next_out = to;
	stream->zlib.avail_out = room;
	if (stream->gate)
		stream->gate->enter(stream->gate);
	result = inflate(&stream->zlib, Z_NO_FLUSH);
	if (stream->gate)
		stream->gate->leave(stream->gate);
	if (result == Z_MEM_ERROR)
		return no_memory(err, stream->packed->path);
	/* Z_BUF_ERROR: no progress. There is neither input nor room left, and still no end. */
	if (result != Z_OK && result != Z_STREAM_END) {
		(void)err_set(err, ERR_CORRUPT, "the gzip data of {s} are damaged before byte {a} of the file", stream->packed->path,
			      stream->offset, 0);
		return err_hint(err, gzip_copy_again);
	}
	stream->ended = result == Z_STREAM_END;
	*done = room - stream->zlib.avail_out;
	return OK;
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

enum status gzip_stream_finish(struct gzip_stream *stream, struct err *err)
{
	uint8_t nothing;
	uInt done;

	while (!stream->ended) {
		if (step(stream, &nothing, 0, &done, err) != OK)
			return err->code;
	}
	if (stream->offset == stream->packed->bytes && stream->zlib.avail_in == 0)
		return OK;
	(void)err_set(err, ERR_CORRUPT, "other data follow the gzip data of {s}", stream->packed->path, 0, 0);
	return err_hint(err, gzip_copy_again);
}
