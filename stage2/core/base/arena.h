/* SPDX-License-Identifier: MIT */
/*
 * The only allocator of portable code: a caller's buffer, handed out from front to back and given back all at once.
 *
 * Whoever starts something that can fail takes a mark and resets to it, so a failed boot attempt leaves nothing behind.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *base;
	size_t capacity, used;
	unsigned calls;   /* allocations asked for since the start */
	unsigned fail_at; /* this call fails; 0: none (fault loops in the tests count through it) */
};

void arena_init(struct arena *arena, void *base, size_t capacity);

/* Zeroed memory, aligned to `align` (a power of two); NULL when it does not fit. */
void *arena_allocate(struct arena *arena, size_t bytes, size_t align);

/* An array of `count` zeroed elements; NULL when it does not fit or the product overflows. */
void *arena_allocate_array(struct arena *arena, size_t count, size_t bytes, size_t align);

#define ARENA_NEW(arena, type)              ((type *)arena_allocate((arena), sizeof(type), _Alignof(type)))
#define ARENA_NEW_ARRAY(arena, type, count) ((type *)arena_allocate_array((arena), (count), sizeof(type), _Alignof(type)))

/* A NUL-terminated copy of `bytes` bytes; NULL when it does not fit. */
char *arena_copy_text(struct arena *arena, const char *text, size_t bytes);

static inline size_t arena_mark(const struct arena *arena)
{
	return arena->used;
}

static inline void arena_reset(struct arena *arena, size_t mark)
{
	arena->used = mark;
}
