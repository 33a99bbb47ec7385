/* SPDX-License-Identifier: MIT */
/*
 * The compiler's own memory functions for the freestanding build. String instructions of eight bytes: as fast as anything on processors
 * with fast strings, and they need no vector registers.
 */
#include "core/base/memory.h"

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	void *destination = to;
	size_t words = bytes / 8, rest = bytes % 8;

	__asm__ volatile("rep movsq" : "+D"(destination), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(destination), "+S"(from), "+c"(rest) : : "memory");
	return to;
}

/* From the end to the start, for a target that begins inside its source. */
static void copy_backwards(uint8_t *to, const uint8_t *from, size_t bytes)
{
	uint8_t *last_to = to + bytes - 1;
	const uint8_t *last_from = from + bytes - 1;

	__asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(last_to), "+S"(last_from), "+c"(bytes) : : "memory");
}

void *memmove(void *to, const void *from, size_t bytes)
{
	if ((uintptr_t)to - (uintptr_t)from < bytes && bytes > 0)
		copy_backwards(to, from, bytes);
	else
		memcpy(to, from, bytes);
	return to;
}

void *memset(void *to, int value, size_t bytes)
{
	void *destination = to;
	uint64_t pattern = (uint64_t)(uint8_t)value * 0x0101010101010101u;
	size_t words = bytes / 8, rest = bytes % 8;

	__asm__ volatile("rep stosq" : "+D"(destination), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(destination), "+c"(rest) : "a"(pattern) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a, *right = b;

	for (size_t i = 0; i < bytes; i++) {
		if (left[i] != right[i])
			return left[i] - right[i];
	}
	return 0;
}
