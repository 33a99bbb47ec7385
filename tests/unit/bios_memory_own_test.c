/* SPDX-License-Identifier: MIT */
/* What a BIOS and the loader have below 1 MiB, on maps that agree with that and on others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stage2/bios/memory-map.h"
#include "stage2/bios/memory_probe.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static struct memory memory;
static struct err err;

static void make_map(const struct memory_range *ranges, unsigned count)
{
	struct memory_range raw[16];

	memory = (struct memory){ 0 };
	for (unsigned i = 0; i < count; i++)
		raw[i] = ranges[i];
	assert_int_equal(memory_map_build(raw, count, &memory.map, &err), OK);
}

static bool is_reserved_for_good(uint64_t start, uint64_t end)
{
	return memory_is_reserved(&memory, start, end);
}

/* A kernel may have it; it is moved there. */
static bool is_transient(uint64_t start, uint64_t end)
{
	bool on_transient = false;
	unsigned mark = memory_mark(&memory);
	enum status status = memory_reserve(&memory, start, end, "a kernel", false, &on_transient, &err);

	memory_reset(&memory, mark);
	return status == OK && on_transient;
}

static void usual(void **state)
{
	static const struct memory_range ranges[] = { { 0, 639 * KIB, MEMORY_RAM, 1 }, { MIB, 64 * MIB, MEMORY_RAM, 1 } };

	(void)state;
	make_map(ranges, 2);
	assert_int_equal(memory_reserve_own(&memory, LOW_WORK, &err), OK);
	assert_true(is_reserved_for_good(0, LOW_START));
	assert_true(is_transient(LOW_START, LOW_START + 1));
	assert_true(is_transient(LOW_END - 1, LOW_END));
	assert_false(is_transient(LOW_END, LOW_END + 1));
	assert_int_equal(memory.count, 2);
}

static void the_first_page_is_not_ram(void **state)
{
	static const struct memory_range ranges[] = { { 0, 4 * KIB, MEMORY_RESERVED, 1 },
						      { 4 * KIB, 639 * KIB, MEMORY_RAM, 1 },
						      { MIB, 64 * MIB, MEMORY_RAM, 1 } };

	(void)state;
	make_map(ranges, 3);
	assert_int_equal(memory_reserve_own(&memory, LOW_WORK, &err), OK);
	assert_true(is_transient(4 * KIB, LOW_END));
}

static void a_hole_in_the_loader(void **state)
{
	static const struct memory_range ranges[] = { { 0, 639 * KIB, MEMORY_RAM, 1 },
						      { 0x57000, 0x58000, MEMORY_NVS, 1 },
						      { MIB, 64 * MIB, MEMORY_RAM, 1 } };

	(void)state;
	make_map(ranges, 3);
	assert_int_equal(memory_reserve_own(&memory, LOW_WORK, &err), OK);
	assert_true(is_reserved_for_good(0, LOW_START));
	assert_true(is_transient(LOW_START, 0x57000));
	assert_true(is_transient(0x58000, LOW_END));
	assert_false(is_transient(0x57000, 0x58000)); /* no kernel may have it */
}

static void no_low_memory_at_all(void **state)
{
	static const struct memory_range ranges[] = { { MIB, 64 * MIB, MEMORY_RAM, 1 } };

	(void)state;
	make_map(ranges, 1);
	assert_int_equal(memory_reserve_own(&memory, LOW_WORK, &err), OK);
	assert_int_equal(memory.count, 0);
}

/* Where the EBDA begins low. */
static void the_work_area_above_1_mib(void **state)
{
	static const struct memory_range ranges[] = { { 0, 320 * KIB, MEMORY_RAM, 1 },
						      { 320 * KIB, 640 * KIB, MEMORY_RESERVED, 1 },
						      { MIB, 64 * MIB, MEMORY_RAM, 1 } };

	(void)state;
	make_map(ranges, 3);
	assert_int_equal(memory_reserve_own(&memory, HIGH_WORK, &err), OK);
	assert_true(is_transient(LOW_START, 320 * KIB));
	assert_true(is_transient(HIGH_WORK, HIGH_WORK + WORK_BYTES));
	assert_false(is_transient(HIGH_WORK + WORK_BYTES, HIGH_WORK + WORK_BYTES + 1));
}

/* Code in real mode needs some of the low memory for its start. */
static void the_place_of_the_work_area_is_free(void **state)
{
	static const struct memory_range ranges[] = { { 0, 480 * KIB, MEMORY_RAM, 1 }, { MIB, 64 * MIB, MEMORY_RAM, 1 } };
	const struct memory_want want = { .bytes = 4 * KIB, .align = 4 * KIB, .max = MIB, .what = "the trampoline" };
	uint64_t start = 0;

	(void)state;
	make_map(ranges, 2);
	assert_int_equal(memory_reserve_own(&memory, HIGH_WORK, &err), OK);
	assert_true(is_transient(LOW_WORK - 1, LOW_WORK));
	assert_int_equal(memory_allocate(&memory, &want, &start, &err), OK);
	assert_int_equal(start, 476 * KIB);
}

static void the_work_area_is_not_ram(void **state)
{
	static const struct memory_range ranges[] = { { 0, 320 * KIB, MEMORY_RAM, 1 }, { MIB, 2 * MIB, MEMORY_RAM, 1 } };

	(void)state;
	make_map(ranges, 2);
	assert_int_equal(memory_reserve_own(&memory, HIGH_WORK, &err), ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual),
		cmocka_unit_test(the_first_page_is_not_ram),
		cmocka_unit_test(a_hole_in_the_loader),
		cmocka_unit_test(no_low_memory_at_all),
		cmocka_unit_test(the_work_area_above_1_mib),
		cmocka_unit_test(the_place_of_the_work_area_is_free),
		cmocka_unit_test(the_work_area_is_not_ram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
