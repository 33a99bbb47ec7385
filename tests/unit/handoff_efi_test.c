/* SPDX-License-Identifier: MIT */
/* mkboot's own hand-off on UEFI: what it says of the firmware, the memory map that is written at the end, and the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-handoff/paging/page_walk.h"
#include "support_handoff.h"

#include <mkboot/handoff.h>

enum { MIB = 1 << 20, PAGE = 4096, DESCRIPTOR_BYTES = 48 };

static const uint64_t gib = 1 << 30, upper = 0xFFFFFFFF80000000;
static const struct test_segment segments[] = {
	{ .flags = 5, .virt = 0xFFFFFFFF80200000, .phys = 0x200000, .file_bytes = 0x1000, .bytes = 0x1000 },
	{ .flags = 6, .virt = 0xFFFFFFFF80201000, .phys = 0x201000, .file_bytes = 0x100, .bytes = 0x2000 },
};
static struct bench bench;
static uint8_t image[ELF_IMAGE_MAX];

static void start(void)
{
	size_t bytes = elf_make(image, true, upper + 0x200000, segments, 2);

	bench_init(&bench, 64 * MIB, "elf", image, bytes);
	bench_use_uefi(&bench);
}

/* The hand-off's place in memory of just its length; the map is written into it. */
static struct mkboot_handoff *load(const struct place *place, const uint8_t *descriptors, uint64_t bytes)
{
	const struct firmware_map map = { descriptors, bytes, DESCRIPTOR_BYTES, 1 };
	const struct plan_firmware_map *want = &bench.plan.firmware_map;
	uint8_t *copy = malloc(place->bytes);

	assert_int_equal(want->start, place->start);
	bench_read(&bench, place->start, copy, place->bytes);
	want->write(want->context, copy, &map);
	return (struct mkboot_handoff *)copy;
}

static void the_firmware_is_described(void **state)
{
	static uint8_t descriptors[FIRMWARE_MAP_ROOM];
	static const uint64_t sizes[] = { 118 * DESCRIPTOR_BYTES, 0, DESCRIPTOR_BYTES, FIRMWARE_MAP_ROOM };
	const struct place *place;

	(void)state;
	for (unsigned i = 0; i < sizeof descriptors; i++)
		descriptors[i] = test_segment_byte(4, i);
	start();
	bench_add_module(&bench, "/module", "a", image, 100);
	assert_ok(bench_plan(&bench), &bench.err);
	place = bench_place(&bench, "hand-off");
	assert_int_equal(bench.plan.registers.di, place->start);
	assert_true(bench.plan.firmware_map.room >= 16 * PAGE);
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct mkboot_handoff *handoff = load(place, descriptors, sizes[i]);

		assert_int_equal(handoff->version, 1);
		assert_int_equal(handoff->bytes, sizeof *handoff);
		assert_int_equal(handoff->firmware, MKBOOT_FIRMWARE_UEFI);
		assert_int_equal(handoff->efi_system_table, BENCH_SYSTEM_TABLE);
		assert_int_equal(handoff->boot_drive, 0xFFFFFFFF);
		assert_int_equal(handoff->screen.kind, MKBOOT_SCREEN_LINEAR);
		assert_int_equal(handoff->screen.pitch_bytes, 5120);
		assert_int_equal(handoff->efi_memory_map_bytes, sizes[i]);
		assert_int_equal(handoff->efi_descriptor_bytes, DESCRIPTOR_BYTES);
		assert_int_equal(handoff->efi_descriptor_version, 1);
		assert_true(handoff->efi_memory_map % 8 == 0 && handoff->efi_memory_map > place->start + sizeof *handoff);
		assert_true(handoff->efi_memory_map + bench.plan.firmware_map.room <= place->start + place->bytes);
		assert_memory_equal((uint8_t *)handoff + (handoff->efi_memory_map - place->start), descriptors, sizes[i]);
		free(handoff);
	}
}

/* The map lies behind everything else: with the strings and ranges of a large entry, too. */
static void nothing_lies_where_the_map_goes(void **state)
{
	static const uint8_t zeros[FIRMWARE_MAP_ROOM];
	static char name[4000];
	uint64_t highest = 0;
	struct mkboot_handoff *handoff;
	const struct place *place;

	(void)state;
	memset(name, 'n', sizeof name - 1);
	start();
	for (unsigned i = 0; i < BENCH_MODULES_MAX; i++)
		bench_add_module(&bench, name, name, image, 1);
	assert_ok(bench_plan(&bench), &bench.err);
	place = bench_place(&bench, "hand-off");
	handoff = load(place, zeros, sizeof zeros);
	assert_int_equal(handoff->module_count, BENCH_MODULES_MAX);
	for (unsigned i = 0; i < BENCH_MODULES_MAX; i++) {
		const struct mkboot_module *module =
			(const struct mkboot_module *)((uint8_t *)handoff + (handoff->modules - place->start)) + i;

		assert_string_equal((char *)handoff + (module->path - place->start), name);
		assert_string_equal((char *)handoff + (module->arguments - place->start), name);
		highest = module->arguments + sizeof name;
	}
	assert_true(highest <= handoff->efi_memory_map);
	assert_string_equal((char *)handoff + (handoff->command_line - place->start), "console=com1 quiet");
	free(handoff);
}

static void assert_mapped(uint64_t at, bool expected)
{
	struct page_walk walk = { 0 };
	enum status status = page_walk(&bench.plan, at, &walk, &bench.err);

	assert_status(expected ? OK : ERR_NOT_FOUND, status, &bench.err);
	if (expected)
		assert_true(walk.phys == at && walk.writable && !walk.executable);
}

static void the_screen_is_mapped_wherever_it_is(void **state)
{
	struct screen *screen = &bench.machine.screen;
	uint64_t at = 896 * gib, bytes = 5120 * 800;

	(void)state;
	start();
	screen->phys = at + 0x100;
	assert_ok(bench_plan(&bench), &bench.err);
	assert_mapped(at - 1, false);
	assert_mapped(at, true); /* whole pages */
	assert_mapped(at + bytes + 0xFF, true);
	assert_mapped(at + bytes + 2 * PAGE, false);
	screen->phys = 4 * gib - PAGE; /* on the line */
	assert_ok(bench_plan(&bench), &bench.err);
	assert_mapped(4 * gib - PAGE + bytes - 1, true);
	assert_mapped(4 * gib - PAGE + bytes, false);
	screen->phys = 0x80000000;
	assert_ok(bench_plan(&bench), &bench.err);
	assert_mapped(0x80000000, true);
	assert_mapped(at, false);
	screen->kind = SCREEN_NONE;
	screen->phys = at;
	assert_ok(bench_plan(&bench), &bench.err);
	assert_mapped(at, false);
	screen->kind = SCREEN_LINEAR; /* nobody has a screen there */
	screen->phys = UINT64_MAX - PAGE;
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the screen");
}

static void faults_are_reported(void **state)
{
	(void)state;
	start();
	bench.machine.screen.phys = 8 * gib;
	bench_add_module(&bench, "/module", "a", image, 100);
	bench_fault_loop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_firmware_is_described),
		cmocka_unit_test(nothing_lies_where_the_map_goes),
		cmocka_unit_test(the_screen_is_mapped_wherever_it_is),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
