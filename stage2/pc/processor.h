/* SPDX-License-Identifier: MIT */
/* The processor that runs the loader, as far as it has to be asked by instructions. The unit tests ask one of their own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct processor {
	void (*cpuid)(uint32_t leaf, uint32_t registers[4]); /* sub-leaf 0; EAX, EBX, ECX, EDX */
	bool (*msr)(uint32_t msr, uint64_t *value);          /* false, and *value untouched: the read faulted */
	bool (*rdseed)(uint64_t *value);                     /* false: none is ready now. For processors that have it, as the next one */
	bool (*rdrand)(uint64_t *value);
	uint64_t (*time)(void); /* the time stamp counter */
};

extern const struct processor this_processor;
