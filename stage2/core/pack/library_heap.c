/* SPDX-License-Identifier: MIT */
/*
 * The C library's heap, for the freestanding build. Library objects name these symbols as a default that we never use: each call into a
 * library is given our arena. Should one be reached all the same, it gets a clean "no memory".
 */
#include "core/pack/library_heap.h"

void *malloc(size_t bytes)
{
	(void)bytes;
	return NULL;
}

void free(void *memory)
{
	(void)memory;
}
