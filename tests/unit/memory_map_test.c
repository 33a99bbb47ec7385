/* SPDX-License-Identifier: MIT */
/* The memory map and the allocator against an oracle that looks at every page of a small machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/memory/memory_map.h"
#include "support_block.h"

enum { PAGES = 768, PAGE = 4096, RAW_MAX = 64, ROUNDS = 400, MIB = 1 << 20 };

static struct memory memory;
static struct err err;
static uint32_t type_of[PAGES]; /* the oracle: 0 is a hole */

static unsigned pick(unsigned below)
{
	return (unsigned)rand() % below;
}

/* Random ranges of whole pages, some empty, some wrapping; the oracle applies the rule to each page. */
static unsigned make_raw(struct memory_range *raw)
{
	unsigned count = 1 + pick(RAW_MAX - 1);

	memset(type_of, 0, sizeof type_of);
	for (unsigned i = 0; i < count; i++) {
		unsigned start = pick(PAGES), end = pick(4) == 0 ? pick(PAGES) : start + pick(PAGES - start);
		uint32_t type = pick(8);

		raw[i] = (struct memory_range){
			.start = (uint64_t)start * PAGE, .end = (uint64_t)end * PAGE, .type = type, .attributes = 1
		};
		for (unsigned page = start; page < end; page++)
			type_of[page] = type_of[page] > (type ? type : 2) ? type_of[page] : (type ? type : 2);
	}
	return count;
}

static void check_map(const struct memory_map *map)
{
	for (unsigned i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->range[i];

		assert_true(range->start < range->end);
		if (i > 0)
			assert_true(range[-1].end < range->start || (range[-1].end == range->start && range[-1].type != range->type));
		for (uint64_t at = range->start; at < range->end; at += PAGE)
			assert_int_equal(type_of[at / PAGE], range->type);
	}
	for (unsigned page = 0; page < PAGES; page++) {
		uint64_t start = (uint64_t)page * PAGE;

		if (type_of[page] != 0)
			assert_true(memory_map_covers(map, start, start + PAGE, type_of[page]));
		else
			for (uint32_t type = 1; type < 8; type++)
				assert_false(memory_map_covers(map, start, start + PAGE, type));
	}
}

static bool oracle_is(unsigned start, unsigned end, uint32_t type)
{
	while (start < end && type_of[start] == type)
		start++;
	return start >= end;
}

static bool oracle_knows(unsigned start, unsigned end)
{
	while (start < end && type_of[start] != 0)
		start++;
	return start >= end;
}

static bool oracle_has(unsigned start, unsigned end, uint32_t type)
{
	while (start < end && type_of[start] != type)
		start++;
	return start < end;
}

static void random_maps_match_the_oracle(void **state)
{
	struct memory_range raw[RAW_MAX];

	(void)state;
	srand(1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned count = make_raw(raw);
		enum status status = memory_map_build(raw, count, &memory.map, &err);
		uint64_t ram_end = 0, limit = (uint64_t)pick(PAGES) * PAGE + pick(2);

		for (unsigned page = 0; page < PAGES; page++)
			ram_end = type_of[page] == MEMORY_RAM && (uint64_t)page * PAGE < limit ? min_u64((page + 1ull) * PAGE, limit)
											       : ram_end;
		if (ram_end == 0 && status != OK) {
			assert_status(ERR_CORRUPT, status, &err);
			continue;
		}
		assert_ok(status, &err);
		check_map(&memory.map);
		assert_int_equal(memory_map_ram_end(&memory.map, limit), ram_end);
		for (unsigned i = 0; i < 50; i++) {
			unsigned start = pick(PAGES), end = start + pick(PAGES - start);
			uint32_t type = 1 + pick(7);

			assert_int_equal(memory_map_covers(&memory.map, (uint64_t)start * PAGE, (uint64_t)end * PAGE, type),
					 oracle_is(start, end, type));
			assert_int_equal(memory_map_knows(&memory.map, (uint64_t)start * PAGE, (uint64_t)end * PAGE),
					 oracle_knows(start, end));
			assert_int_equal(memory_map_touches(&memory.map, (uint64_t)start * PAGE, (uint64_t)end * PAGE, type),
					 oracle_has(start, end, type));
		}
	}
}

