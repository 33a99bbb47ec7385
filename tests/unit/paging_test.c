/* SPDX-License-Identifier: MIT */
/* The generated page tables, walked as a processor does and compared with what the demand says about every page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "kernel-handoff/paging/page_tables.h"
#include "kernel-handoff/paging/page_walk.h"
#include "support_handoff.h"

enum { PAGE = 4096, MIB = 1 << 20, TABLES_READ_MAX = 256 };

static const uint64_t gib = 1ull << 30, upper = 0xFFFFFFFF80000000;

static struct bench bench;
static uint8_t tables[TABLES_READ_MAX * PAGE];
static const struct place *place;

static void build(uint64_t ram_bytes, struct page_tables_want want)
{
	want.map = want.map != NULL ? &bench.memory.map : NULL;
	bench_init(&bench, ram_bytes, "elf", NULL, 0);
	bench.plan.memory = &bench.memory;
	arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
	assert_ok(page_tables_add(&bench.plan, &want, &bench.arena, &bench.err), &bench.err);
	place = bench_place(&bench, "page tables");
	assert_int_equal(place->start, bench.plan.page_table_root);
	assert_int_equal(place->start % PAGE, 0);
	assert_int_equal(place->bytes, place->file_bytes);
	assert_true(place->bytes <= sizeof tables);
	assert_ok(file_read(place->file, 0, place->bytes, tables, &bench.err), &bench.err);
}

/* The processor's walk over the bytes. False: not mapped. *level: 1 for a 4 KiB page ... 3 for 1 GiB. */
static bool walk(uint64_t virt, struct page_walk *result, unsigned *level)
{
	uint64_t table = bench.plan.page_table_root;

	if ((uint64_t)((int64_t)(virt << 16) >> 16) != virt)
		return false; /* not canonical: the processor faults */
	result->writable = result->executable = true;
	for (*level = 4;; --*level) {
		unsigned shift = 12 + 9 * (*level - 1);
		uint64_t entry;

		assert_true(table >= place->start && table + PAGE <= place->start + place->bytes && table % PAGE == 0);
		entry = get_le64(tables + (table - place->start) + ((virt >> shift) & 511) * 8);
		if (!(entry & 1)) {
			assert_int_equal(entry, 0);
			return false;
		}
		assert_int_equal(entry & 0x7FF000000000017C, *level == 1 ? entry & 0 : 0); /* no user, cache or reserved bits */
		result->writable = result->writable && (entry & 2);
		result->executable = result->executable && !(entry >> 63);
		table = entry & 0x000FFFFFFFFFF000;
		if (*level == 1 || (entry & 0x80)) {
			assert_true(*level <= 3);
			assert_int_equal(table & ((1ull << shift) - 1), 0);
			result->phys = table | (virt & ((1ull << shift) - 1));
			return true;
		}
	}
}

/* What the demand says about one page. */
static bool oracle(uint64_t virt, const struct page_tables_want *want, struct page_walk *result)
{
	uint64_t page = virt & ~(uint64_t)(PAGE - 1);

	if (page == bench.plan.trampoline) {
		*result = (struct page_walk){ virt, want->executable, true };
		return true;
	}
	for (unsigned i = want->count; i > 0; i--) {
		const struct page_mapping *mapping = &want->mapping[i - 1];

		if (page + (PAGE - 1) < mapping->virt || page > mapping->virt + mapping->bytes - 1)
			continue;
		*result = (struct page_walk){ virt - mapping->virt + mapping->phys, mapping->writable, mapping->executable };
		return true;
	}
	*result = (struct page_walk){ virt, true, want->executable };
	if (virt < 4 * gib)
		return true;
	return want->map != NULL && memory_map_covers(&bench.memory.map, virt, virt + 1, MEMORY_RAM);
}

static void check(uint64_t virt, const struct page_tables_want *want)
{
	struct page_walk expected, got, again;
	unsigned level;
	bool is_mapped = oracle(virt, want, &expected);
	enum status status = page_walk(&bench.plan, virt, &again, &bench.err);

	if (walk(virt, &got, &level) != is_mapped)
		fail_msg("0x%lx is %smapped", virt, is_mapped ? "not " : "");
	assert_status(is_mapped ? OK : ERR_NOT_FOUND, status, &bench.err);
	if (!is_mapped)
		return;
	if (got.phys != expected.phys || got.writable != expected.writable || got.executable != expected.executable)
		fail_msg("0x%lx shows 0x%lx w%d x%d, not 0x%lx w%d x%d", virt, got.phys, got.writable, got.executable, expected.phys,
			 expected.writable, expected.executable);
	assert_memory_equal(&again.phys, &got.phys, sizeof got.phys);
	assert_true(again.writable == got.writable && again.executable == got.executable);
}

