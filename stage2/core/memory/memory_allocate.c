/* SPDX-License-Identifier: MIT */
/* Who has what in physical memory: exact reservations, and a deterministic search for free RAM. */
#include "core/base/checked.h"
#include "core/memory/memory_map.h"

#include <stddef.h>

static const uint64_t mib = 1ull << 20;
static const uint64_t page_bytes = 4096;

static enum status memory_record(struct memory *memory, const struct memory_reservation *reservation, struct err *err)
{
	if (memory->count == MEMORY_RESERVATIONS_MAX)
		return err_set(err, ERR_TOO_BIG, "no room to note that {s} needs memory: {a} ranges are in use", reservation->what,
			       memory->count, 0);
	memory->reservation[memory->count++] = *reservation;
	return OK;
}

/* RAM ends on a page, or at least nobody else has the rest of its last one. */
static uint64_t page_end(uint64_t end)
{
	return align_down(end - 1, page_bytes) + page_bytes;
}

/* The first reservation that shares a byte with [start, end); NULL if there is none. */
static const struct memory_reservation *reservation_on(const struct memory *memory, uint64_t start, uint64_t end, bool finals_only)
{
	for (unsigned i = 0; i < memory->count; i++) {
		const struct memory_reservation *owner = &memory->reservation[i];

		if (!(finals_only && owner->transient) && ranges_overlap(start, end, owner->start, owner->end))
			return owner;
	}
	return NULL;
}

/* What is being looked for, with the defaults filled in, and the best start so far. */
struct search {
	const struct memory *memory;
	uint64_t bytes, align, min, max;
	bool low, over_transient, found;
	uint64_t best;
};

static void search_try(struct search *search, uint64_t start)
{
	uint64_t end;

	if (search->found && (search->low ? start >= search->best : start <= search->best))
		return;
	if (start < search->min || !checked_add(start, search->bytes, &end) || end > search->max)
		return;
	if (memory_map_covers(&search->memory->map, start, end, MEMORY_RAM) &&
	    reservation_on(search->memory, start, end, search->over_transient) == NULL) {
		search->found = true;
		search->best = start;
	}
}

/*
 * A run of free RAM begins at `begin` or ends at `end`. The best start in any free run is its first or last aligned one, so trying these
 * for each edge that a run can have finds the best of all.
 */
static void search_edges(struct search *search, uint64_t begin, uint64_t end)
{
	uint64_t start;

	if (search->low) {
		if (checked_align_up(begin, search->align, &start))
			search_try(search, start);
	} else if (end >= search->bytes) {
		search_try(search, align_down(end - search->bytes, search->align));
	}
}

/* Asks the memory's owner, if there is one, and notes what became of it in the reservation. */
static bool memory_take(struct memory *memory, struct memory_reservation *reservation, bool executable)
{
	if (!memory->owner)
		return true;
	reservation->taken =
		memory->owner->take(memory, align_down(reservation->start, page_bytes), page_end(reservation->end), executable);
	return reservation->taken;
}

void memory_reset(struct memory *memory, unsigned mark)
{
	while (memory->count > mark) {
		const struct memory_reservation *last = &memory->reservation[--memory->count];

		if (last->taken)
			memory->owner->give_back(memory, align_down(last->start, page_bytes), page_end(last->end));
	}
}

/* The best free range for this want; false if there is none. */
static bool search_run(const struct memory *memory, const struct memory_want *want, bool over_transient, struct memory_reservation *found)
{
	struct search search = {
		.memory = memory,
		.bytes = max_u64(want->bytes, 1),
		.align = max_u64(want->align, 1),
		.max = want->max != 0 ? want->max : 1ull << 32,
		.low = want->low,
		.over_transient = over_transient,
	};

	search.min = max_u64(want->min, search.max > mib ? mib : page_bytes);
	search_edges(&search, search.min, search.max);
	for (unsigned i = 0; i < memory->map.count; i++)
		search_edges(&search, memory->map.range[i].start, memory->map.range[i].end);
	for (unsigned i = 0; i < memory->count; i++)
		search_edges(&search, memory->reservation[i].end, memory->reservation[i].start);
	*found = (struct memory_reservation){
		.start = search.best, .end = search.best + search.bytes, .what = want->what, .transient = want->transient
	};
	return search.found;
}

