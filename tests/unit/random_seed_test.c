/* SPDX-License-Identifier: MIT */
/* Random seeds from processors that deliver, that make wait, and that are broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "stage2/pc/cpu_facts.h"
#include "stage2/pc/processor.h"

static struct {
	uint64_t word, step; /* the next random word, and what is added each time */
	unsigned not_ready;  /* so many tries in vain before each word */
	unsigned tries, rdseeds, rdrands;
	bool rdseed_is_stuck, rdrand_is_stuck;
	uint64_t time;
} fake;

static struct machine machine;

static bool next_word(uint64_t *value, bool stuck)
{
	if (fake.tries++ < fake.not_ready)
		return false;
	fake.tries = 0;
	*value = fake.word;
	fake.word += stuck ? 0 : fake.step;
	return true;
}

static bool fake_rdseed(uint64_t *value)
{
	fake.rdseeds++;
	return next_word(value, fake.rdseed_is_stuck);
}

static bool fake_rdrand(uint64_t *value)
{
	fake.rdrands++;
	return next_word(value, fake.rdrand_is_stuck);
}

static uint64_t fake_time(void)
{
	return fake.time++;
}

static const struct processor processor = { .rdseed = fake_rdseed, .rdrand = fake_rdrand, .time = fake_time };

static void start_random(bool rdseed, bool rdrand)
{
	memset(&fake, 0, sizeof fake);
	memset(&machine, 0, sizeof machine);
	machine.cpu.random_seed = rdseed;
	machine.cpu.random = rdrand;
	fake.word = 0x0123456789ABCDEF;
	fake.step = 0x1111111111111111;
}

static void a_seed_by_rdseed(void **state)
{
	uint8_t first[RANDOM_SEED_BYTES];

	(void)state;
	start_random(true, true);
	make_random_seed(&machine, &processor);
	assert_true(machine.has_random_seed);
	assert_int_equal(fake.rdseeds, 4);
	assert_int_equal(fake.rdrands, 0);
	memcpy(first, machine.random_seed, sizeof first);
	assert_memory_not_equal(first, first + 8, 8);
	/* The same words at another time give another seed. */
	start_random(true, true);
	fake.time = 1000;
	make_random_seed(&machine, &processor);
	for (unsigned i = 0; i < RANDOM_SEED_BYTES; i += 8)
		assert_memory_not_equal(machine.random_seed + i, first + i, 8);
	/* Other words at the same time, too. */
	start_random(true, true);
	fake.word++;
	make_random_seed(&machine, &processor);
	assert_memory_not_equal(machine.random_seed, first, sizeof first);
}

static void a_seed_by_rdrand_where_rdseed_is_not_there_or_does_not_deliver(void **state)
{
	(void)state;
	start_random(false, true);
	make_random_seed(&machine, &processor);
	assert_true(machine.has_random_seed);
	assert_int_equal(fake.rdseeds, 0);
	start_random(true, true);
	fake.rdseed_is_stuck = true;
	make_random_seed(&machine, &processor);
	assert_true(machine.has_random_seed);
	assert_int_equal(fake.rdrands, 4);
}

static void words_are_waited_for_but_not_for_ever(void **state)
{
	(void)state;
	start_random(true, false);
	fake.not_ready = 99;
	make_random_seed(&machine, &processor);
	assert_true(machine.has_random_seed);
	start_random(true, false);
	fake.not_ready = UINT32_MAX;
	make_random_seed(&machine, &processor);
	assert_false(machine.has_random_seed);
	assert_int_equal(fake.rdseeds, 100);
}

/* AMD processors after a suspend give nothing but ones; others have been seen with one number again and again. */
static void what_is_plainly_not_random_is_no_seed(void **state)
{
	static const uint64_t stuck[] = { 0, UINT64_MAX, 42 };

	(void)state;
	for (unsigned i = 0; i < sizeof stuck / sizeof *stuck; i++) {
		start_random(true, true);
		fake.word = stuck[i];
		fake.rdseed_is_stuck = fake.rdrand_is_stuck = true;
		make_random_seed(&machine, &processor);
		assert_false(machine.has_random_seed);
	}
	start_random(true, false);
	fake.word = 2;
	fake.step = UINT64_MAX; /* 2, 1, 0 */
	make_random_seed(&machine, &processor);
	assert_false(machine.has_random_seed);
}

static void the_time_alone_is_no_seed(void **state)
{
	static const uint8_t zeros[RANDOM_SEED_BYTES];

	(void)state;
	start_random(false, false);
	make_random_seed(&machine, &processor);
	assert_false(machine.has_random_seed);
	assert_memory_equal(machine.random_seed, zeros, sizeof zeros);
	assert_int_equal(fake.rdseeds + fake.rdrands, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_by_rdseed),
		cmocka_unit_test(a_seed_by_rdrand_where_rdseed_is_not_there_or_does_not_deliver),
		cmocka_unit_test(words_are_waited_for_but_not_for_ever),
		cmocka_unit_test(what_is_plainly_not_random_is_no_seed),
		cmocka_unit_test(the_time_alone_is_no_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
