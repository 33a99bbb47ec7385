/* SPDX-License-Identifier: MIT */
/* The memory probe against firmware that behaves as the field's does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "stage2/bios/memory_probe.h"
#include "support_bios.h"

enum { SMAP = 0x534D4150, GARBAGE = 0x12345678, RANGES = 300 };

static struct {
	struct {
		uint64_t start, bytes;
		uint32_t type, attributes;
	} range[RANGES];
	unsigned count;
	bool ends_with_carry;     /* the last range has EBX != 0, the call after it fails */
	bool endless;             /* EBX never becomes 0 */
	bool stuck;               /* EBX stays the same */
	bool fresh;               /* EBX never becomes 0, is never the same, and the last range is told for ever */
	unsigned writes;          /* 20 or 24 bytes */
	unsigned loses_signature; /* at this range; 0: never */
	struct {
		uint32_t ax, bx, cx, dx;
		bool fails;
	} e801;
	uint32_t kib_88;
} firmware;

static uint8_t working[64 * 1024];

static void int12(struct bios_registers *registers)
{
	registers->flags = 0;
	registers->eax = 639;
}

static void e820(struct bios_registers *registers)
{
	unsigned index = registers->ebx % 10000; /* continuation values are opaque: 10000 and more here */
	uint8_t *buffer = fake_low + registers->es * 16 + (registers->edi & 0xFFFF);

	if (firmware.fresh && index >= firmware.count)
		index = firmware.count - 1;
	assert_int_equal(registers->edx, SMAP);
	assert_true(registers->ecx >= 20);
	if (index >= firmware.count)
		return;
	if (firmware.loses_signature != 0 && index == firmware.loses_signature) {
		registers->flags = 0;
		registers->eax = GARBAGE;
		return;
	}
	put_le64(buffer, firmware.range[index].start);
	put_le64(buffer + 8, firmware.range[index].bytes);
	put_le32(buffer + 16, firmware.range[index].type);
	if (firmware.writes == 24)
		put_le32(buffer + 20, firmware.range[index].attributes);
	registers->flags = 0;
	registers->eax = SMAP;
	registers->ecx = firmware.writes;
	index++;
	if (firmware.endless)
		registers->ebx = 10000 + index % firmware.count;
	else if (firmware.stuck)
		registers->ebx = 10000;
	else if (firmware.fresh)
		registers->ebx = 10000 + registers->ebx % 10000 + 1;
	else
		registers->ebx = index == firmware.count && !firmware.ends_with_carry ? 0 : 10000 + index;
	registers->edx = registers->esi = GARBAGE; /* firmware is known to lose these */
}

static void int15(struct bios_registers *registers)
{
	if (registers->eax == 0xE820) {
		e820(registers);
	} else if (registers->eax == 0xE801 && !firmware.e801.fails) {
		registers->flags = 0;
		registers->eax = firmware.e801.ax;
		registers->ebx = firmware.e801.bx;
		registers->ecx = firmware.e801.cx;
		registers->edx = firmware.e801.dx;
	} else if (registers->eax == 0x8800) {
		registers->eax = firmware.kib_88; /* CF stays set: it means nothing here */
	}
}

static int reset(void **state)
{
	(void)state;
	fake_bios_reset();
	memset(&firmware, 0, sizeof firmware);
	firmware.writes = 20;
	firmware.e801.fails = true;
	fake_interrupt[0x12] = int12;
	fake_interrupt[0x15] = int15;
	return 0;
}

static void add(uint64_t start, uint64_t bytes, uint32_t type, uint32_t attributes)
{
	firmware.range[firmware.count].start = start;
	firmware.range[firmware.count].bytes = bytes;
	firmware.range[firmware.count].type = type;
	firmware.range[firmware.count++].attributes = attributes;
}

static void add_usual(void)
{
	add(0, 0x9FC00, MEMORY_RAM, 1);
	add(0xF0000, 0x10000, MEMORY_RESERVED, 1);
	add(0x100000, 0x1FF00000, MEMORY_RAM, 1);
}

