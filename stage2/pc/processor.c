/* SPDX-License-Identifier: MIT */
/* The instructions behind struct processor. */
#include "stage2/pc/processor.h"

#include "stage2/pc/io.h"
#include "stage2/pc/msr.h"

static bool rdseed(uint64_t *value)
{
	uint64_t word;
	bool ready;

	__asm__ volatile("rdseed %0; setc %1" : "=r"(word), "=qm"(ready) : : "cc");
	if (ready)
		*value = word;
	return ready;
}

static bool rdrand(uint64_t *value)
{
	uint64_t word;
	bool ready;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(word), "=qm"(ready) : : "cc");
	if (ready)
		*value = word;
	return ready;
}

const struct processor this_processor = { .cpuid = cpuid, .msr = msr_read, .rdseed = rdseed, .rdrand = rdrand, .time = read_tsc };
