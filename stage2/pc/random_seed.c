/* SPDX-License-Identifier: MIT */
/* A seed for a kernel's random numbers. */
#include "core/base/memory.h"
#include "stage2/pc/cpu_facts.h"
#include "stage2/pc/processor.h"

enum { WORDS = RANDOM_SEED_BYTES / sizeof(uint64_t), TRIES = 100 };

/* Every bit of the input has a part in every bit of the result (finalizer of SplitMix64): the time differs in its lowest bits only. */
static uint64_t spread(uint64_t value)
{
	value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
	value = (value ^ value >> 27) * 0x94D049BB133111EB;
	return value ^ value >> 31;
}

static bool one_word(bool (*next)(uint64_t *value), uint64_t *value)
{
	for (unsigned tries = 0; tries < TRIES; tries++) {
		if (next(value))
			return true;
	}
	return false;
}

/* What a good source gives once in 2^62 times, a broken one always: nothing but ones or zeros, or what it gave before. */
static bool all_words(bool (*next)(uint64_t *value), uint64_t words[WORDS])
{
	for (unsigned i = 0; i < WORDS; i++) {
		if (!one_word(next, &words[i]) || words[i] == 0 || words[i] == UINT64_MAX || (i > 0 && words[i] == words[i - 1]))
			return false;
	}
	return true;
}

void make_random_seed(struct machine *machine, const struct processor *processor)
{
	const struct cpu_facts *facts = &machine->cpu;
	uint64_t words[WORDS];

	machine->has_random_seed =
		(facts->random_seed && all_words(processor->rdseed, words)) || (facts->random && all_words(processor->rdrand, words));
	for (unsigned i = 0; i < WORDS && machine->has_random_seed; i++)
		put_le64(machine->random_seed + sizeof words[i] * i, words[i] ^ spread(processor->time()));
}