static enum status probe(struct memory_map *map)
{
	struct arena arena;
	struct err err;

	arena_init(&arena, working, sizeof working);
	return memory_probe(1ull << 40, map, &arena, &err);
}

static void has_usual(const struct memory_map *map)
{
	assert_true(memory_map_covers(map, 0, 0x9FC00, MEMORY_RAM));
	assert_true(memory_map_covers(map, 0x9FC00, 0xA0000, MEMORY_RESERVED));
	assert_true(memory_map_covers(map, 0x100000, 0x20000000, MEMORY_RAM));
	assert_false(memory_map_covers(map, 0x100000, 0x20000001, MEMORY_RAM));
}

static void reads_e820(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
}

static void accepts_carry_as_the_end(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	firmware.ends_with_carry = true;
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
}

static void survives_endless_lists(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	firmware.endless = true;
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
	assert_true(fake_calls < 300);
}

static void reads_long_lists(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	for (unsigned i = 0; i < 280; i++)
		add(0x40000000 + i * 0x1000ull, 0x1000, MEMORY_RAM, 1);
	add(0x8000000, 0x1000, MEMORY_RESERVED, 1);
	assert_int_equal(probe(&map), OK);
	assert_true(memory_map_covers(&map, 0x40000000, 0x40000000 + 280 * 0x1000, MEMORY_RAM));
	assert_true(memory_map_covers(&map, 0x8000000, 0x8001000, MEMORY_RESERVED));
}

static void survives_a_stuck_continuation(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	firmware.stuck = true;
	assert_int_equal(probe(&map), OK);
	assert_true(memory_map_covers(&map, 0, 0x9FC00, MEMORY_RAM));
	assert_true(fake_calls < 10);
}

static void survives_a_last_range_for_ever(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	firmware.fresh = true;
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
	assert_true(fake_calls < 1100);
}

/* The first one again is not the end of the list. */
static void goes_on_behind_a_range_that_is_told_twice(void **state)
{
	struct memory_map map;

	(void)state;
	add(0, 0x9FC00, MEMORY_RAM, 1);
	add_usual();
	add(0, 0x9FC00, MEMORY_RAM, 1);
	add(0x40000000, 0x1000, MEMORY_NVS, 1);
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
	assert_true(memory_map_covers(&map, 0x40000000, 0x40001000, MEMORY_NVS));
}

static void leaves_out_what_the_processor_cannot_reach(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	add((1ull << 40) - 0x100000, 0x200000, MEMORY_RAM, 1);
	add(1ull << 60, 0x1000, MEMORY_RAM, 1);
	add(1ull << 50, 0x1000, MEMORY_RESERVED, 1);
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
	assert_true(memory_map_covers(&map, (1ull << 40) - 0x100000, 1ull << 40, MEMORY_RAM));
	assert_false(memory_map_touches(&map, 1ull << 40, UINT64_MAX, MEMORY_RAM));
	assert_true(memory_map_covers(&map, 1ull << 50, (1ull << 50) + 0x1000, MEMORY_RESERVED));
}

static void leaves_out_disabled_ranges(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	add(0x40000000, 0x1000000, MEMORY_RAM, 0);
	firmware.writes = 24;
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
	assert_false(memory_map_covers(&map, 0x40000000, 0x40000001, MEMORY_RAM));
}

/* Twenty bytes written: the attribute dword is ours, not the last range's. */
static void ignores_attributes_that_were_not_written(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	for (unsigned i = 0; i < firmware.count; i++)
		firmware.range[i].attributes = 0;
	assert_int_equal(probe(&map), OK);
	has_usual(&map);
}

