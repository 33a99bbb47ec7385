/* SPDX-License-Identifier: MIT */
/* The PVH entry: the note, the start info, the state, kernels that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "support_handoff.h"
#include "support_video.h"

enum { MIB = 1 << 20, PAGE = 4096, LOAD = 1, NOTE = 4, NOTE_AT = ELF_DATA_OFFSET, NOTE_BYTES = 24, ENTRY = 0x200010 };
enum { INFO_BYTES = 56, RANGE_BYTES = 24, MODULE_BYTES = 32 };

static struct bench bench;
static uint8_t image[ELF_IMAGE_MAX];

/* The note, then code and data. e_entry and the virtual addresses are not what counts. */
static void begin(bool is_64, uint32_t entry_bytes)
{
	const struct test_segment segments[] = {
		{ .type = NOTE, .flags = 4, .virt = 0xC0000000, .phys = 0x1F0000, .file_bytes = NOTE_BYTES, .bytes = NOTE_BYTES },
		{ .type = LOAD, .flags = 5, .virt = 0xC0100000, .phys = 0x200000, .file_bytes = 0x234, .bytes = 0x234 },
		{ .type = LOAD, .flags = 6, .virt = 0xC0103000, .phys = 0x203000, .file_bytes = 0x10, .bytes = 0x3000 },
	};
	size_t bytes = elf_make(image, is_64, 0xC0100000, segments, 3);

	memset(image + NOTE_AT, 0, NOTE_BYTES);
	put_le32(image + NOTE_AT, 4);
	put_le32(image + NOTE_AT + 4, entry_bytes);
	put_le32(image + NOTE_AT + 8, 18);
	memcpy(image + NOTE_AT + 12, "Xen", 4);
	put_le32(image + NOTE_AT + 16, ENTRY);
	put_le32(image + (is_64 ? 64 + 32 : 52 + 16), 16 + entry_bytes); /* p_filesz of the note's segment */
	bench_init(&bench, 64 * MIB, "pvh", image, bytes);
	bench.machine.rsdp_phys = 0xF5A20;
}

static void plan_ok(void)
{
	assert_ok(bench_plan(&bench), &bench.err);
}

static void the_note_names_the_entry(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		begin(i % 2 == 1, i < 2 ? 4 : 8);
		plan_ok();
		assert_int_equal(bench.plan.mode, ENTRY_MODE_PROTECTED);
		assert_int_equal(bench.plan.entry, ENTRY);
		assert_int_equal(bench_place(&bench, "segment 1")->start, 0x200000);
		assert_int_equal(bench_place(&bench, "segment 2")->bytes, 0x3000);
	}
	begin(true, 5); /* four bytes and more: QEMU takes those that it needs */
	memset(image + NOTE_AT + 20, 0xFF, 4);
	plan_ok();
	assert_int_equal(bench.plan.entry, ENTRY);
	begin(true, 8);
	put_le32(image + NOTE_AT + 20, 1); /* the upper half counts */
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the entry 0x100200010 is outside the kernel");
}

static void the_state_is_the_one_of_the_abi(void **state)
{
	const struct entry_registers *registers = &bench.plan.registers;

	(void)state;
	for (unsigned uefi = 0; uefi < 2; uefi++) {
		begin(true, 8);
		if (uefi)
			bench_use_uefi(&bench);
		plan_ok();
		assert_int_equal(bench.plan.mode, ENTRY_MODE_PROTECTED);
		assert_int_equal(registers->bx, bench_place(&bench, "start info")->start);
		assert_true(registers->bx >= MIB && registers->bx < 1ull << 32);
		assert_true(registers->ax == 0 && registers->cx == 0 && registers->dx == 0 && registers->si == 0 && registers->di == 0 &&
			    registers->bp == 0 && registers->sp == 0);
	}
}

/* As for Multiboot (multiboot_places_test). */
static void headers_where_no_ram_is_are_left_out(void **state)
{
	(void)state;
	for (unsigned is_64 = 0; is_64 < 2; is_64++) {
		uint8_t *program = image + (is_64 ? 64 + 56 : 52 + 32); /* of segment 1 */

		begin(is_64, 8);
		put_le32(program + (is_64 ? 8 : 4), 0);
		put_le32(program + (is_64 ? 24 : 12), MIB - PAGE);
		put_le32(image + NOTE_AT + 16, 0x203004);
		plan_ok();
		bench_assert_note(&bench,
				  "segment 1 begins with the headers of the file; they are left out, as there is no RAM at 0xff000");
		assert_int_equal(bench.plan.place[0].start, 0x203000);
	}
}

static void assert_text(uint64_t at, const char *expected)
{
	char text[64];

	bench_read(&bench, at, text, strlen(expected) + 1);
	assert_string_equal(text, expected);
}