static void awkward_maps(void **state)
{
	struct memory_range none[] = { { .start = 5, .end = 5, .type = 1 }, { .start = 9, .end = 3, .type = 1 } };
	struct memory_range reserved[] = { { .start = 0, .end = PAGE, .type = 0 } };
	struct memory_range attributes[] = { { 0, PAGE, 1, 1 }, { PAGE, 2 * PAGE, 1, 9 } };
	struct memory_range top[] = { { UINT64_MAX - PAGE, UINT64_MAX, 7, 1 }, { PAGE, 2 * PAGE, 1, 1 } };

	(void)state;
	assert_status(ERR_CORRUPT, memory_map_build(none, 0, &memory.map, &err), &err);
	assert_status(ERR_CORRUPT, memory_map_build(none, 2, &memory.map, &err), &err);
	assert_status(ERR_CORRUPT, memory_map_build(reserved, 1, &memory.map, &err), &err);
	assert_int_equal(memory_map_ram_end(&memory.map, UINT64_MAX), 0);
	/* The attributes are passed on to the kernel, so what differs in them stays apart, and is RAM all the same. */
	assert_ok(memory_map_build(attributes, 2, &memory.map, &err), &err);
	assert_int_equal(memory.map.count, 2);
	assert_true(memory_map_covers(&memory.map, 0, 2 * PAGE, MEMORY_RAM));
	assert_ok(memory_map_build(top, 2, &memory.map, &err), &err);
	assert_int_equal(memory.map.count, 2);
	assert_int_equal(memory.map.range[1].end, UINT64_MAX);
}

static bool oracle_free(uint64_t start, uint64_t end, bool over_transient)
{
	for (uint64_t page = start / PAGE; page * PAGE < end; page++) {
		if (page >= PAGES || type_of[page] != MEMORY_RAM)
			return false;
	}
	for (unsigned i = 0; i < memory.count; i++) {
		if (!(over_transient && memory.reservation[i].transient) && start < memory.reservation[i].end &&
		    memory.reservation[i].start < end)
			return false;
	}
	return true;
}

/* The best start found by trying every multiple of `align`; UINT64_MAX if there is none. */
static uint64_t oracle_find(const struct memory_want *want, bool over_transient)
{
	uint64_t align = want->align ? want->align : 1, best = UINT64_MAX, max = want->max ? want->max : 1ull << 32;
	uint64_t floor = max_u64(want->min, max > MIB ? MIB : PAGE);

	for (uint64_t start = 0; start + want->bytes <= min_u64(max, (uint64_t)PAGES * PAGE); start += align) {
		if (start < floor || !oracle_free(start, start + want->bytes, over_transient))
			continue;
		if (want->low)
			return start;
		best = start;
	}
	return best;
}

static void try_allocations(unsigned count, uint64_t unit, uint64_t max_bytes, uint64_t limit)
{
	memory.count = 0;
	for (unsigned i = 0; i < count; i++) {
		struct memory_want want = {
			.bytes = 1 + pick((unsigned)max_bytes), .align = unit << pick(4), .low = pick(2), .what = "it"
		};
		uint64_t expected, start = 0;
		bool over_transient = pick(3) == 0, staged = false, expected_staged;
		enum status status;

		want.transient = !over_transient && pick(2);
		want.align = unit == 1 && pick(3) == 0 ? 0 : want.align;
		want.max = limit != 0 ? limit - pick(3) * unit : pick(3) * PAGE * (uint64_t)pick(PAGES);
		want.min = pick(2) * unit * (uint64_t)pick((unsigned)(PAGES * PAGE / unit));
		want.min = limit != 0 ? want.min % limit : want.min;
		expected = oracle_find(&want, over_transient);
		expected_staged = expected != UINT64_MAX && !oracle_free(expected, expected + want.bytes, false);
		status = over_transient ? memory_allocate_over(&memory, &want, &start, &staged, &err)
					: memory_allocate(&memory, &want, &start, &err);
		if (expected == UINT64_MAX) {
			assert_status(ERR_NO_MEMORY, status, &err);
		} else {
			assert_ok(status, &err);
			assert_int_equal(start, expected);
			assert_int_equal(staged, expected_staged);
		}
	}
}

