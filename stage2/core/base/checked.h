/* SPDX-License-Identifier: MIT */
/* Arithmetic on numbers that come from a disk: false instead of a wrap. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

static inline bool checked_multiply(uint64_t a, uint64_t b, uint64_t *product)
{
	return !__builtin_mul_overflow(a, b, product);
}

static inline bool is_power_of_two(uint64_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

/* `align` is a power of two. */
static inline uint64_t align_down(uint64_t value, uint64_t align)
{
	return value & ~(align - 1);
}

/* `align` is a power of two; false if the result does not fit. */
static inline bool checked_align_up(uint64_t value, uint64_t align, uint64_t *result)
{
	uint64_t sum;

	if (!checked_add(value, align - 1, &sum))
		return false;
	*result = align_down(sum, align);
	return true;
}

/* [a_start, a_end) and [b_start, b_end) share at least one byte. */
static inline bool ranges_overlap(uint64_t a_start, uint64_t a_end, uint64_t b_start, uint64_t b_end)
{
	return a_start < b_end && b_start < a_end;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}
