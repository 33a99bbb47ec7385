/* SPDX-License-Identifier: MIT */
/* gzip files (RFC 1952) through zlib. */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/file.h"
#include "core/base/span.h"
#include "core/pack/unpack.h"

#include <zlib.h>

enum {
	HEADER_BYTES = 10,
	TRAILER_BYTES = 8,          /* CRC32 and length of the data */
	WINDOW_BITS_GZIP = 15 + 16, /* zlib reads the gzip header and trailer itself, and checks both */
	EXPANSION_MAX = 1032,       /* deflate cannot do better, so a claim above it is a lie */
	INPUT_STEP = 16 * 1024,
	OUTPUT_STEP = 256 * 1024,
};

static const char copy_again[] = "copy the file again; gzip -t tells whether it is whole";

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
		return err_hint(err, copy_again);
	}
	*bytes = get_le32(tail);
	return OK;
}

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

static int step(struct library_gate *gate, z_stream *stream)
{
	int result;

	if (gate)
		gate->enter(gate);
	result = inflate(stream, Z_NO_FLUSH);
	if (gate)
		gate->leave(gate);
	return result;
}

static enum status report(struct err *err, const char *path, int result, uint64_t offset)
{
	if (result == Z_MEM_ERROR)
		return err_set(err, ERR_NO_MEMORY, "no working memory for unpacking {s}", path, 0, 0);
	(void)err_set(err, ERR_CORRUPT, "the gzip data of {s} are damaged before byte {a} of the file", path, offset, 0);
	return err_hint(err, copy_again);
}

/* Feeds the file to zlib until the end of the data. */
static enum status inflate_file(struct file *file, void *to, uint64_t bytes, uint8_t *input, z_stream *stream, struct library_gate *gate,
				struct err *err)
{
	uint64_t offset = 0, done = 0;
	int result = Z_OK;

	while (result != Z_STREAM_END) {
		uInt room = (uInt)min_u64(bytes - done, OUTPUT_STEP);

		if (stream->avail_in == 0 && offset < file->bytes) {
			uint64_t part = min_u64(file->bytes - offset, INPUT_STEP);
			enum status status = file_read(file, offset, part, input, err);

			if (status != OK)
				return status;
			stream->next_in = input;
			stream->avail_in = (uInt)part;
			offset += part;
		}
		stream->next_out = (uint8_t *)to + done;
		stream->avail_out = room;
		result = step(gate, stream);
		/* Z_BUF_ERROR: no progress. There is neither input nor room left, and still no end. */
		if (result != Z_OK && result != Z_STREAM_END)
			return report(err, file->path, result, offset);
		done += room - stream->avail_out;
	}
	if (done != bytes || offset != file->bytes || stream->avail_in != 0) {
		(void)err_set(err, ERR_CORRUPT, "the gzip data of {s} end after {a} of {b} bytes, or other data follow them", file->path,
			      done, bytes);
		return err_hint(err, copy_again);
	}
	return OK;
}

static enum status gzip_unpack(struct file *file, void *to, uint64_t bytes, struct arena *arena, struct library_gate *gate, struct err *err)
{
	size_t mark = arena_mark(arena);
	uint8_t *input = arena_allocate(arena, INPUT_STEP, 16);
	z_stream stream = { .zalloc = allocate, .zfree = release, .opaque = arena };
	enum status status = OK;
	int result = Z_MEM_ERROR;

	if (gate)
		gate->enter(gate);
	if (input)
		result = inflateInit2(&stream, WINDOW_BITS_GZIP);
	if (gate)
		gate->leave(gate);
	if (result != Z_OK)
		status = report(err, file->path, Z_MEM_ERROR, 0);
	else
		status = inflate_file(file, to, bytes, input, &stream, gate, err);
	arena_reset(arena, mark);
	return status;
}

const struct unpacker unpack_gzip = { .name = "gzip", .measure = gzip_measure, .unpack = gzip_unpack };