static void random_allocations_match_the_oracle(void **state)
{
	struct memory_range raw[RAW_MAX];

	(void)state;
	srand(2);
	for (unsigned round = 0; round < 60; round++) {
		unsigned count = make_raw(raw);

		/* Mostly RAM, with holes of all kinds. */
		raw[count - 1] = (struct memory_range){ 0, PAGES * PAGE, MEMORY_RAM, 1 };
		for (unsigned page = 0; page < PAGES; page++)
			type_of[page] = MEMORY_RAM;
		for (unsigned i = 0; i + 1 < count; i++) {
			raw[i].end = min_u64(raw[i].end, raw[i].start + 8 * PAGE);
			for (uint64_t page = raw[i].start / PAGE; page * PAGE < raw[i].end; page++)
				type_of[page] = max_u64(type_of[page], raw[i].type ? raw[i].type : 2) & 15;
		}
		assert_ok(memory_map_build(raw, count, &memory.map, &err), &err);
		check_map(&memory.map);
		try_allocations(60, PAGE, 20 * PAGE, 0);
		try_allocations(20, PAGE, 20 * PAGE, MIB);
		try_allocations(8, 1, 3000, 6 * PAGE); /* single bytes */
	}
}

static void low_memory_is_given_only_on_demand(void **state)
{
	struct memory_range raw[] = { { 0, 16 * MIB, MEMORY_RAM, 1 } };
	struct memory_want want = { .bytes = PAGE, .low = true, .what = "it" };
	uint64_t start;

	(void)state;
	memory.count = 0;
	assert_ok(memory_map_build(raw, 1, &memory.map, &err), &err);
	assert_ok(memory_allocate(&memory, &want, &start, &err), &err);
	assert_int_equal(start, MIB);
	want.max = MIB;
	assert_ok(memory_allocate(&memory, &want, &start, &err), &err);
	assert_int_equal(start, PAGE);
	want.bytes = MIB - PAGE;
	assert_status(ERR_NO_MEMORY, memory_allocate(&memory, &want, &start, &err), &err);
	assert_trail(&err, "1044480 bytes");
	want.bytes = UINT64_MAX;
	want.max = 0;
	assert_status(ERR_NO_MEMORY, memory_allocate(&memory, &want, &start, &err), &err);
}