/* All pages near each edge, and many others. */
static void check_all(const struct page_tables_want *want)
{
	static const uint64_t edges[] = { 0, 1ull << 21, 1ull << 30, 3ull << 30, 4ull << 30, 6ull << 30, 1ull << 39, 1ull << 46 };

	for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++) {
		for (unsigned page = 0; page < 520; page++) {
			check(edges[i] + (uint64_t)page * PAGE, want);
			check(edges[i] - ((uint64_t)page + 1) * PAGE, want);
		}
	}
	for (unsigned i = 0; i < want->count; i++) {
		uint64_t start = want->mapping[i].virt - 3 * PAGE, end = want->mapping[i].virt + want->mapping[i].bytes + 3 * PAGE;

		for (uint64_t at = start; at != end && at - start < end - start; at += 1021)
			check(at, want);
	}
	for (uint64_t page = 0; page < 3; page++)
		check(bench.plan.trampoline + (page - 1) * PAGE, want);
	for (unsigned i = 0; i < 2000; i++) {
		check(((uint64_t)rand() << 12) % (8 * gib) + 5, want);
		check(upper + ((uint64_t)rand() << 3) % (2 * gib), want);
	}
}

/* Reading in pieces of any size gives what one read gives. */
static void check_pieces(void)
{
	static const size_t steps[] = { 1, 7, 8, 13, 512, 4095, 4096, 4097, 10000 };
	static uint8_t piece[10000];

	for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
		uint64_t first = steps[i] < 100 ? place->bytes - min_u64(place->bytes, 2 * PAGE + 3) : 0;

		for (uint64_t at = first; at < place->bytes; at += steps[i]) {
			size_t bytes = min_u64(steps[i], place->bytes - at);

			memset(piece, 0xEE, sizeof piece);
			assert_ok(file_read(place->file, at, bytes, piece, &bench.err), &bench.err);
			assert_memory_equal(piece, tables + at, bytes);
			if (bytes < sizeof piece)
				assert_int_equal(piece[bytes], 0xEE);
		}
	}
}

static void identity_takes_few_tables(void **state)
{
	struct page_tables_want want = { .executable = true };

	(void)state;
	build(512 * (uint64_t)MIB, want);
	assert_int_equal(place->bytes, 6 * PAGE); /* 4 GiB in pages of 2 MiB */
	check_all(&want);
	check_pieces();
	want.gigabyte_pages = true;
	build(512 * (uint64_t)MIB, want);
	assert_int_equal(place->bytes, 2 * PAGE);
	check_all(&want);
}

static void all_ram_is_mapped(void **state)
{
	struct page_tables_want want = { .map = &bench.memory.map };

	(void)state;
	build(6 * gib, want);
	assert_int_equal(place->bytes, (2 + 4 + 3 + 1) * PAGE); /* 4 + 3 GiB, and 4 KiB pages around the jump */
	check_all(&want);
	want.gigabyte_pages = true;
	build(6 * gib, want);
	assert_int_equal(place->bytes, (2 + 1 + 1) * PAGE);
	check_all(&want);
	build(64 * gib + 5 * MIB, want); /* not a multiple of anything */
	check_all(&want);
	check_pieces();
	want.gigabyte_pages = false;
	build(64 * gib + 5 * MIB, want);
	assert_int_equal(place->bytes, (2 + 66 + 2) * PAGE);
	assert_true(bench.arena.used < 4096); /* and not the 280 KiB that they have */
	check_all(&want);
}

static void segments_get_their_permissions(void **state)
{
	const struct page_mapping mapping[] = {
		{ .virt = upper + 0x100000, .phys = 0x1000000, .bytes = 5 * MIB + 123, .executable = true, .what = "text" },
		{ .virt = upper + 0x700080, .phys = 0x1600080, .bytes = 0x3001, .what = "read-only data" },
		{ .virt = upper + 0x800000, .phys = 0x1800000, .bytes = 9 * MIB, .writable = true, .what = "data" },
		{ .virt = 0x2000000, .phys = 0x2000000, .bytes = 2 * MIB, .executable = true, .what = "boot text" },
		{ .virt = 0x2200FFF, .phys = 0x2200FFF, .bytes = 2, .what = "boot data" },
		{ .virt = 0xFFFF800000000000, .phys = 0x2400000, .bytes = PAGE, .writable = true, .what = "first page of the upper half" },
		{ .virt = 0x00007FFFFFFFE000,
		  .phys = 0x2401000,
		  .bytes = PAGE,
		  .writable = true,
		  .what = "near the end of the lower half" },
		{ .virt = 0xFFFFFFFFFFFFE000, .phys = 0x2402000, .bytes = PAGE, .writable = true, .what = "near the end of all" },
		{ .virt = upper + 0x700080, .phys = 0x1600080, .bytes = 16, .what = "within another" },
	};
	struct page_tables_want want = { .map = &bench.memory.map, .mapping = mapping, .count = sizeof mapping / sizeof *mapping };
	struct page_walk result;
	unsigned level;

	(void)state;
	build(6 * gib, want);
	check_all(&want);
	check_pieces();
	/* As large as they fit: 2 MiB pages where both addresses allow it. */
	assert_true(walk(upper + 0x800000, &result, &level) && level == 2);
	assert_true(walk(upper + 0x400000, &result, &level) && level == 1); /* text: addresses differ within 2 MiB */
	assert_true(walk(0x2000000, &result, &level) && level == 2 && result.executable && !result.writable);
	want.gigabyte_pages = true;
	build(6 * gib, want);
	check_all(&want);
	assert_true(walk(gib, &result, &level) && level == 3);
	want.executable = true;
	build(6 * gib, want);
	check_all(&want);
}