static void the_start_info_is_complete(void **state)
{
	static const uint8_t data[] = "0123456789";
	const struct memory_map *map = &bench.memory.map;
	uint8_t info[INFO_BYTES], entry[MODULE_BYTES];
	uint64_t at, list;

	(void)state;
	begin(true, 8);
	bench_add_module(&bench, "/a", "first module", data, 10);
	bench_add_module(&bench, "/b", "", data, 0);
	plan_ok();
	at = bench.plan.registers.bx;
	bench_read(&bench, at, info, sizeof info);
	assert_int_equal(get_le32(info), 0x336EC578);
	assert_int_equal(get_le32(info + 4), 1);
	assert_int_equal(get_le32(info + 8), 0);
	assert_int_equal(get_le32(info + 12), 2);
	assert_text(get_le64(info + 24), "console=com1 quiet"); /* no path in front */
	assert_int_equal(get_le64(info + 32), 0xF5A20);
	assert_int_equal(get_le32(info + 48), map->count);
	assert_int_equal(get_le32(info + 52), 0);
	for (unsigned i = 0; i < map->count; i++) {
		bench_read(&bench, get_le64(info + 40) + (uint64_t)i * RANGE_BYTES, entry, RANGE_BYTES);
		assert_int_equal(get_le64(entry), map->range[i].start);
		assert_int_equal(get_le64(entry + 8), map->range[i].end - map->range[i].start);
		assert_int_equal(get_le32(entry + 16), bench_type_for_kernel(&map->range[i]));
		assert_int_equal(get_le32(entry + 20), 0);
	}
	list = get_le64(info + 16);
	bench_read(&bench, list, entry, sizeof entry);
	assert_int_equal(get_le64(entry), bench_place(&bench, "module 1 /a")->start);
	assert_int_equal(get_le64(entry) % PAGE, 0);
	assert_int_equal(get_le64(entry + 8), 10);
	assert_text(get_le64(entry + 16), "first module");
	assert_int_equal(get_le64(entry + 24), 0);
	bench_read(&bench, list + MODULE_BYTES, entry, sizeof entry);
	assert_int_equal(get_le64(entry), 0);
	assert_int_equal(get_le64(entry + 8), 0);
	assert_text(get_le64(entry + 16), "");

	bench.request.module_count = 0;
	plan_ok();
	bench_read(&bench, bench.plan.registers.bx, info, sizeof info);
	assert_int_equal(get_le32(info + 12), 0);
	assert_int_equal(get_le64(info + 16), 0);
}

/* Kernels map little before they read it: start info and modules lie right behind the kernel, on whatever is there until the jump. */
static void all_lies_behind_the_kernel(void **state)
{
	static const uint8_t data[PAGE + 1];
	const uint64_t behind = 0x206000;

	(void)state;
	begin(true, 8);
	bench_add_module(&bench, "/a", "", data, sizeof data);
	bench_add_module(&bench, "/b", "", data, 1);
	plan_ok();
	assert_int_equal(bench.plan.registers.bx, behind);
	assert_false(bench_place(&bench, "start info")->staged);
	assert_int_equal(bench_place(&bench, "module 1")->start, behind + PAGE);
	assert_int_equal(bench_place(&bench, "module 2")->start, behind + 3 * PAGE);
	assert_true(bench.plan.trampoline + TRAMPOLINE_BYTES <= MIB);

	begin(true, 8);
	bench_use_uefi(&bench);
	bench.memory.count--;
	assert_ok(memory_reserve(&bench.memory, MIB, 0x300000, "the firmware", true, NULL, &bench.err), &bench.err);
	bench_add_module(&bench, "/a", "", data, sizeof data);
	plan_ok();
	assert_int_equal(bench.plan.registers.bx, behind);
	assert_true(bench_place(&bench, "start info")->staged);
	assert_int_equal(bench_place(&bench, "module 1")->start, 0x300000); /* nothing large is moved */
}

static void others_are_refused(void **state)
{
	(void)state;
	begin(true, 8);
	image[NOTE_AT + 14] = 'm'; /* "Xem" */
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "has no PVH entry: there is no note 18 of Xen in it; it is a 64-bit ELF file");
	assert_hint(&bench.err, "CONFIG_PVH=y");
	begin(false, 4);
	put_le32(image + NOTE_AT + 8, 19);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	for (unsigned i = 0; i < 2; i++) {
		begin(true, (const uint32_t[]){ 0, 3 }[i]);
		assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
		assert_trail(&bench.err, "not 4 or 8");
	}
	begin(true, 8);
	put_le32(image + NOTE_AT, 0x1000); /* an owner that goes on past the segment */
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	begin(true, 8);
	put_le32(image + NOTE_AT + 16, 0x1FFFFF);
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the entry 0x1fffff is outside the kernel");
	begin(true, 8);
	memcpy(image, "\x7FXEN", 4);
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "not an ELF file");
	begin(true, 8);
	put_le64(image + 64 + 56 + 24, 0x100000000 - 0x100); /* p_paddr: a segment that goes on above 4 GiB */
	assert_true(bench_plan(&bench) != OK);
	begin(true, 8);
	bench.machine.secure_boot = true;
	assert_status(ERR_DENIED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "Secure Boot is on");
}

static void a_screen_that_is_not_told_is_a_note(void **state)
{
	(void)state;
	begin(true, 4);
	bench.machine.video = &test_video;
	plan_ok();
	assert_int_equal(bench.plan.notes.count, 0);
	begin(true, 4);
	bench.machine.video = &test_video;
	bench.request.settings.video = (struct video_setting){ .kind = VIDEO_MODE, .width = 1024, .height = 768 };
	plan_ok();
	assert_true(bench.plan.video.set);
	assert_int_equal(bench.plan.notes.count, 1);
	assert_non_null(strstr(bench.plan.notes.note[0].text.what, "PVH has no words for a screen"));
}

static void faults_are_reported(void **state)
{
	(void)state;
	begin(true, 8);
	bench_add_module(&bench, "/a", "x", image, 100);
	bench_fault_loop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_note_names_the_entry),   cmocka_unit_test(the_state_is_the_one_of_the_abi),
		cmocka_unit_test(the_start_info_is_complete), cmocka_unit_test(all_lies_behind_the_kernel),
		cmocka_unit_test(others_are_refused),         cmocka_unit_test(a_screen_that_is_not_told_is_a_note),
		cmocka_unit_test(faults_are_reported),        cmocka_unit_test(headers_where_no_ram_is_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
