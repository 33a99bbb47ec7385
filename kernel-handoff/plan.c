/* SPDX-License-Identifier: MIT */
/* Filling a plan: each place gets its memory and a line in the list. */
#include "kernel-handoff/plan.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/print.h"

static const uint64_t page_bytes = 4096, mib = 1 << 20, gib_4 = 1ull << 32;

enum status plan_add_reserved(struct plan *plan, const struct place *place, struct err *err)
{
	if (plan->count == PLAN_PLACES_MAX)
		return err_set(err, ERR_TOO_BIG, "no room for {s}: a plan has at most {a} places", place->what, PLAN_PLACES_MAX, 0);
	plan->place[plan->count++] = *place;
	return OK;
}

#define MORE_MEMORY(size) "give the machine more memory: " size " would do (mkboot run and mkboot plan: --memory " size ")"

/*
 * Sizes of machines, each with the `end` up to which it has RAM below 4 GiB for certain: the firmware keeps some at the top, and a PC with
 * 4 GiB has its devices from 3 GiB on. From the last `end` to 4 GiB no machine has RAM.
 */
static const struct {
	uint64_t end;
	const char *hint;
} machines[] = {
	{ 64 << 20, MORE_MEMORY("128M") },       { 192 << 20, MORE_MEMORY("256M") },   { 448 << 20, MORE_MEMORY("512M") },
	{ 960 << 20, MORE_MEMORY("1G") },        { 1984ull << 20, MORE_MEMORY("2G") }, { 3008ull << 20, MORE_MEMORY("4G") },
	{ 3520ull << 20, MORE_MEMORY("3584M") },
};

enum { MACHINES = sizeof machines / sizeof *machines };

/*
 * Whether a machine that is like this one, with more memory, would have [start, end) as RAM: what is missing lies above all RAM. One with
 * RAM above 4 GiB has all below that it can have.
 */
static bool lacks_memory(const struct memory_map *map, uint64_t start, uint64_t end)
{
	uint64_t ram_end = memory_map_ram_end(map, gib_4);

	return end > ram_end && memory_map_ram_end(map, UINT64_MAX) <= gib_4 &&
	       (start >= ram_end || memory_map_covers(map, start, ram_end, MEMORY_RAM));
}

static const char *advice(const struct memory_map *map, uint64_t start, uint64_t end)
{
	unsigned i = 0;

	while (i < MACHINES && end > machines[i].end)
		i++;
	return i < MACHINES && lacks_memory(map, start, end) ? machines[i].hint
							     : "link the kernel at addresses where this machine has free RAM";
}

enum status plan_add_fixed(struct plan *plan, const struct place *place, struct err *err)
{
	struct place fixed = *place;
	uint64_t end;

	if (!checked_add(place->start, place->bytes, &end))
		return err_set(err, ERR_DENIED, "{s} wraps around: {b:x} bytes at {a:x}", place->what, place->start, place->bytes);
	if (memory_reserve(plan->memory, place->start, end, place->what, false, &fixed.staged, err) != OK)
		return err->code == ERR_DENIED ? err_hint(err, advice(&plan->memory->map, place->start, end)) : err->code;
	return plan_add_reserved(plan, &fixed, err);
}

static enum status allocate(struct plan *plan, const struct memory_want *want, uint64_t *start, bool *staged, struct err *err)
{
	return staged != NULL ? memory_allocate_over(plan->memory, want, start, staged, err)
			      : memory_allocate(plan->memory, want, start, err);
}

enum status plan_allocate(struct plan *plan, const struct memory_want *want, uint64_t *start, bool *staged, struct err *err)
{
	struct memory_want low = *want;
	enum status status;

	if (plan->low_from == 0)
		return allocate(plan, want, start, staged, err);
	low.low = true;
	low.min = max_u64(want->min, plan->low_from);
	status = allocate(plan, &low, start, staged, err);
	low.min = want->min;
	return status == ERR_NO_MEMORY ? allocate(plan, &low, start, staged, err) : status;
}

uint64_t plan_kernel_end(const struct plan *plan)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < plan->count; i++) {
		if (plan->place[i].kind == PLACE_KERNEL)
			end = max_u64(end, plan->place[i].start + plan->place[i].bytes);
	}
	return end;
}

enum status plan_add(struct plan *plan, const struct place *place, const struct memory_want *want, uint64_t *start, struct err *err)
{
	struct memory_want exact = *want;
	struct place added = *place;

	exact.bytes = place->bytes;
	exact.what = place->what;
	if (plan_allocate(plan, &exact, &added.start, NULL, err) != OK || plan_add_reserved(plan, &added, err) != OK)
		return err->code;
	*start = added.start;
	return OK;
}

enum status plan_add_file(struct plan *plan, enum place_kind kind, const char *what, struct file *file, uint64_t max, uint64_t *start,
			  struct err *err)
{
	struct place place = { .kind = kind, .what = what, .file = file, .file_bytes = file->bytes };

	if (file->bytes == 0) {
		*start = 0;
		return OK;
	}
	if (!checked_align_up(file->bytes, page_bytes, &place.bytes))
		return err_set(err, ERR_TOO_BIG, "{s} has {a} bytes", what, file->bytes, 0);
	return plan_add(plan, &place, &(struct memory_want){ .align = page_bytes, .max = max }, start, err);
}

enum status plan_add_trampoline(struct plan *plan, struct err *err)
{
	struct memory_want want = {
		.bytes = TRAMPOLINE_BYTES,
		.align = page_bytes,
		.max = plan->mode == ENTRY_MODE_REAL || plan->low_from != 0 ? mib : 0,
		.executable = true,
		.what = "the trampoline",
	};
	enum status status;

	if (plan->trampoline != 0)
		return OK;
	status = plan_allocate(plan, &want, &plan->trampoline, NULL, err);
	if (status != ERR_NO_MEMORY || plan->mode == ENTRY_MODE_REAL || want.max == 0)
		return status;
	want.max = 0;
	return plan_allocate(plan, &want, &plan->trampoline, NULL, err);
}

void plan_note(struct plan *plan, const char *what, const char *subject, uint64_t a, uint64_t b, const char *hint)
{
	struct plan_notes *notes = &plan->notes;

	if (notes->count == PLAN_NOTES_MAX) {
		notes->lost++;
		return;
	}
	notes->note[notes->count++] = (struct plan_note){ .text = { .what = what, .subject = subject, .a = a, .b = b }, .hint = hint };
}

const char *plan_label(struct arena *arena, const char *what, unsigned number, const char *path)
{
	struct text_buffer text;
	char data[96];

	text_buffer_init(&text, data, sizeof data);
	print(&text.sink, "%s %u", what, number);
	if (path != NULL)
		print(&text.sink, " %s", path);
	return arena_copy_text(arena, text.data, text.length);
}
