/* SPDX-License-Identifier: MIT */
/* What the loader stands on is in use, whatever the firmware's map says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/span.h"
#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/ground.h"
#include "uefi/memory.h"

enum {
	MIB = 1 << 20,
	PAGE = 4096,
	TABLES = 6,
	PRESENT = 1,
	LARGE = 1 << 7,
	STACK = MIB + 0xC900, /* as U-Boot has it */
	ROM = 0xFFFDD700,
};

static uint8_t table[TABLES][PAGE] __attribute__((aligned(4096)));
static uint8_t working[64 * 1024];
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
	memset(table, 0, sizeof table);
	fake_machine.host = (EFI_MEMORY_DESCRIPTOR){
		.Type = EfiConventionalMemory, .PhysicalStart = (uintptr_t)table, .NumberOfPages = TABLES, .Attribute = EFI_MEMORY_WB
	};
	return 0;
}

static void read_memory(void)
{
	assert_int_equal(firmware_memory_read(&memory, &arena, &err), OK);
}

static void link_table(unsigned from, unsigned entry, uint64_t value)
{
	put_le64(table[from] + (size_t)entry * 8, value);
}

static uint64_t at(unsigned number)
{
	return (uintptr_t)table[number];
}

static struct ground ground(void)
{
	return (struct ground){ .stack = STACK,
				.page_table_root = at(0),
				.page_table_levels = 4,
				.gdt = ROM,
				.gdt_bytes = 48,
				.idt = 2 * MIB + PAGE - 16,
				.idt_bytes = 2048 };
}

/* The pages of [start, end) that are noted as in use. */
static unsigned used(uint64_t start, uint64_t end)
{
	unsigned pages = 0;
	bool in_the_way;

	for (; start < end; start += PAGE) {
		(void)memory_stretch_end(&memory, start, start + PAGE, &in_the_way);
		pages += in_the_way;
	}
	return pages;
}

static void stack_and_descriptor_tables(void **state)
{
	struct ground on = ground();

	(void)state;
	read_memory();
	assert_int_equal(used(MIB, 4 * MIB), 0);
	ground_note(&on, &memory);
	assert_int_equal(used(MIB, STACK + 64 * 1024), (0xC900 + 64 * 1024 + PAGE - 1) / PAGE);
	assert_int_equal(used(MIB + 0x1D000, 2 * MIB), 0);
	assert_int_equal(used(2 * MIB, 3 * MIB), 2); /* the table crosses a page */
	assert_int_equal(used(2 * MIB, 2 * MIB + 2 * PAGE), 2);
	firmware_memory_end(&memory);
	assert_true(fake_memory_is(MIB, 3 * MIB, EfiConventionalMemory));
}

/* Each table, but no page that one maps, and nothing that the map does not know. */
static void page_tables(void **state)
{
	struct ground on = ground();

	(void)state;
	link_table(0, 0, at(1) | PRESENT);
	link_table(0, 511, at(0) | PRESENT); /* a table that maps the tables themselves */
	link_table(1, 0, at(5) | PRESENT | LARGE);
	link_table(1, 1, at(2) | PRESENT);
	link_table(1, 2, at(5)); /* not present */
	link_table(1, 3, 0x7F0000000000 | PRESENT);
	link_table(1, 4, at(5) | 1ull << 47 | PRESENT); /* an encryption bit */
	link_table(2, 0, at(5) | PRESENT | LARGE);
	link_table(2, 7, at(3) | PRESENT);
	link_table(3, 0, at(5) | PRESENT);
	read_memory();
	ground_note(&on, &memory);
	assert_int_equal(used(at(0), at(4)), 4);
	assert_int_equal(used(at(4), at(4) + 2 * PAGE), 0);
	/* One level more. */
	reset(state);
	link_table(0, 0, at(1) | PRESENT);
	link_table(1, 0, at(2) | PRESENT);
	link_table(2, 0, at(3) | PRESENT);
	link_table(3, 0, at(4) | PRESENT);
	link_table(4, 0, at(5) | PRESENT);
	on.page_table_levels = 5;
	read_memory();
	ground_note(&on, &memory);
	assert_int_equal(used(at(0), at(0) + TABLES * PAGE), 5);
}

/* Most firmware tells all of it itself: nothing is noted twice. */
static void the_map_says_so_already(void **state)
{
	struct ground on = ground();
	unsigned count;

	(void)state;
	fake_machine.host.Type = EfiBootServicesData;
	fake_memory(MIB, 3 * MIB, EfiBootServicesData);
	link_table(0, 0, at(1) | PRESENT);
	read_memory();
	count = memory.count;
	ground_note(&on, &memory);
	assert_int_equal(memory.count, count);
	/* Firmware that accounts for the first table does so for all: they are many, and not looked for. */
	reset(state);
	fake_machine.host.PhysicalStart += PAGE; /* all but the first are free */
	fake_machine.host.NumberOfPages--;
	link_table(0, 0, at(1) | PRESENT);
	read_memory();
	ground_note(&on, &memory);
	assert_int_equal(used(at(1), at(TABLES)), 0);
}

/* Addresses at both ends. */
static void odd_ground(void **state)
{
	struct ground on = { .stack = 16,
			     .page_table_root = 1ull << 40,
			     .page_table_levels = 4,
			     .gdt = UINT64_MAX - 8,
			     .gdt_bytes = 65536,
			     .idt_bytes = 1 };

	(void)state;
	fake_memory(0, MIB, EfiConventionalMemory);
	read_memory();
	ground_note(&on, &memory);
	assert_int_equal(used(0, MIB), 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stack_and_descriptor_tables, reset),
		cmocka_unit_test_setup(page_tables, reset),
		cmocka_unit_test_setup(the_map_says_so_already, reset),
		cmocka_unit_test_setup(odd_ground, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