static void distrusts_a_lost_signature(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	firmware.loses_signature = 2;
	firmware.e801.fails = false;
	firmware.e801.ax = 15 * 1024;
	firmware.e801.bx = 256; /* 16 MiB from 16 MiB on */
	assert_int_equal(probe(&map), OK);
	assert_true(memory_map_covers(&map, 0x100000, 0x2000000, MEMORY_RAM));
	assert_false(memory_map_covers(&map, 0xF0000, 0xF0001, MEMORY_RESERVED));
}

static void falls_back_to_e801_in_cx_and_dx(void **state)
{
	struct memory_map map;

	(void)state;
	firmware.e801.fails = false;
	firmware.e801.cx = 15 * 1024;
	firmware.e801.dx = 16;
	assert_int_equal(probe(&map), OK);
	assert_true(memory_map_covers(&map, 0x100000, 0x1100000, MEMORY_RAM));
	assert_true(memory_map_covers(&map, 0, 0x9FC00, MEMORY_RAM));
}

/* Memory above the hole counts only if there is no hole. */
static void ignores_what_is_above_a_hole(void **state)
{
	struct memory_map map;

	(void)state;
	firmware.e801.fails = false;
	firmware.e801.ax = 14 * 1024;
	firmware.e801.bx = 16;
	assert_int_equal(probe(&map), OK);
	assert_true(memory_map_covers(&map, 0x100000, 0xF00000, MEMORY_RAM));
	assert_false(memory_map_covers(&map, 0x1000000, 0x1000001, MEMORY_RAM));
}

static void falls_back_to_88(void **state)
{
	struct memory_map map;

	(void)state;
	firmware.e801.fails = false;
	firmware.e801.ax = 0x4000; /* more than 15 MiB: nonsense */
	firmware.kib_88 = 31 * 1024;
	assert_int_equal(probe(&map), OK);
	assert_true(memory_map_covers(&map, 0x100000, 0x2000000, MEMORY_RAM));
}

static void trusts_the_data_area_below_640_kib(void **state)
{
	struct memory_map map;

	(void)state;
	add_usual();
	put_le16(fake_low + BDA_EBDA_SEGMENT, 0x8000);
	assert_int_equal(probe(&map), OK);
	assert_int_equal(memory_probe_low(), 512);
	assert_true(memory_map_covers(&map, 0, 0x80000, MEMORY_RAM));
	assert_true(memory_map_covers(&map, 0x80000, 0xA0000, MEMORY_RESERVED));
}

static void takes_a_nonsense_ebda_for_none(void **state)
{
	(void)state;
	put_le16(fake_low + BDA_EBDA_SEGMENT, 0x0001);
	assert_int_equal(memory_probe_low(), 639);
	put_le16(fake_low + BDA_EBDA_SEGMENT, 0xF000);
	assert_int_equal(memory_probe_low(), 639);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_e820, reset),
		cmocka_unit_test_setup(accepts_carry_as_the_end, reset),
		cmocka_unit_test_setup(survives_endless_lists, reset),
		cmocka_unit_test_setup(reads_long_lists, reset),
		cmocka_unit_test_setup(survives_a_stuck_continuation, reset),
		cmocka_unit_test_setup(survives_a_last_range_for_ever, reset),
		cmocka_unit_test_setup(goes_on_behind_a_range_that_is_told_twice, reset),
		cmocka_unit_test_setup(leaves_out_what_the_processor_cannot_reach, reset),
		cmocka_unit_test_setup(leaves_out_disabled_ranges, reset),
		cmocka_unit_test_setup(ignores_attributes_that_were_not_written, reset),
		cmocka_unit_test_setup(distrusts_a_lost_signature, reset),
		cmocka_unit_test_setup(falls_back_to_e801_in_cx_and_dx, reset),
		cmocka_unit_test_setup(ignores_what_is_above_a_hole, reset),
		cmocka_unit_test_setup(falls_back_to_88, reset),
		cmocka_unit_test_setup(trusts_the_data_area_below_640_kib, reset),
		cmocka_unit_test_setup(takes_a_nonsense_ebda_for_none, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
