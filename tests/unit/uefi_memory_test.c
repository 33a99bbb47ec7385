/* SPDX-License-Identifier: MIT */
/* The firmware's memory: what a kernel finds of it, who takes it and gives it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/memory.h"

enum { MIB = 1 << 20, PAGE = 4096, RAM_END = FAKE_PAGES * PAGE, ARENA_BYTES = 64 * 1024 };

static uint8_t working[ARENA_BYTES];
static struct arena arena;
static struct memory memory;
static struct err err;

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	arena_init(&arena, working, sizeof working);
	memset(&memory, 0, sizeof memory);
	return 0;
}

static void read_memory(void)
{
	assert_int_equal(firmware_memory_read(&memory, &arena, &err), OK);
}

static uint64_t allocate(uint64_t bytes, bool executable)
{
	const struct memory_want want = { .bytes = bytes, .align = 16, .low = true, .executable = executable, .what = "test" };
	uint64_t start;

	assert_int_equal(memory_allocate(&memory, &want, &start, &err), OK);
	return start;
}

static void the_map_is_the_kernels(void **state)
{
	static const struct {
		uint32_t efi, type;
	} types[] = {
		{ EfiReservedMemoryType, MEMORY_RESERVED },
		{ EfiLoaderCode, MEMORY_RAM },
		{ EfiLoaderData, MEMORY_RAM },
		{ EfiBootServicesCode, MEMORY_RAM },
		{ EfiBootServicesData, MEMORY_RAM },
		{ EfiRuntimeServicesCode, MEMORY_RESERVED },
		{ EfiRuntimeServicesData, MEMORY_RESERVED },
		{ EfiConventionalMemory, MEMORY_RAM },
		{ EfiUnusableMemory, MEMORY_BAD },
		{ EfiACPIReclaimMemory, MEMORY_ACPI },
		{ EfiACPIMemoryNVS, MEMORY_NVS },
		{ EfiMemoryMappedIO, MEMORY_RESERVED },
		{ EfiMemoryMappedIOPortSpace, MEMORY_RESERVED },
		{ EfiPalCode, MEMORY_RESERVED },
		{ 14, MEMORY_PERSISTENT },
		{ 15, MEMORY_UNACCEPTED },
		{ 16, MEMORY_RESERVED },         /* nobody's yet */
		{ 0x80000001, MEMORY_RESERVED }, /* somebody's own */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
		fake_memory((2 + i) * MIB, (3 + i) * MIB, types[i].efi);
	fake_memory(30 * MIB, 40 * MIB, FAKE_HOLE);
	read_memory();
	for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
		assert_true(memory_map_covers(&memory.map, (2 + i) * MIB, (3 + i) * MIB, types[i].type));
	assert_false(memory_map_covers(&memory.map, 39 * MIB, 40 * MIB, MEMORY_RESERVED));
	assert_false(memory_map_covers(&memory.map, 39 * MIB, 40 * MIB, MEMORY_RAM));
	assert_int_equal(arena.used, 0);
}

/* RAM that is not plain: its driver's, or nobody's. */
static void attributes_are_honoured(void **state)
{
	enum { UC = 1, WC = 2, WT = 4, WB = 8, SP = 0x40000, XP = 0x4000 };
	static const struct {
		uint32_t efi;
		uint64_t attributes;
		uint32_t type;
	} cases[] = {
		{ EfiConventionalMemory, UC | WC | WT | WB | XP, MEMORY_RAM },
		{ EfiConventionalMemory, WB | SP, MEMORY_RESERVED },
		{ EfiConventionalMemory, UC | WC | WT, MEMORY_RESERVED },
		{ EfiBootServicesData, UC, MEMORY_RESERVED },
		{ EfiBootServicesData, WB, MEMORY_RAM },
		{ EfiConventionalMemory, 0, MEMORY_RESERVED },
		{ EfiACPIReclaimMemory, 0, MEMORY_ACPI },
		{ EfiACPIMemoryNVS, SP, MEMORY_NVS },
		{ 14, UC, MEMORY_PERSISTENT },
	};
	bool in_the_way;

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		fake_memory((2 + 2 * i) * MIB, (3 + 2 * i) * MIB, cases[i].efi);
		fake_attributes((2 + 2 * i) * MIB, (3 + 2 * i) * MIB, cases[i].attributes);
	}
	read_memory();
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_true(memory_map_covers(&memory.map, (2 + 2 * i) * MIB, (3 + 2 * i) * MIB, cases[i].type));
	/* What is no RAM is nothing that the firmware uses meanwhile, nor free. */
	(void)memory_stretch_end(&memory, 8 * MIB, 9 * MIB, &in_the_way);
	assert_false(in_the_way);
	firmware_memory_note(&memory, 4 * MIB, 5 * MIB);
	(void)memory_stretch_end(&memory, 4 * MIB, 5 * MIB, &in_the_way);
	assert_false(in_the_way);
}

