/* SPDX-License-Identifier: MIT */
/* Memory maps of more ranges than there is room for, and what kernels are told of a range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/memory/memory_map.h"

enum { PAGE = 4096, MIB = 1 << 20, MANY = 1000, PAGES = 4096, ROUNDS = 200, TYPES = 8 };

static struct memory_map map;
static struct err err;
static struct memory_range raw[MANY];
static uint32_t type_of[PAGES]; /* 0 is a hole */

static void build(unsigned count)
{
	assert_int_equal(memory_map_build(raw, count, &map, &err), OK);
	assert_in_range(map.count, 1, MEMORY_RANGES_MAX);
	for (unsigned i = 0; i < map.count; i++) {
		assert_true(map.range[i].start < map.range[i].end);
		if (i > 0)
			assert_true(map.range[i - 1].end <= map.range[i].start);
	}
}

static uint64_t ram_bytes(void)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < map.count; i++)
		bytes += map.range[i].type == MEMORY_RAM ? map.range[i].end - map.range[i].start : 0;
	return bytes;
}

static void as_many_as_there_is_room_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MEMORY_RANGES_MAX; i++)
		raw[i] = (struct memory_range){ MIB + 2ull * i * PAGE, MIB + (2ull * i + 1) * PAGE, i % 2 ? MEMORY_RAM : MEMORY_NVS, 1 };
	build(MEMORY_RANGES_MAX);
	assert_int_equal(map.count, MEMORY_RANGES_MAX);
	assert_int_equal(map.told, MEMORY_RANGES_MAX);
	assert_int_equal(map.ram_left_out, 0);
	assert_int_equal(map.range[0].type, MEMORY_NVS);
}

/* Neighbours that are no RAM cost nothing but their names. */
static void reserved_neighbours_become_one(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		raw[i] = (struct memory_range){ (uint64_t)i * MIB, (i + 1ull) * MIB, i % 2 ? MEMORY_RESERVED : MEMORY_ACPI, 1 };
	raw[600].type = MEMORY_RAM;
	raw[999].type = MEMORY_RAM;
	build(MANY);
	assert_int_equal(map.told, MANY);
	assert_int_equal(map.ram_left_out, 0);
	assert_true(memory_map_covers(&map, 600ull * MIB, 601ull * MIB, MEMORY_RAM));
	assert_true(memory_map_covers(&map, 999ull * MIB, 1000ull * MIB, MEMORY_RAM));
	assert_int_equal(ram_bytes(), 2 * MIB);
	assert_true(memory_map_knows(&map, 0, 1000ull * MIB));
	assert_true(memory_map_covers(&map, MIB, 2 * MIB, MEMORY_RESERVED));
}

/* The smallest RAM goes, the memory below 1 MiB does not, and what was RAM is reserved with its neighbours. */
static void the_smallest_ram_is_left_out(void **state)
{
	(void)state;
	raw[0] = (struct memory_range){ 0, 0x9F000, MEMORY_RAM, 1 };
	for (unsigned i = 1; i < 400; i++) {
		/* 1 to 400 MiB, the smaller ones last, each behind something reserved. */
		uint64_t start = i * 512ull * MIB, bytes = (400 - i) * (uint64_t)MIB;

		raw[2 * i - 1] = (struct memory_range){ start - MIB, start, MEMORY_RESERVED, 1 };
		raw[2 * i] = (struct memory_range){ start, start + bytes, MEMORY_RAM, 1 };
	}
	build(799);
	assert_int_equal(map.told, 799);
	assert_true(memory_map_covers(&map, 0, 0x9F000, MEMORY_RAM));
	assert_true(memory_map_covers(&map, 512ull * MIB, 911ull * MIB, MEMORY_RAM));
	assert_false(memory_map_touches(&map, 399 * 512ull * MIB, 400 * 512ull * MIB, MEMORY_RAM));
	assert_true(memory_map_covers(&map, 399 * 512ull * MIB - MIB, 399 * 512ull * MIB + MIB, MEMORY_RESERVED));
	assert_int_equal(ram_bytes() + map.ram_left_out, 0x9F000 + 399 * 400 / 2 * (uint64_t)MIB);
	for (unsigned i = 1, gone = 0; i < 400; i++) {
		/* Once one is left out, no larger one is. */
		bool is = memory_map_covers(&map, i * 512ull * MIB, i * 512ull * MIB + MIB, MEMORY_RAM);

		assert_false(gone && is);
		gone |= !is;
	}
}