static void reservations_are_exact(void **state)
{
	struct memory_range raw[] = { { 0, 16 * MIB, MEMORY_RAM, 1 }, { 8 * MIB, 9 * MIB, MEMORY_ACPI, 1 } };
	bool on_transient = true;
	unsigned mark;

	(void)state;
	memory.count = 0;
	assert_ok(memory_map_build(raw, 2, &memory.map, &err), &err);
	assert_ok(memory_reserve(&memory, MIB, 2 * MIB, "the kernel", false, &on_transient, &err), &err);
	assert_false(on_transient);
	assert_ok(memory_reserve(&memory, 3 * MIB, 4 * MIB, "the loader", true, NULL, &err), &err);
	mark = memory_mark(&memory);
	assert_ok(memory_reserve(&memory, 2 * MIB, 3 * MIB, "between", false, &on_transient, &err), &err);
	assert_false(on_transient);
	memory_reset(&memory, mark);
	assert_ok(memory_reserve(&memory, 2 * MIB, 3 * MIB + 1, "over", false, &on_transient, &err), &err);
	assert_true(on_transient);
	assert_status(ERR_DENIED, memory_reserve(&memory, 2 * MIB - 1, 2 * MIB, "last byte", false, NULL, &err), &err);
	assert_trail(&err, "the kernel");
	assert_trail(&err, "last byte");
	assert_status(ERR_DENIED, memory_reserve(&memory, 8 * MIB - 1, 8 * MIB + 1, "tables", false, NULL, &err), &err);
	assert_trail(&err, "tables: there is not RAM everywhere from 0x7fffff to 0x800001: at 0x800000 there is ");
	assert_status(ERR_DENIED, memory_reserve(&memory, 16 * MIB - 1, 16 * MIB + 1, "end", false, NULL, &err), &err);
	assert_status(ERR_DENIED, memory_reserve(&memory, 5 * MIB, 5 * MIB, "empty", false, NULL, &err), &err);
	assert_status(ERR_DENIED, memory_reserve(&memory, 6 * MIB, 5 * MIB, "backwards", false, NULL, &err), &err);

	while (memory.count < MEMORY_RESERVATIONS_MAX)
		assert_ok(memory_reserve(&memory, 10 * MIB + memory.count, 10 * MIB + memory.count + 1, "one", false, NULL, &err), &err);
	assert_status(ERR_TOO_BIG, memory_reserve(&memory, 11 * MIB, 12 * MIB, "too many", false, NULL, &err), &err);
	assert_status(ERR_TOO_BIG,
		      memory_allocate(&memory, &(struct memory_want){ .bytes = 1, .what = "too many" }, &(uint64_t){ 0 }, &err), &err);
}

/* What is in the way is named, with the first address of it that would be needed. */
static void what_is_not_ram_has_a_name(void **state)
{
	struct memory_range raw[] = { { PAGE, 2 * PAGE, MEMORY_RAM, 1 },      { 2 * PAGE, 3 * PAGE, MEMORY_RESERVED, 1 },
				      { 3 * PAGE, 4 * PAGE, MEMORY_ACPI, 1 }, { 4 * PAGE, 5 * PAGE, MEMORY_NVS, 1 },
				      { 5 * PAGE, 6 * PAGE, MEMORY_BAD, 1 },  { 6 * PAGE, 7 * PAGE, 77, 1 } };
	static const struct {
		uint64_t start, end;
		const char *trail; /* NULL: RAM */
	} cases[] = {
		{ PAGE, 2 * PAGE, NULL },
		{ PAGE + 1, PAGE + 2, NULL },
		{ PAGE, PAGE, NULL },
		{ 0, PAGE + 1, "it: there is not RAM everywhere from 0x0 to 0x1001: at 0x0 there is no memory" },
		{ PAGE, 2 * PAGE + 1, "at 0x2000 there is memory that the firmware keeps" },
		{ 3 * PAGE + 5, 4 * PAGE, "at 0x3005 there is memory with ACPI tables" },
		{ 4 * PAGE, 5 * PAGE, "at 0x4000 there is memory of ACPI" },
		{ 5 * PAGE, 6 * PAGE, "at 0x5000 there is bad memory" },
		{ 6 * PAGE, 9 * PAGE, "at 0x6000 there is memory that the firmware keeps" },
		{ 7 * PAGE, 8 * PAGE, "at 0x7000 there is no memory" },
	};

	(void)state;
	assert_ok(memory_map_build(raw, sizeof raw / sizeof *raw, &memory.map, &err), &err);
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum status status = memory_map_require_ram(&memory.map, "it", cases[i].start, cases[i].end, &err);

		assert_int_equal(status, cases[i].trail ? ERR_DENIED : OK);
		if (cases[i].trail)
			assert_trail(&err, cases[i].trail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_maps_match_the_oracle),
		cmocka_unit_test(awkward_maps),
		cmocka_unit_test(random_allocations_match_the_oracle),
		cmocka_unit_test(low_memory_is_given_only_on_demand),
		cmocka_unit_test(reservations_are_exact),
		cmocka_unit_test(what_is_not_ram_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