/* A firmware that fills no attributes in still has RAM. */
static void attributes_that_are_not_told(void **state)
{
	(void)state;
	fake_attributes(0, RAM_END, 0);
	fake_memory(4 * MIB, 5 * MIB, EfiACPIReclaimMemory);
	fake_attributes(4 * MIB, 5 * MIB, EFI_MEMORY_WB);
	fake_attributes(6 * MIB, 7 * MIB, 0x40000);
	read_memory();
	assert_true(memory_map_covers(&memory.map, 0, 4 * MIB, MEMORY_RAM));
	assert_true(memory_map_covers(&memory.map, 6 * MIB, 7 * MIB, MEMORY_RESERVED));
}

static void runs_of_the_firmware_are_transient(void **state)
{
	bool in_the_way;

	for (unsigned i = 0; i < 2; i++) {
		reset(state);
		fake_machine.backwards = i == 1;
		fake_memory(8 * MIB, 9 * MIB, EfiBootServicesCode);
		fake_memory(9 * MIB, 10 * MIB, EfiLoaderData);
		read_memory();
		assert_int_equal(memory_stretch_end(&memory, MIB, 20 * MIB, &in_the_way), 8 * MIB);
		assert_false(in_the_way);
		assert_int_equal(memory_stretch_end(&memory, 9 * MIB, 20 * MIB, &in_the_way), 10 * MIB);
		assert_true(in_the_way);
		/* What nobody can have is not asked for. */
		assert_int_equal(memory_reserve(&memory, 8 * MIB, 10 * MIB, "test", false, &in_the_way, &err), OK);
		assert_true(in_the_way);
		assert_true(fake_memory_is(8 * MIB, 9 * MIB, EfiBootServicesCode));
	}
}

static void memory_is_taken_and_given_back(void **state)
{
	unsigned mark;
	uint64_t data, code;

	(void)state;
	read_memory();
	mark = memory_mark(&memory);
	data = allocate(5 * PAGE - 16, false);
	assert_int_equal(data, MIB);
	assert_true(fake_memory_is(data, data + 5 * PAGE, EfiLoaderData));
	assert_true(fake_memory_is(data + 5 * PAGE, RAM_END / 2, EfiConventionalMemory));
	memory_reset(&memory, mark);
	assert_true(fake_memory_is(data, RAM_END / 2, EfiConventionalMemory));
	code = allocate(2 * PAGE, true);
	assert_true(fake_memory_is(code, code + 2 * PAGE, EfiLoaderCode));
	memory_reset(&memory, mark);
	assert_true(fake_memory_is(MIB, RAM_END / 2, EfiConventionalMemory));
}

/* Small places share pages; a page is the loader's until the last of them is gone. */
static void neighbours_share_a_page(void **state)
{
	unsigned mark[5];
	uint64_t start[4];

	(void)state;
	read_memory();
	for (unsigned i = 0; i < 4; i++) {
		mark[i] = memory_mark(&memory);
		start[i] = allocate(i == 2 ? 2 * PAGE : 256, false);
	}
	assert_int_equal(start[1] / PAGE, start[0] / PAGE);
	assert_int_equal(start[2] / PAGE, start[0] / PAGE);
	assert_int_equal(start[3] / PAGE, (start[2] + 2 * PAGE) / PAGE);
	assert_true(fake_memory_is(MIB, MIB + 3 * PAGE, EfiLoaderData));
	assert_true(fake_memory_is(MIB + 3 * PAGE, MIB + 4 * PAGE, EfiConventionalMemory));
	memory_reset(&memory, mark[3]);
	assert_true(fake_memory_is(MIB, MIB + 3 * PAGE, EfiLoaderData));
	memory_reset(&memory, mark[2]);
	assert_true(fake_memory_is(MIB, MIB + PAGE, EfiLoaderData));
	assert_true(fake_memory_is(MIB + PAGE, MIB + 3 * PAGE, EfiConventionalMemory));
	memory_reset(&memory, mark[1]);
	assert_true(fake_memory_is(MIB, MIB + PAGE, EfiLoaderData));
	memory_reset(&memory, mark[0]);
	assert_true(fake_memory_is(MIB, RAM_END / 2, EfiConventionalMemory));
}

