/* SPDX-License-Identifier: MIT */
/* Unpacked data of a gzip file as a file: without the memory for all of them. */
#include "core/pack/gzip_view.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/file.h"
#include "core/pack/gzip_stream.h"
#include "core/pack/unpack.h"

enum { SKIP_STEP = 16 * 1024 };

struct gzip_view {
	struct file file;
	struct gzip_stream stream;
	struct arena work; /* of the stream alone, so that it can start again */
	struct file *packed;
	struct library_gate *gate;
	uint8_t *skipped;
	uint64_t at; /* where the stream is in the unpacked data */
	uint64_t work_left;
};

static enum status restart(struct gzip_view *view, struct err *err)
{
	arena_reset(&view->work, 0);
	view->at = 0;
	return gzip_stream_open(&view->stream, view->packed, &view->work, view->gate, err);
}

static enum status advance(struct gzip_view *view, void *to, uint64_t bytes, struct err *err)
{
	uint64_t done = 0;

	if (bytes > view->work_left)
		return err_set(err, ERR_TOO_BIG, "too much of {s} would have to be unpacked", view->packed->path, 0, 0);
	if (gzip_stream_read(&view->stream, to, bytes, &done, err) != OK)
		return err->code;
	view->at += done;
	view->work_left -= done;
	if (done == bytes)
		return OK;
	(void)err_set(err, ERR_CORRUPT, "the gzip data of {s} end after {a} of {b} bytes", view->packed->path, view->at, view->file.bytes);
	return err_hint(err, gzip_copy_again);
}

static enum status view_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	struct gzip_view *view = (struct gzip_view *)file;

	if (offset < view->at && restart(view, err) != OK)
		return err->code;
	while (view->at < offset) {
		if (advance(view, view->skipped, min_u64(offset - view->at, SKIP_STEP), err) != OK)
			return err->code;
	}
	return advance(view, to, bytes, err);
}

enum status gzip_view(struct file *packed, uint64_t bytes, uint64_t work_max, struct arena *arena, struct library_gate *gate,
		      struct file **unpacked, struct err *err)
{
	static const struct file_ops ops = { .read = view_read };
	struct gzip_view *view = ARENA_NEW(arena, struct gzip_view);
	uint8_t *work = arena_allocate(arena, GZIP_STREAM_BYTES, 16), *skipped = arena_allocate(arena, SKIP_STEP, 16);

	if (!view || !work || !skipped)
		return err_set(err, ERR_NO_MEMORY, "no working memory for unpacking {s}", packed->path, 0, 0);
	*view = (struct gzip_view){ .file = { .ops = &ops, .path = packed->path, .bytes = bytes },
				    .packed = packed,
				    .gate = gate,
				    .skipped = skipped,
				    .work_left = work_max };
	arena_init(&view->work, work, GZIP_STREAM_BYTES);
	if (restart(view, err) != OK)
		return err->code;
	*unpacked = &view->file;
	return OK;
}