/* Holes are filled before the last RAM goes. */
static void ram_is_never_all_gone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		raw[i] = (struct memory_range){ (uint64_t)i * MIB, (uint64_t)i * MIB + PAGE, MEMORY_BAD, 1 };
	raw[500].type = MEMORY_RAM;
	build(MANY);
	assert_int_equal(map.ram_left_out, 0);
	assert_int_equal(ram_bytes(), PAGE);
	assert_true(memory_map_covers(&map, 500ull * MIB, 500ull * MIB + PAGE, MEMORY_RAM));
	for (unsigned i = 0; i < MANY; i++)
		raw[i] = (struct memory_range){ 2ull * i * PAGE, (2ull * i + 1) * PAGE, MEMORY_RAM, 1 };
	build(MANY);
	assert_int_equal(ram_bytes(), MEMORY_RANGES_MAX * PAGE);
}

static void make_tatters(void)
{
	memset(type_of, 0, sizeof type_of);
	for (unsigned i = 0; i < MANY; i++) {
		unsigned start = (unsigned)rand() % PAGES, end = start + 1 + (unsigned)rand() % 6;
		uint32_t type = 1 + (unsigned)rand() % 3 * 2;

		end = end > PAGES ? PAGES : end;
		raw[i] = (struct memory_range){ (uint64_t)start * PAGE, (uint64_t)end * PAGE, type, 1 };
		for (unsigned page = start; page < end; page++)
			type_of[page] = type_of[page] > type ? type_of[page] : type;
	}
}

/* Whatever is done: RAM is RAM, what is not reserved has its own type, nothing of the map is lost but RAM, and that is counted. */
static void nothing_becomes_ram(void **state)
{
	(void)state;
	srand(1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t ram = 0;

		make_tatters();
		build(MANY);
		for (unsigned page = 0; page < PAGES; page++) {
			uint64_t start = (uint64_t)page * PAGE;
			uint32_t is = 0;

			ram += type_of[page] == MEMORY_RAM ? PAGE : 0;
			for (uint32_t type = 1; type < TYPES; type++)
				is = memory_map_covers(&map, start, start + PAGE, type) ? type : is;
			assert_true(is == type_of[page] || is == MEMORY_RESERVED || (is == 0 && type_of[page] == MEMORY_RAM));
		}
		assert_int_equal(ram_bytes() + map.ram_left_out, ram);
	}
}

static void kernels_are_told_known_types(void **state)
{
	static const struct {
		uint32_t firmware, kernel;
	} types[] = {
		{ 0, 2 },  { 1, 1 },   { 2, 2 },          { 3, 3 },          { 4, 4 },          { 5, 5 },  { 6, 2 },
		{ 7, 7 },  { 8, 8 },   { 9, 2 },          { 11, 2 },         { 12, 12 },        { 13, 2 }, { 16, 2 },
		{ 20, 2 }, { 255, 2 }, { 0xF0000000, 2 }, { 0xEFFFFFFF, 2 }, { UINT32_MAX, 2 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
		assert_int_equal(memory_type_for_kernel(types[i].firmware), types[i].kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_there_is_room_for), cmocka_unit_test(reserved_neighbours_become_one),
		cmocka_unit_test(the_smallest_ram_is_left_out), cmocka_unit_test(ram_is_never_all_gone),
		cmocka_unit_test(nothing_becomes_ram),          cmocka_unit_test(kernels_are_told_known_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