/* The firmware allocates while we run: the map that was read once does not show it. */
static void memory_that_the_firmware_took_meanwhile(void **state)
{
	bool in_the_way;

	(void)state;
	read_memory();
	fake_memory(MIB, MIB + PAGE, EfiBootServicesData);
	assert_int_equal(allocate(PAGE, false), MIB + PAGE);
	fake_memory(20 * MIB, 20 * MIB + PAGE, EfiBootServicesData);
	assert_int_equal(memory_reserve(&memory, 20 * MIB, 21 * MIB, "test", false, &in_the_way, &err), OK);
	assert_true(in_the_way);
	memory_reset(&memory, 1);
	assert_true(fake_memory_is(MIB, MIB + PAGE, EfiBootServicesData));
	assert_true(fake_memory_is(MIB + PAGE, 20 * MIB, EfiConventionalMemory));
}

/* More runs than can be noted: they are refused when they are asked for. */
static void a_map_in_tatters(void **state)
{
	bool in_the_way;

	(void)state;
	for (unsigned i = 0; i < 600; i++)
		fake_memory(MIB + 2 * i * PAGE, MIB + (2 * i + 1) * PAGE, EfiBootServicesData);
	read_memory();
	assert_true(memory.count <= MEMORY_RESERVATIONS_MAX / 2);
	assert_int_equal(allocate(PAGE, false), MIB + PAGE);
	assert_int_equal(memory_reserve(&memory, MIB + 1000 * PAGE, MIB + 1010 * PAGE, "test", false, &in_the_way, &err), OK);
	assert_true(in_the_way);
}

static void without_memory(void **state)
{
	(void)state;
	fake_machine.no_pages = true;
	assert_null(firmware_pages(PAGE));
	assert_int_equal(firmware_memory_read(&memory, &arena, &err), ERR_NO_MEMORY);
	fake_machine.no_pages = false;
	arena_init(&arena, working, 64);
	assert_int_equal(firmware_memory_read(&memory, &arena, &err), ERR_NO_MEMORY);
	assert_null(memory.owner);
}

/* The loader goes, and the firmware stays: all is as it was. */
static void all_is_given_back(void **state)
{
	struct plan plan = { .firmware_map = { .start = 0 } };
	bool in_the_way, gone;
	void *own = firmware_pages(3 * PAGE);

	(void)state;
	read_memory();
	(void)allocate(5 * PAGE, false);
	(void)allocate(PAGE, true);
	fake_memory(20 * MIB, 20 * MIB + PAGE, EfiBootServicesData);
	assert_int_equal(memory_reserve(&memory, 20 * MIB, 21 * MIB, "test", false, &in_the_way, &err), OK);
	for (unsigned i = 0; i < 2000; i++)
		fake_memory(24 * MIB + 2 * i * PAGE, 24 * MIB + (2 * i + 1) * PAGE, EfiBootServicesData);
	plan.firmware_map.start = 1; /* there is no room: the map has got a larger buffer, and the firmware stays */
	assert_int_equal(firmware_leave(&plan, &gone, &err), ERR_TOO_BIG);
	assert_false(gone);
	firmware_memory_end(&memory);
	firmware_pages_free(own, 3 * PAGE);
	firmware_pages_free(NULL, PAGE);
	assert_int_equal(image_firmware_allocations(), 0);
	assert_true(fake_memory_is(MIB, 20 * MIB, EfiConventionalMemory));
	assert_true(fake_memory_is(20 * MIB + PAGE, 24 * MIB, EfiConventionalMemory));
	assert_int_equal(memory.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_map_is_the_kernels, reset),
		cmocka_unit_test_setup(attributes_are_honoured, reset),
		cmocka_unit_test_setup(attributes_that_are_not_told, reset),
		cmocka_unit_test_setup(runs_of_the_firmware_are_transient, reset),
		cmocka_unit_test_setup(memory_is_taken_and_given_back, reset),
		cmocka_unit_test_setup(neighbours_share_a_page, reset),
		cmocka_unit_test_setup(memory_that_the_firmware_took_meanwhile, reset),
		cmocka_unit_test_setup(a_map_in_tatters, reset),
		cmocka_unit_test_setup(without_memory, reset),
		cmocka_unit_test_setup(all_is_given_back, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
