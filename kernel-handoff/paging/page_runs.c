/* SPDX-License-Identifier: MIT */
/* Overlaying mappings: identity first, then what a kernel wants. */
#include "kernel-handoff/paging/page_runs.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"

static const uint64_t page_bytes = 4096;
static const uint64_t gib_4 = 1ull << 32;
static const uint64_t half_end = 1ull << 47; /* of the lower half; 4-level paging */
static const uint64_t space_mask = (1ull << 48) - 1;

/* Opens or closes a gap: `count` becomes count + by, entries from `at` on move. */
static void runs_shift(struct page_runs *runs, unsigned at, int by)
{
	unsigned from = by < 0 ? at + (unsigned)-by : at;

	memmove(&runs->run[(int)from + by], &runs->run[from], (runs->count - from) * sizeof *runs->run);
	runs->count = (unsigned)((int)runs->count + by);
}

/* Moves the start of a run up to `start`. */
static void run_cut_front(struct page_run *run, uint64_t start)
{
	run->phys += start - run->start;
	run->start = start;
}

/* Puts a run over what is there. Adds at most two to the count. */
static void runs_put(struct page_runs *runs, struct page_run new)
{
	unsigned i = 0, covered = 0;

	while (i < runs->count && runs->run[i].end <= new.start)
		i++;
	if (i < runs->count && runs->run[i].start < new.start) {
		if (runs->run[i].end > new.end) {
			runs_shift(runs, i, 1);
			runs->run[i] = runs->run[i + 1];
		}
		runs->run[i].end = new.start;
		i++;
	}
	while (i + covered < runs->count && runs->run[i + covered].end <= new.end)
		covered++;
	if (i + covered < runs->count && runs->run[i + covered].start < new.end)
		run_cut_front(&runs->run[i + covered], new.end);
	runs_shift(runs, i, 1 - (int)covered);
	runs->run[i] = new;
}

static bool run_continues(const struct page_run *run, const struct page_run *next)
{
	return run->end == next->start && run->phys + (run->end - run->start) == next->phys && run->writable == next->writable &&
	       run->executable == next->executable;
}

static void runs_join(struct page_runs *runs)
{
	unsigned kept = 0;

	for (unsigned i = 1; i < runs->count; i++) {
		if (run_continues(&runs->run[kept], &runs->run[i]))
			runs->run[kept].end = runs->run[i].end;
		else
			runs->run[++kept] = runs->run[i];
	}
	runs->count = kept + 1; /* the first 4 GiB are always there */
}

static enum status mapping_to_run(const struct page_mapping *mapping, struct page_run *run, struct err *err)
{
	uint64_t start = mapping->virt & space_mask, end = start + mapping->bytes;
	bool upper = start >= half_end;
	uint64_t canonical = upper ? start | ~space_mask : start;

	if (canonical != mapping->virt || end < start || end > (upper ? 2 * half_end : half_end))
		return err_set(err, ERR_UNSUPPORTED, "{s}: {b:x} bytes at virtual address {a:x} are not canonical", mapping->what,
			       mapping->virt, mapping->bytes);
	if (mapping->virt % page_bytes != mapping->phys % page_bytes) {
		(void)err_set(err, ERR_UNSUPPORTED, "{s}: virtual address {a:x} and physical address {b:x} differ within a page",
			      mapping->what, mapping->virt, mapping->phys);
		return err_hint(err, "align the segment's physical address in the linker script as its virtual one, to 4 KiB");
	}
	*run = (struct page_run){
		.start = align_down(start, page_bytes),
		.end = align_down(end + page_bytes - 1, page_bytes),
		.phys = align_down(mapping->phys, page_bytes),
		.writable = mapping->writable,
		.executable = mapping->executable,
	};
	return OK;
}

static void runs_put_identity(struct page_runs *runs, uint64_t start, uint64_t end, bool executable)
{
	start = align_down(start, page_bytes);
	end = align_down(min_u64(end, half_end - page_bytes) + page_bytes - 1, page_bytes);
	if (start < end)
		runs_put(runs, (struct page_run){ .start = start, .end = end, .phys = start, .writable = true, .executable = executable });
}

enum status page_runs_build(const struct memory_map *map, bool executable, const struct page_mapping *mapping, unsigned count,
			    struct arena *arena, struct page_runs *runs, struct err *err)
{
	unsigned ranges = map != NULL ? map->count : 0;
	struct page_run run;

	runs->count = 0;
	/* Each put adds at most two, and the first one finds an empty list. */
	runs->run = ARENA_NEW_ARRAY(arena, struct page_run, 1 + 2 * ((size_t)ranges + count));
	if (runs->run == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for the list of {a} mappings", NULL, (uint64_t)ranges + count, 0);
	runs_put_identity(runs, 0, gib_4, executable);
	for (unsigned i = 0; i < ranges; i++) {
		if (map->range[i].type == MEMORY_RAM && map->range[i].end > gib_4)
			runs_put_identity(runs, max_u64(map->range[i].start, gib_4), map->range[i].end, executable);
	}
	for (unsigned i = 0; i < count; i++) {
		if (mapping_to_run(&mapping[i], &run, err) != OK)
			return err->code;
		runs_put(runs, run);
	}
	runs_join(runs);
	return OK;
}
