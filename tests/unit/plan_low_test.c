/* SPDX-License-Identifier: MIT */
/* Places of our choice for kernels that look for them at low addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_handoff.h"

enum { MIB = 1 << 20, PAGE = 4096, KERNEL_START = 0x200000, KERNEL_END = 0x202000 };

static struct bench bench;

/* A plan with a kernel. */
static void start(void)
{
	const struct place place = { .kind = PLACE_KERNEL, .what = "segment 1", .start = KERNEL_START, .bytes = KERNEL_END - KERNEL_START };

	bench_init(&bench, 64 * MIB, "elf", NULL, 0);
	bench.plan = (struct plan){ .memory = &bench.memory };
	assert_ok(plan_add_fixed(&bench.plan, &place, &bench.err), &bench.err);
}

/* As low as they can be from somewhere on, and where no room is left there, below. */
static void low_places_begin_behind_the_kernel(void **state)
{
	const struct memory_want want = { .bytes = PAGE, .align = PAGE, .what = "it" };
	bool staged = false;
	uint64_t at;

	(void)state;
	start();
	assert_int_equal(plan_kernel_end(&bench.plan), KERNEL_END);
	bench.plan.low_from = KERNEL_END;
	assert_ok(plan_allocate(&bench.plan, &want, &at, NULL, &bench.err), &bench.err);
	assert_int_equal(at, KERNEL_END);
	assert_ok(memory_reserve(&bench.memory, 0x203000, 0x205000, "the loader", true, NULL, &bench.err), &bench.err);
	assert_ok(plan_allocate(&bench.plan, &want, &at, &staged, &bench.err), &bench.err);
	assert_int_equal(at, 0x203000);
	assert_true(staged);
	assert_ok(plan_allocate(&bench.plan, &want, &at, NULL, &bench.err), &bench.err);
	assert_int_equal(at, 0x205000);
	assert_ok(plan_allocate(&bench.plan, &(struct memory_want){ .bytes = MIB, .max = KERNEL_END, .what = "it" }, &at, &staged,
				&bench.err),
		  &bench.err);
	assert_int_equal(at, MIB);
	assert_false(staged);
	assert_status(ERR_NO_MEMORY,
		      plan_allocate(&bench.plan, &(struct memory_want){ .bytes = 64 * MIB, .what = "it" }, &at, NULL, &bench.err),
		      &bench.err);
}

/* The kernel is entered with its GDT, and may map little before it has one of its own. */
static void the_trampoline_is_low_with_them(void **state)
{
	(void)state;
	start();
	bench.plan.low_from = KERNEL_END;
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
	assert_int_equal(bench.plan.trampoline, PAGE);
	bench.plan.trampoline = 0;
	for (uint64_t page = PAGE; page < 0x9F000; page += PAGE)
		(void)!memory_reserve(&bench.memory, page, page + PAGE, "all", true, NULL, &bench.err);
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
	assert_int_equal(bench.plan.trampoline, KERNEL_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(low_places_begin_behind_the_kernel),
		cmocka_unit_test(the_trampoline_is_low_with_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
