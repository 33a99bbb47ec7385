/* SPDX-License-Identifier: MIT */
/* Loading: what is asked of the mapping of physical memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "flow/flow.h"
#include "support_block.h"

enum { MIB = 1 << 20, AROUND = 4 * MIB, FILE_BYTES = 3 * MIB };

static const uint64_t gib_4 = 1ull << 32;

static uint8_t memory[2 * AROUND]; /* the last MiBs below 4 GiB, and the first ones above */
static unsigned across, jumps;

/* As the BIOS shell has it: all below 4 GiB at once, pieces of what lies above, and never both. */
static void *window(struct platform *platform, uint64_t phys, uint64_t bytes)
{
	(void)platform;
	if (phys < gib_4 && phys + bytes > gib_4) {
		across++;
		return NULL;
	}
	if (phys < gib_4 - AROUND || phys + bytes > gib_4 + AROUND)
		return NULL;
	return memory + (phys - (gib_4 - AROUND));
}

static enum status quiesce(struct platform *platform, struct plan *plan, struct err *err)
{
	(void)platform;
	(void)plan;
	(void)err;
	return OK;
}

static void jump(struct platform *platform, const struct plan *plan, const struct plan_moves *moves)
{
	(void)platform;
	(void)plan;
	assert_int_equal(moves->count, 0);
	jumps++;
}

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + offset / MIB + 1);
}

static enum status read_pattern(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	(void)file;
	(void)err;
	for (uint64_t i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = byte_at(offset + i);
	return OK;
}

static void a_place_across_4_gib(void **state)
{
	static const struct platform_ops ops = { .window = window, .quiesce = quiesce, .jump = jump };
	static const struct file_ops file_ops = { .read = read_pattern };
	static uint8_t arena_bytes[64 * 1024];
	static struct platform platform;
	static struct plan plan;
	struct file file = { .ops = &file_ops, .path = "/module", .bytes = FILE_BYTES };
	struct arena arena;
	struct err err;
	uint64_t start = gib_4 - MIB - 16;

	(void)state;
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	memset(memory, 0xA5, sizeof memory);
	platform.ops = &ops;
	platform.arena = &arena;
	plan.mode = ENTRY_MODE_LONG;
	plan.count = 1;
	plan.place[0] = (struct place){
		.start = start, .bytes = FILE_BYTES + 4096, .file = &file, .file_bytes = FILE_BYTES, .what = "module", .kind = PLACE_MODULE
	};
	assert_ok(boot_commit(&platform, &plan, &err), &err);
	assert_int_equal(jumps, 1);
	assert_int_equal(across, 0);
	for (uint64_t i = 0; i < FILE_BYTES; i++)
		assert_int_equal(memory[start - (gib_4 - AROUND) + i], byte_at(i));
	for (uint64_t i = FILE_BYTES; i < FILE_BYTES + 4096; i++)
		assert_int_equal(memory[start - (gib_4 - AROUND) + i], 0);
	assert_int_equal(memory[start - (gib_4 - AROUND) - 1], 0xA5);
	assert_int_equal(memory[start - (gib_4 - AROUND) + FILE_BYTES + 4096], 0xA5);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_place_across_4_gib) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
