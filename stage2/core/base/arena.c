/* SPDX-License-Identifier: MIT */
/* The bump allocator. */
#include "core/base/arena.h"

#include "core/base/checked.h"
#include "core/base/memory.h"

void arena_init(struct arena *arena, void *base, size_t capacity)
{
	*arena = (struct arena){ .base = base, .capacity = capacity };
}

void *arena_allocate(struct arena *arena, size_t bytes, size_t align)
{
	uintptr_t base = (uintptr_t)arena->base;
	uint64_t start, end;
	void *memory;

	arena->calls++;
	if (arena->calls == arena->fail_at)
		return NULL;
	if (!checked_align_up(base + arena->used, align, &start) || !checked_add(start - base, bytes, &end) || end > arena->capacity)
		return NULL;
	memory = arena->base + (start - base);
	arena->used = (size_t)end;
	memset(memory, 0, bytes);
	return memory;
}

void *arena_allocate_array(struct arena *arena, size_t count, size_t bytes, size_t align)
{
	uint64_t total;

	if (!checked_multiply(count, bytes, &total))
		return NULL;
	return arena_allocate(arena, total, align);
}

char *arena_copy_text(struct arena *arena, const char *text, size_t bytes)
{
	char *copy = arena_allocate(arena, bytes + 1, 1);

	if (copy)
		memcpy(copy, text, bytes);
	return copy;
}
