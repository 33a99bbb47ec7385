/* SPDX-License-Identifier: MIT */
/* The flow's working memory. */
#include "core/base/arena.h"
#include "flow/flow.h"

enum { ARENA_BYTES = 1 << 20, PAGE_BYTES = 4096, SMALL_MACHINE_BYTES = 24 << 20 };

static const uint64_t gib_4 = 1ull << 32;

void boot_enlarge_arena(struct platform *platform)
{
	const struct memory_want want = {
		.bytes = ARENA_BYTES, .align = PAGE_BYTES, .transient = true, .what = "the loader's working memory"
	};
	struct err ignored;
	uint64_t start;
	void *memory;

	if (memory_map_ram_end(&platform->memory.map, gib_4) < SMALL_MACHINE_BYTES)
		return;
	if (memory_allocate(&platform->memory, &want, &start, &ignored) != OK)
		return;
	memory = platform->ops->window(platform, start, ARENA_BYTES);
	if (memory)
		arena_init(platform->arena, memory, ARENA_BYTES);
}
