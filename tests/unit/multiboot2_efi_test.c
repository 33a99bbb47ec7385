/* SPDX-License-Identifier: MIT */
/* Multiboot2 on UEFI: with boot services kept and without, by which entry, and the memory map that is written at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "support_multiboot2.h"

enum { MIB = 1 << 20, PAGE = 4096 };

#define EFI_ENTRY 0x201000

static void begin(void)
{
	elf_begin(true);
	bench_use_uefi(&mb_bench);
}

static void assert_absent(const uint32_t *types, unsigned count)
{
	static uint8_t content[64 * 1024];

	for (unsigned i = 0; i < count; i++) {
		if (find_tag(types[i], 0, content, sizeof content) != -1)
			fail_msg("there is a tag %u", types[i]);
	}
}

#define ASSERT_ABSENT(...) assert_absent((const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void assert_address_tag(uint32_t type, uint64_t address)
{
	uint8_t content[8];

	assert_int_equal(find_tag(type, 0, content, sizeof content), 8);
	assert_int_equal(get_le64(content), address);
}

/* What a kernel that keeps the firmware is promised. */
static void assert_firmware_kept(void)
{
	const struct plan *plan = &mb_bench.plan;
	struct entry_register list[ENTRY_REGISTERS];
	uint8_t content[64];

	assert_int_equal(plan->mode, ENTRY_MODE_FIRMWARE);
	assert_true(plan->trampoline == 0 && plan->firmware_map.start == 0);
	assert_int_equal(plan->registers.ax, 0x36D76289);
	assert_true(plan->registers.bx % PAGE == 0 && plan->registers.bx >= MIB && plan->registers.bx < 1ull << 32);
	assert_true(plan->registers.cx == 0 && plan->registers.dx == 0);
	assert_int_equal(plan_registers(plan, list), ENTRY_REGISTERS - 1); /* the stack is not ours to set */
	assert_string_equal(list[ENTRY_REGISTERS - 2].name, "bp");
	assert_address_tag(12, BENCH_SYSTEM_TABLE);
	assert_int_equal(find_tag(18, 0, content, sizeof content), 0);
	assert_address_tag(20, BENCH_IMAGE_HANDLE);
	assert_int_equal(find_tag(21, 0, content, sizeof content), 4);
	ASSERT_ABSENT(4, 5, 6, 7, 10, 11, 16, 17, 19);
}

/* Xen's header. */
static void its_own_entry_moves_with_it(void **state)
{
	static const uint8_t data[100] = { 1 };
	uint8_t content[64];

	(void)state;
	begin();
	TAG(10, TAG_OPTIONAL, 0x200000, 0xFFFFFFFF, 0x200000, 2);
	header_tag(7, TAG_OPTIONAL, NULL, 0);
	TAG(8, TAG_OPTIONAL, 0x1234);
	TAG(9, TAG_OPTIONAL, EFI_ENTRY);
	TAG(3, 0, 0x202000);
	header_finish();
	bench_add_module(&mb_bench, "/module", "a", data, sizeof data);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_firmware_kept();
	assert_int_equal(mb_bench.plan.entry, 0x3E00000 + EFI_ENTRY - 0x200000);
	assert_int_equal(find_tag(3, 0, content, sizeof content), 8 + (int)sizeof "/module a");
	assert_int_equal(find_tag(8, 0, content, sizeof content), 30);
	assert_int_equal(get_le64(content), 0x80000000);
	assert_memory_equal(content + 20, "\x20\x01\x00\x00\x10\x08\x08\x08\x00\x08", 10);

	/* An image by the address tag needs no other entry. */
	flat_begin(0x3000);
	bench_use_uefi(&mb_bench);
	TAG(2, 0, 0x300000 + FLAT_AT, 0xFFFFFFFF, 0, 0);
	header_tag(7, 0, NULL, 0);
	TAG(9, 0, 0x300800);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_firmware_kept();
	assert_int_equal(mb_bench.plan.entry, 0x300800);
	mb_bench.machine.firmware = FIRMWARE_BIOS;
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "no entry address tag");
}

/* NOVA's header. */
static void without_an_entry_of_its_own_the_ordinary_one_counts(void **state)
{
	(void)state;
	begin();
	header_tag(7, 0, NULL, 0);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_firmware_kept();
	assert_int_equal(mb_bench.plan.entry, 0x200100);
	begin();
	header_tag(7, 0, NULL, 0);
	TAG(3, 0, 0x202000);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_firmware_kept();
	assert_int_equal(mb_bench.plan.entry, 0x202000);
	mb_bench.machine = (struct machine){ .firmware = FIRMWARE_BIOS, .bios_drive = 0x80 };
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	check_state();
	ASSERT_ABSENT(11, 12, 17, 18, 19, 20);
}