static enum status nothing_found(const struct memory_want *want, struct err *err)
{
	return err_set(err, ERR_NO_MEMORY, "no {a} bytes of free memory below {b:x} for {s}", want->what, want->bytes,
		       want->max != 0 ? want->max : 1ull << 32);
}

enum status memory_allocate(struct memory *memory, const struct memory_want *want, uint64_t *start, struct err *err)
{
	struct memory_reservation found;

	while (search_run(memory, want, false, &found)) {
		bool taken = memory_take(memory, &found, want->executable);
		enum status status;

		if (!taken) {
			found.what = "the firmware";
			found.transient = true;
		}
		status = memory_record(memory, &found, err);
		if (status == OK && taken)
			*start = found.start;
		if (status != OK || taken)
			return status;
	}
	return nothing_found(want, err);
}

uint64_t memory_stretch_end(const struct memory *memory, uint64_t at, uint64_t end, bool *in_the_way)
{
	uint64_t next = end;

	*in_the_way = false;
	for (unsigned i = 0; i < memory->count; i++) {
		const struct memory_reservation *reservation = &memory->reservation[i];

		if (!reservation->transient || reservation->end <= at)
			continue;
		if (reservation->start <= at) {
			*in_the_way = true;
			return min_u64(end, reservation->end);
		}
		next = min_u64(next, reservation->start);
	}
	return next;
}

bool memory_is_reserved(const struct memory *memory, uint64_t start, uint64_t end)
{
	for (unsigned round = 0; start < end && round < memory->count; round++) {
		for (unsigned i = 0; i < memory->count; i++) {
			const struct memory_reservation *reservation = &memory->reservation[i];

			if (!reservation->transient && reservation->start <= start && reservation->end > start)
				start = reservation->end;
		}
	}
	return start >= end;
}

/* Takes what is free of [start, end) from the memory's owner, each stretch as a reservation; *in_the_way: not all of it was free. */
static enum status reserve_stretches(struct memory *memory, const struct memory_reservation *whole, bool *in_the_way, struct err *err)
{
	struct memory_reservation stretch = *whole;
	enum status status = OK;

	*in_the_way = false;
	for (uint64_t next; status == OK && stretch.start < whole->end; stretch.start = next) {
		bool busy;

		next = stretch.end = memory_stretch_end(memory, stretch.start, whole->end, &busy);
		stretch.taken = false;
		if (!busy && !memory_take(memory, &stretch, false)) {
			/* Free in the map, and still the firmware will not give it: it has taken it meanwhile. */
			struct memory_reservation refused = {
				.start = stretch.start, .end = stretch.end, .what = "the firmware", .transient = true
			};

			busy = true;
			status = memory_record(memory, &refused, err);
		}
		*in_the_way |= busy;
		if (status == OK)
			status = memory_record(memory, &stretch, err);
	}
	return status;
}

enum status memory_reserve(struct memory *memory, uint64_t start, uint64_t end, const char *what, bool transient, bool *on_transient,
			   struct err *err)
{
	const struct memory_reservation whole = { .start = start, .end = end, .what = what, .transient = transient };
	const struct memory_reservation *owner;
	bool in_the_way;
	enum status status;

	if (start >= end)
		return err_set(err, ERR_DENIED, "{s} is empty, or wraps around: it goes from {a:x} to {b:x}", what, start, end);
	if (memory_map_require_ram(&memory->map, what, start, end, err) != OK)
		return err->code;
	owner = reservation_on(memory, start, end, true);
	if (owner != NULL) {
		(void)err_set(err, ERR_DENIED, "the memory from {a:x} to {b:x} belongs to {s}", owner->what, owner->start, owner->end);
		return err_add(err, "{s} cannot have the memory from {a:x} to {b:x}", what, start, end);
	}
	status = reserve_stretches(memory, &whole, &in_the_way, err);
	if (status == OK && on_transient != NULL)
		*on_transient = in_the_way;
	return status;
}

enum status memory_allocate_over(struct memory *memory, const struct memory_want *want, uint64_t *start, bool *on_transient,
				 struct err *err)
{
	struct memory_reservation found;

	if (!search_run(memory, want, true, &found))
		return nothing_found(want, err);
	*start = found.start;
	return memory_reserve(memory, found.start, found.end, want->what, false, on_transient, err);
}
