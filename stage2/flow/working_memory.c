/* SPDX-License-Identifier: MIT */
/* The flow's working memory. */
#include "core/base/arena.h"
#include "flow/flow.h"

enum { PAGE_BYTES = 4096 };

/* How much of the machine's RAM the loader takes, by how far that goes. Kernels of small machines need it more. */
static const struct {
	uint32_t ram_end, arena_bytes;
} shares[] = { { 24 << 20, 1 << 20 }, { 8 << 20, 256 << 10 } };

static const uint64_t gib_4 = 1ull << 32;

void boot_enlarge_arena(struct platform *platform)
{
	struct memory_want want = { .align = PAGE_BYTES, .transient = true, .what = "the loader's working memory" };
	uint64_t ram_end = memory_map_ram_end(&platform->memory.map, gib_4);
	struct err ignored;
	uint64_t start;
	void *memory;

	for (unsigned i = 0; i < sizeof shares / sizeof *shares && want.bytes == 0; i++) {
		if (ram_end >= shares[i].ram_end)
			want.bytes = shares[i].arena_bytes;
	}
	if (want.bytes == 0)
		return;
	if (memory_allocate(&platform->memory, &want, &start, &ignored) != OK)
		return;
	memory = platform->ops->window(platform, start, want.bytes);
	if (memory)
		arena_init(platform->arena, memory, want.bytes);
}