static void a_firmware_that_stays_cannot_be_moved(void **state)
{
	static const struct test_segment low = { .flags = 5, .virt = 0x6000, .phys = 0x6000, .file_bytes = 0x2000, .bytes = 0x2000 };

	(void)state;
	mb_image_bytes = elf_make(mb_image, true, 0x6000, &low, 1);
	bench_init(&mb_bench, 64 * MIB, "multiboot2", mb_image, mb_image_bytes);
	bench_use_uefi(&mb_bench);
	header_begin(HEADER_AT);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_true(bench_place(&mb_bench, "segment 0")->staged);
	header_begin(HEADER_AT);
	header_tag(7, 0, NULL, 0);
	header_finish();
	assert_status(ERR_DENIED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "segment 0 cannot lie from 0x6000 to 0x8000");
	assert_trail(&mb_bench.err, "the kernel keeps the firmware, which is in the way at 0x7000");
	assert_hint(&mb_bench.err, "relocatable");
}

/* The boot information as it is in memory: a copy of just its length, so that the sanitizer sees what leaves it. */
static uint8_t *information_load(uint64_t *bytes)
{
	uint64_t start = mb_bench.plan.registers.bx, end = start;
	uint8_t *copy;

	for (unsigned i = 0; i < mb_bench.plan.count; i++) {
		if (mb_bench.plan.place[i].start == end) {
			end += mb_bench.plan.place[i].bytes;
			i = 0;
		}
	}
	*bytes = end - start;
	copy = malloc(*bytes);
	bench_read(&mb_bench, start, copy, *bytes);
	return copy;
}

/* The tag of this type; checks the walk up to the end tag, padding included. */
static const uint8_t *information_find(const uint8_t *information, uint64_t bytes, uint32_t type)
{
	uint32_t total = get_le32(information);
	const uint8_t *found = NULL;
	uint64_t at = 8;

	assert_true(total <= bytes);
	for (;; at += (get_le32(information + at + 4) + 7ull) & ~7ull) {
		uint32_t size = get_le32(information + at + 4);

		assert_true(size >= 8 && at + size <= total);
		for (uint64_t i = at + size; i % 8 != 0; i++)
			assert_int_equal(information[i], 0);
		if (get_le32(information + at) == type)
			found = information + at;
		if (get_le32(information + at) == 0)
			break;
	}
	assert_int_equal(at + 8, total);
	return found;
}

static void write_and_check_map(uint32_t descriptor_bytes, uint64_t map_bytes)
{
	struct firmware_map map = { .bytes = map_bytes, .descriptor_bytes = descriptor_bytes, .descriptor_version = 7 };
	uint8_t *descriptors = malloc(map_bytes + 1);
	const struct plan_firmware_map *want = &mb_bench.plan.firmware_map;
	uint64_t bytes;
	uint8_t *information = information_load(&bytes);
	const uint8_t *tag;

	for (uint64_t i = 0; i < map_bytes; i++)
		descriptors[i] = test_segment_byte(2, i);
	map.descriptors = descriptors;
	want->write(want->context, information + (want->start - mb_bench.plan.registers.bx), &map);
	tag = information_find(information, bytes, 17);
	assert_non_null(tag);
	assert_int_equal(get_le32(tag + 4), 16 + map_bytes);
	assert_int_equal(get_le32(tag + 8), descriptor_bytes);
	assert_int_equal(get_le32(tag + 12), 7);
	assert_memory_equal(tag + 16, descriptors, map_bytes);
	assert_non_null(information_find(information, bytes, 6));
	free(descriptors);
	free(information);
}

static void without_boot_services_the_map_comes_last(void **state)
{
	static uint8_t smbios[1003], content[8192];
	const struct plan *plan = &mb_bench.plan;

	(void)state;
	for (unsigned tables = 0; tables < 2; tables++) {
		begin();
		TAG(9, TAG_OPTIONAL, EFI_ENTRY); /* means nothing without tag 7 */
		header_finish();
		memset(smbios, 0xA5, sizeof smbios);
		mb_bench.machine.smbios_tables = span_of(smbios, tables * sizeof smbios);
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		check_state();
		assert_int_equal(plan->entry, 0x200100);
		assert_address_tag(12, BENCH_SYSTEM_TABLE);
		assert_int_equal(find_tag(4, 0, content, sizeof content), 8);
		assert_int_equal(find_tag(6, 0, content, sizeof content), 8 + 24 * (int)mb_bench.memory.map.count);
		assert_int_equal(find_tag(13, 0, content, sizeof content), tables ? 8 + (int)sizeof smbios : -1);
		assert_int_equal(find_tag(17, 0, content, sizeof content), 8); /* nothing yet, and sound all the same */
		ASSERT_ABSENT(5, 7, 10, 11, 16, 18, 19, 20);
		assert_true(plan->firmware_map.start == plan->registers.bx && plan->firmware_map.room >= 16 * PAGE);

		/* It grows from call to call of the firmware, and may have any size of descriptor. */
		write_and_check_map(48, 48 * 118);
		write_and_check_map(48, 48 * 121);
		write_and_check_map(40, 40);
		write_and_check_map(44, 44 * 3);
		write_and_check_map(48, 0);
		write_and_check_map(64, plan->firmware_map.room);
		write_and_check_map(1, plan->firmware_map.room - 1);
	}
}