/* A segment that fills 1 GiB in both address spaces is one entry, where the processor has such pages. */
static void a_segment_of_1_gib_is_one_page(void **state)
{
	const struct page_mapping mapping = { .virt = upper + gib, .phys = gib, .bytes = gib, .writable = true, .what = "data" };
	struct page_tables_want want = { .map = &bench.memory.map, .mapping = &mapping, .count = 1 };
	struct page_walk result;
	unsigned level;

	(void)state;
	for (unsigned gigabyte_pages = 0; gigabyte_pages < 2; gigabyte_pages++) {
		want.gigabyte_pages = gigabyte_pages == 1;
		build(6 * gib, want);
		for (uint64_t offset = 0; offset < gib; offset += gib / 2 - PAGE) {
			assert_true(walk(mapping.virt + offset, &result, &level));
			assert_int_equal(level, 2 + gigabyte_pages);
			assert_true(result.phys == gib + offset && result.writable && !result.executable);
		}
		assert_false(walk(mapping.virt - 1, &result, &level));
	}
}

static enum status refused(struct page_mapping mapping)
{
	struct page_tables_want want = { .mapping = &mapping, .count = 1 };

	bench_init(&bench, 16 * MIB, "elf", NULL, 0);
	bench.plan.memory = &bench.memory;
	arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
	mapping.what = "segment 9";
	return page_tables_add(&bench.plan, &want, &bench.arena, &bench.err);
}

static void impossible_mappings_are_refused(void **state)
{
	static const struct page_mapping mappings[] = {
		{ .virt = 0x0000800000000000, .phys = 0, .bytes = PAGE }, /* not canonical */
		{ .virt = 0xFFFF7FFFFFFFF000, .phys = 0, .bytes = PAGE },
		{ .virt = 0x8000000000000000, .phys = 0, .bytes = PAGE },
		{ .virt = 0x00007FFFFFFFF000, .phys = 0, .bytes = 2 * PAGE },   /* from one half into the hole */
		{ .virt = 0x0000000000100000, .phys = 0, .bytes = UINT64_MAX }, /* wraps */
		{ .virt = 0xFFFFFFFFFFFFF000, .phys = 0, .bytes = 2 * PAGE },
		{ .virt = 0x0000000000100010, .phys = 0x200020, .bytes = PAGE }, /* differ within a page */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof mappings / sizeof *mappings; i++) {
		assert_status(ERR_UNSUPPORTED, refused(mappings[i]), &bench.err);
		assert_trail(&bench.err, "segment 9");
	}
	assert_ok(refused((struct page_mapping){ .virt = 0x100010, .phys = 0x200010, .bytes = 1 }), &bench.err);
}

static void absurd_memory_is_refused(void **state)
{
	struct page_tables_want want = { .map = &bench.memory.map };

	(void)state;
	bench_init(&bench, 16 * MIB, "elf", NULL, 0);
	bench.plan.memory = &bench.memory;
	bench.memory.map.range[bench.memory.map.count++] = (struct memory_range){ 1ull << 40, UINT64_MAX - 1, MEMORY_RAM, 1 };
	arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
	assert_ok(plan_add_trampoline(&bench.plan, &bench.err), &bench.err);
	assert_status(ERR_TOO_BIG, page_tables_add(&bench.plan, &want, &bench.arena, &bench.err), &bench.err);
	want.gigabyte_pages = true; /* 128 TiB are 256 tables then */
	assert_ok(page_tables_add(&bench.plan, &want, &bench.arena, &bench.err), &bench.err);
}

static void tables_outside_the_plan_are_found(void **state)
{
	struct page_tables_want want = { .executable = true };
	struct page_walk result;

	(void)state;
	build(16 * MIB, want);
	bench.plan.page_table_root += place->bytes;
	assert_status(ERR_CORRUPT, page_walk(&bench.plan, 0, &result, &bench.err), &bench.err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_takes_few_tables),         cmocka_unit_test(all_ram_is_mapped),
		cmocka_unit_test(segments_get_their_permissions),    cmocka_unit_test(a_segment_of_1_gib_is_one_page),
		cmocka_unit_test(impossible_mappings_are_refused),   cmocka_unit_test(absurd_memory_is_refused),
		cmocka_unit_test(tables_outside_the_plan_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
