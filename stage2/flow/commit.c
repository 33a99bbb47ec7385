/* SPDX-License-Identifier: MIT */
/* Carries a plan out: loads every place, quiesces the firmware, jumps. */
#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "flow/flow.h"

/* Staging memory is looked for in one piece, then in halves; a free range below this is not worth a move. */
enum { STAGE_BYTES_MIN = 64 * 1024, PAGE_BYTES = 4096 };

static const uint64_t gib_4 = 1ull << 32;

struct commit {
	struct platform *platform;
	const struct plan *plan;
	struct plan_moves *moves; /* too large for a small stack */
	struct err *err;
};

static enum status load_window(const struct commit *commit, const struct place *place, uint64_t offset, uint64_t bytes, uint64_t phys)
{
	uint8_t *to = commit->platform->ops->window(commit->platform, phys, bytes);
	uint64_t from_file = place->file && offset < place->file_bytes ? min_u64(bytes, place->file_bytes - offset) : 0;

	if (!to)
		return err_set(commit->err, ERR_UNSUPPORTED, "{b} bytes of memory at {a:x} are out of the loader's reach", NULL, phys,
			       bytes);
	if (from_file > 0) {
		enum status status = file_read(place->file, place->file_offset + offset, from_file, to, commit->err);

		if (status != OK)
			return status;
	}
	memset(to + from_file, 0, bytes - from_file);
	return OK;
}

/* Writes [offset, offset + bytes) of a place to `phys`: what its file has, then zeros. */
static enum status load(const struct commit *commit, const struct place *place, uint64_t offset, uint64_t bytes, uint64_t phys)
{
	enum status status = OK;

	for (uint64_t done = 0, part; status == OK && done < bytes; done += part) {
		/* No mapping goes across 4 GiB: below, all is there at once. */
		part = min_u64(bytes - done, phys + done < gib_4 ? gib_4 - (phys + done) : WINDOW_BYTES);
		status = load_window(commit, place, offset + done, part, phys + done);
	}
	return status;
}

/* The largest free piece of at most *bytes bytes. */
static enum status allocate_stage(const struct commit *commit, uint64_t *bytes, uint64_t *start)
{
	struct memory_want want = { .bytes = *bytes, .align = PAGE_BYTES, .transient = true, .what = "staging" };
	enum status status = memory_allocate(&commit->platform->memory, &want, start, commit->err);

	while (status == ERR_NO_MEMORY && want.bytes > STAGE_BYTES_MIN) {
		want.bytes = align_down(want.bytes / 2 + PAGE_BYTES - 1, PAGE_BYTES);
		status = memory_allocate(&commit->platform->memory, &want, start, commit->err);
	}
	if (status == ERR_NO_MEMORY) {
		(void)err_set(commit->err, ERR_NO_MEMORY, "no free memory is left to keep {a} bytes in until the jump", NULL, *bytes, 0);
		return err_hint(commit->err, "give the machine more memory, or link the kernel at addresses where it has free RAM");
	}
	*bytes = want.bytes;
	return status;
}

static enum status stage(struct commit *commit, const struct place *place, uint64_t offset, uint64_t bytes)
{
	while (bytes > 0) {
		uint64_t piece = bytes, from;
		enum status status;

		if (commit->moves->count == PLAN_MOVES_MAX)
			return err_set(commit->err, ERR_TOO_BIG, "more than {a} pieces would have to be moved there", NULL, PLAN_MOVES_MAX,
				       0);
		status = allocate_stage(commit, &piece, &from);
		if (status == OK)
			status = load(commit, place, offset, piece, from);
		if (status != OK)
			return err_add(commit->err, "the loader is in the way at {a:x}", NULL, place->start + offset, 0);
		commit->moves->move[commit->moves->count++] =
			(struct plan_move){ .from = from, .to = place->start + offset, .bytes = piece };
		offset += piece;
		bytes -= piece;
	}
	return OK;
}

static enum status load_staged(struct commit *commit, const struct place *place)
{
	uint64_t end = place->start + place->bytes;
	enum status status = OK;

	for (uint64_t at = place->start, next; status == OK && at < end; at = next) {
		uint64_t offset = at - place->start;
		bool in_the_way;

		next = memory_stretch_end(&commit->platform->memory, at, end, &in_the_way);
		if (in_the_way)
			status = stage(commit, place, offset, next - at);
		else
			status = load(commit, place, offset, next - at, at);
	}
	return status;
}

static enum status load_places(struct commit *commit)
{
	for (unsigned i = 0; i < commit->plan->count; i++) {
		const struct place *place = &commit->plan->place[i];
		enum status status;

		if (place->staged)
			status = load_staged(commit, place);
		else
			status = load(commit, place, 0, place->bytes, place->start);
		if (status != OK)
			return err_add(commit->err, "cannot load {s}", place->what, 0, 0);
	}
	return OK;
}

/* A firmware that fails to set a mode is not asked for another: plans that are made from now on leave the screen as it is. */
static enum status set_video(struct platform *platform, const struct plan *plan, struct err *err)
{
	if (!plan->video.set || platform->ops->set_video(platform, &plan->video, err) == OK)
		return OK;
	platform->machine.video = NULL;
	return err_add(err, "the screen could not be set", NULL, 0, 0);
}

static enum status start_image(struct platform *platform, const struct plan *plan, struct err *err)
{
	if (!platform->ops->start_image)
		return err_set(err, ERR_UNSUPPORTED, "this machine's firmware cannot start the image {s}", plan->kernel, 0, 0);
	return platform->ops->start_image(platform, plan, err);
}

static enum status enter(const struct commit *commit, struct plan *plan)
{
	struct platform *platform = commit->platform;

	if (platform->ops->quiesce(platform, plan, commit->err) != OK)
		return err_add(commit->err, "the firmware could not be left", NULL, 0, 0);
	platform->ops->jump(platform, plan, commit->moves);
	return OK;
}

/* Notes have been printed since the plan was made: a kernel that goes on in text shall not write over them. */
static void tell_cursor(const struct platform *platform, const struct plan *plan)
{
	const struct screen *screen = &platform->machine.screen;

	if (plan->video.cursor)
		memcpy(plan->video.cursor, (const uint8_t[]){ screen->cursor_column, screen->cursor_line }, 2);
}

enum status boot_commit(struct platform *platform, struct plan *plan, struct err *err)
{
	struct commit commit = { .platform = platform, .plan = plan, .moves = ARENA_NEW(platform->arena, struct plan_moves), .err = err };
	enum status status;

	if (!commit.moves)
		return err_set(err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
	tell_cursor(platform, plan);
	status = load_places(&commit); /* an image has none */
	if (status == OK)
		status = set_video(platform, plan, err);
	if (status != OK)
		return status;
	status = plan->mode == ENTRY_MODE_IMAGE ? start_image(platform, plan, err) : enter(&commit, plan);
	if (status != OK && plan->video.set)
		platform->ops->reset_video(platform);
	return status;
}