static void the_map_needs_a_place_that_stays(void **state)
{
	struct plan *plan = &mb_bench.plan;
	struct plan_firmware_map good;

	(void)state;
	begin();
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_ok(plan_check(plan, &mb_bench.err), &mb_bench.err);
	good = plan->firmware_map;
	plan->firmware_map.start = 0x10000;
	assert_status(ERR_DENIED, plan_check(plan, &mb_bench.err), &mb_bench.err);
	assert_trail(&mb_bench.err, "no place at 0x10000");
	plan->firmware_map = good;
	plan->firmware_map.room = 1 << 30;
	assert_status(ERR_DENIED, plan_check(plan, &mb_bench.err), &mb_bench.err);
	plan->firmware_map = good;
	plan->firmware_map.write = NULL;
	assert_status(ERR_DENIED, plan_check(plan, &mb_bench.err), &mb_bench.err);
	plan->firmware_map = good;
	plan->mode = ENTRY_MODE_FIRMWARE;
	assert_status(ERR_DENIED, plan_check(plan, &mb_bench.err), &mb_bench.err);
	assert_trail(&mb_bench.err, "the firmware is not left");
}

static void a_console_has_to_be_there(void **state)
{
	(void)state;
	begin();
	TAG(4, 0, 3); /* required, and EGA text is what it can use */
	header_finish();
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "requires a console");
	assert_hint(&mb_bench.err, "framebuffer tag");
	begin();
	TAG(4, 0, 3);
	TAG(5, TAG_OPTIONAL, 0, 0, 0);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	mb_bench.machine.screen.kind = SCREEN_NONE;
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	begin();
	TAG(4, 0, 2); /* it can use one, and does without */
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
}

/* What code of ours or of the kernel's runs in while the firmware's page tables are in force. */
static uint64_t executable[8], executables, taken;

static bool owner_take(struct memory *memory, uint64_t start, uint64_t end, bool is_executable)
{
	(void)memory, (void)end;
	taken++;
	if (is_executable && executables < 8)
		executable[executables++] = start;
	return true;
}

static void owner_give_back(struct memory *memory, uint64_t start, uint64_t end)
{
	(void)memory, (void)start, (void)end;
	taken--;
}

static void code_gets_executable_memory(void **state)
{
	static const struct memory_owner owner = { owner_take, owner_give_back };

	(void)state;
	for (unsigned keeps = 0; keeps < 2; keeps++) {
		begin();
		TAG(10, TAG_OPTIONAL, 0x200000, 0xFFFFFFFF, 0x200000, 2);
		if (keeps)
			header_tag(7, 0, NULL, 0);
		header_finish();
		bench_add_module(&mb_bench, "/module", "", mb_image, 100);
		mb_bench.memory.owner = &owner;
		executables = taken = 0;
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		assert_int_equal(executables, 1);
		assert_int_equal(executable[0], keeps ? bench_place(&mb_bench, "segment 0")->start : mb_bench.plan.trampoline);
		assert_true(taken > 2);
		memory_reset(&mb_bench.memory, 2);
		assert_int_equal(taken, 0);
	}
}

static void faults_are_reported(void **state)
{
	static const uint8_t smbios[100] = { 1 };

	(void)state;
	for (unsigned keeps = 0; keeps < 2; keeps++) {
		begin();
		TAG(1, 0, 4, 6, 12, 17, 18, 20);
		if (keeps)
			header_tag(7, 0, NULL, 0);
		header_finish();
		mb_bench.machine.smbios_tables = span_of(smbios, sizeof smbios);
		bench_add_module(&mb_bench, "/module", "a", mb_image, 100);
		bench_fault_loop(&mb_bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_own_entry_moves_with_it),
		cmocka_unit_test(without_an_entry_of_its_own_the_ordinary_one_counts),
		cmocka_unit_test(a_firmware_that_stays_cannot_be_moved),
		cmocka_unit_test(without_boot_services_the_map_comes_last),
		cmocka_unit_test(the_map_needs_a_place_that_stays),
		cmocka_unit_test(a_console_has_to_be_there),
		cmocka_unit_test(code_gets_executable_memory),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
