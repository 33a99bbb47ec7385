/* SPDX-License-Identifier: MIT */
/* Multiboot 1 and 2: where what a kernel is handed lies. Kernels map little before they read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_multiboot.h"

enum { MIB = 1 << 20, PAGE = 4096, PAGE_ALIGN = 1, ADDRESSES = 1 << 16 };
enum { KERNEL_START = 0x200000, KERNEL_END = 0x206800, BEHIND = 0x207000, MODULE_BYTES = 3 * PAGE + 5 };
enum { RELOCATABLE = 10, PREFER_NOTHING = 0, PREFER_LOW = 1, PREFER_HIGH = 2 };
enum { TRAMPOLINE = 0x1000 /* the loader of the bench lies from 0x7000 on */ };

static const uint8_t module_data[MODULE_BYTES];

static uint64_t start_of(const char *what)
{
	return bench_place(&mb_bench, what)->start;
}

/* A module and its successor, so that gaps can be seen. */
static void plan_with_modules(void)
{
	bench_add_module(&mb_bench, "/a", "", module_data, MODULE_BYTES);
	bench_add_module(&mb_bench, "/b", "", module_data, 1);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
}

static void assert_modules_from(uint64_t start)
{
	assert_int_equal(start_of("module 1"), start);
	assert_int_equal(start_of("module 2"), start + 4 * PAGE);
}

static void reserve(uint64_t start, uint64_t end)
{
	struct memory_range raw[MEMORY_RANGES_MAX];
	unsigned count = mb_bench.memory.map.count;

	memcpy(raw, mb_bench.memory.map.range, count * sizeof *raw);
	raw[count++] = (struct memory_range){ start, end, MEMORY_RESERVED, 1 };
	assert_ok(memory_map_build(raw, count, &mb_bench.memory.map, &mb_bench.err), &mb_bench.err);
}

/* As ld -Ttext=0x100000 makes it: with -z noseparate-code all in one segment, else the file's headers in one of their own. */
static void make_linked_to_1_mib(const char *protocol, bool is_64, bool one_segment)
{
	enum { TEXT = 0x800 };
	const struct test_segment segments[] = {
		{ .flags = 4, .virt = MIB - PAGE, .phys = MIB - PAGE, .file_bytes = 0x100, .bytes = 0x100 },
		{ .flags = 5, .virt = MIB, .phys = MIB, .file_bytes = TEXT, .bytes = TEXT },
		{ .flags = 5, .virt = MIB - PAGE, .phys = MIB - PAGE, .file_bytes = PAGE + TEXT, .bytes = PAGE + TEXT },
	};
	const struct test_segment *used = one_segment ? segments + 2 : segments;

	mb_image_bytes = elf_make(mb_image, is_64, MIB + 0x100, used, one_segment ? 1 : 2);
	put_le32(mb_image + (is_64 ? 64 + 8 : 52 + 4), 0); /* the first segment's bytes begin at that of the file */
	bench_init(&mb_bench, 64 * MIB, protocol, mb_image, mb_image_bytes);
	if (protocol[sizeof "multiboot" - 1] == '\0') {
		multiboot_header(HEADER_AT, 0, NULL, 0);
	} else {
		header_begin(HEADER_AT);
		header_finish();
	}
}

static void headers_where_no_ram_is_are_left_out(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		const char *protocol = i < 4 ? "multiboot" : "multiboot2";
		bool one = i % 2 == 1, is_64 = i / 2 % 2 == 1;

		make_linked_to_1_mib(protocol, is_64, one);
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		bench_assert_note(&mb_bench,
				  "/boot/kernel: segment 0 begins with the headers of the file; they are left out, as there is no "
				  "RAM at 0xff000");
		assert_int_equal(mb_bench.plan.place[0].start, MIB);
		assert_int_equal(mb_bench.plan.place[0].bytes, 0x800);
		assert_int_equal(mb_bench.plan.place[0].file_offset, one ? PAGE : 2 * PAGE);
		assert_int_equal(mb_bench.plan.place[1].kind == PLACE_KERNEL, false);
		assert_int_equal(mb_bench.plan.entry, MIB + 0x100);

		mb_image[0x400] = 1; /* more than headers in that page, and its bytes are the kernel's */
		if (one) {
			assert_status(ERR_DENIED, bench_plan(&mb_bench), &mb_bench.err);
			assert_trail(&mb_bench.err, "segment 0: there is not RAM everywhere from 0xff400");
		}
	}
	make_linked_to_1_mib("multiboot", false, false); /* where RAM is, nothing is left out */
	put_le32(mb_image + 52 + 12, 3 * MIB);           /* p_paddr */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	bench_assert_note(&mb_bench, NULL);
	assert_int_equal(start_of("segment 0"), 3 * MIB);
}

/* --- Multiboot 1 ------------------------------------------------------------------------------------------------------ */

static void the_information_of_multiboot_1_is_low(void **state)
{
	(void)state;
	multiboot_elf(false, PAGE_ALIGN, NULL, 0);
	plan_with_modules();
	assert_int_equal(mb_bench.plan.registers.bx, 0x10000);
	assert_true(bench_place(&mb_bench, "boot information")->staged); /* the loader is there */
	assert_modules_from(BEHIND);
	assert_int_equal(mb_bench.plan.trampoline, TRAMPOLINE);

	multiboot_elf(false, PAGE_ALIGN, NULL, 0);
	reserve(0x10000, 0x18001);
	plan_with_modules();
	assert_int_equal(mb_bench.plan.registers.bx, 0x19000);

	multiboot_elf(false, PAGE_ALIGN, NULL, 0);
	mb_bench.memory.count--; /* free, as it may be on UEFI */
	assert_ok(memory_reserve(&mb_bench.memory, 0x9000, 0x9001, "the loader", true, NULL, &mb_bench.err), &mb_bench.err);
	plan_with_modules();
	assert_int_equal(mb_bench.plan.registers.bx, 0x10000);
	assert_false(bench_place(&mb_bench, "boot information")->staged);
	assert_int_equal(mb_bench.plan.trampoline, TRAMPOLINE);
}

/* Xen takes the end of low memory for its trampoline, and copies the information to below that. */
static void the_end_of_low_memory_stays_free(void **state)
{
	static const struct {
		uint32_t lower_kib;
		uint64_t reserved_end, expected; /* all is reserved from 0x10000 to there */
	} cases[] = {
		{ 639, 0x6F000, 0x6F000 }, { 639, 0x6F001, BEHIND },  { 512, 0x5F000, 0x5F000 }, { 512, 0x5F001, BEHIND },
		{ 256, 0x10001, 0x11000 }, { 196, 0x10000, 0x10000 }, { 192, 0x10000, BEHIND },  { 64, 0x10000, BEHIND },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		multiboot_elf(false, PAGE_ALIGN, NULL, 0);
		mb_bench.machine.memory_lower_kib = cases[i].lower_kib;
		if (cases[i].reserved_end > 0x10000)
			reserve(0x10000, cases[i].reserved_end);
		plan_with_modules();
		assert_int_equal(mb_bench.plan.registers.bx, cases[i].expected);
		assert_modules_from(cases[i].expected == BEHIND ? BEHIND + PAGE : BEHIND);
	}
}

static void a_kernel_in_low_memory_keeps_it(void **state)
{
	(void)state;
	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x10000 + FLAT_AT, 0x10000, 0, 0x18000, 0x10000));
	plan_with_modules();
	assert_int_equal(mb_bench.plan.registers.bx, 0x18000);
	assert_modules_from(MIB);
}

/* --- Multiboot2 ------------------------------------------------------------------------------------------------------- */

static void begin_2(unsigned preference, uint32_t min, uint32_t max)
{
	elf_begin(false);
	TAG(RELOCATABLE, TAG_OPTIONAL, min, max, 0x1000, preference);
	header_finish();
}

static void all_lies_behind_the_kernel(void **state)
{
	uint64_t bytes = FIRMWARE_MAP_ROOM;

	(void)state;
	elf_begin(false);
	header_finish();
	plan_with_modules();
	assert_int_equal(mb_bench.plan.registers.bx, BEHIND);
	assert_modules_from(BEHIND + PAGE);
	assert_int_equal(mb_bench.plan.trampoline, TRAMPOLINE);

	bench_use_uefi(&mb_bench); /* with the firmware's map */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.registers.bx, BEHIND);
	assert_int_equal(mb_bench.plan.firmware_map.start, BEHIND);
	assert_modules_from(BEHIND + bytes + PAGE);

	elf_begin(false); /* what is in use now is passed over: nothing of this is staged */
	header_finish();
	assert_ok(memory_reserve(&mb_bench.memory, BEHIND, 0x300000, "the firmware", true, NULL, &mb_bench.err), &mb_bench.err);
	bench_add_module(&mb_bench, "/a", "", module_data, 1);
	memset(&mb_bench.plan, 0, sizeof mb_bench.plan);
	mb_bench.plan.memory = &mb_bench.memory;
	arena_init(&mb_bench.arena, mb_bench.arena_bytes, sizeof mb_bench.arena_bytes);
	assert_ok(boot_plan(&mb_bench.request, &mb_bench.plan, &mb_bench.arena, &mb_bench.err), &mb_bench.err);
	assert_int_equal(mb_bench.plan.registers.bx, 0x300000);
	assert_int_equal(start_of("module 1"), 0x301000);
}

/* Xen goes as high as it can, and wants the rest low. */
static void a_preference_is_about_the_kernel_alone(void **state)
{
	static const struct {
		unsigned preference;
		uint32_t min, max;
		uint64_t kernel, information;
	} cases[] = {
		{ PREFER_HIGH, 0x200000, 0xFFFFFFFF, 64 * MIB - 0x20000 - 0x7000, MIB },
		{ PREFER_LOW, 0x400000, 0xFFFFFFFF, 0x400000, 0x407000 },
		{ PREFER_NOTHING, 0x100000, 0xFFFFFFFF, KERNEL_START, BEHIND },
		{ PREFER_NOTHING, 0x400000, 0x1000000, 0xFF9000, MIB },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin_2(cases[i].preference, cases[i].min, cases[i].max);
		plan_with_modules();
		assert_int_equal(start_of("segment 0"), cases[i].kernel);
		assert_int_equal(mb_bench.plan.registers.bx, cases[i].information);
		assert_modules_from(cases[i].information + PAGE);
	}
}

static void what_has_no_room_behind_lies_below(void **state)
{
	static const struct test_segment at_the_end = {
		.flags = 7, .virt = 0x3FD0000, .phys = 0x3FD0000, .file_bytes = 0x2000, .bytes = 0xF000
	};
	uint64_t kernel_end = at_the_end.phys + at_the_end.bytes;

	(void)state;
	mb_image_bytes = elf_make(mb_image, false, at_the_end.virt, &at_the_end, 1);
	bench_init(&mb_bench, 64 * MIB, "multiboot2", mb_image, mb_image_bytes);
	header_begin(HEADER_AT);
	header_finish();
	plan_with_modules(); /* one page is left behind it */
	assert_int_equal(mb_bench.plan.registers.bx, kernel_end);
	assert_modules_from(MIB);
}

/* Symbols and strings stand in front of the modules, as GRUB has it, but no module has to give way to them. */
static void symbols_give_way_to_modules(void **state)
{
	enum { SECTION_BYTES = 40, SECTIONS = 2, STRINGS = 3 };
	size_t headers_at;

	(void)state;
	for (unsigned large = 0; large < 2; large++) {
		multiboot_elf(false, PAGE_ALIGN, NULL, 0);
		headers_at = (mb_image_bytes + 7) & ~(size_t)7;
		memset(mb_image + headers_at, 0, SECTIONS * SECTION_BYTES);
		put_le32(mb_image + 32, (uint32_t)headers_at);
		put_le16(mb_image + 46, SECTION_BYTES);
		put_le16(mb_image + 48, SECTIONS);
		put_le16(mb_image + 50, 1);
		put_le32(mb_image + headers_at + SECTION_BYTES + 4, STRINGS);
		put_le32(mb_image + headers_at + SECTION_BYTES + 20, 32 * MIB);
		mb_bench.kernel.file.bytes = 40 * MIB; /* nothing reads what is not there */
		bench_add_module(&mb_bench, "/a", "", module_data, large ? 30u * MIB : MODULE_BYTES);
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		if (large) {
			assert_int_equal(start_of("module 1"), BEHIND);
			assert_int_equal(mb_bench.plan.count, 4); /* two segments, the information, the module */
		} else {
			assert_int_equal(start_of("strings"), BEHIND);
			assert_int_equal(start_of("module 1"), BEHIND + 32 * MIB);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_information_of_multiboot_1_is_low),
		cmocka_unit_test(the_end_of_low_memory_stays_free),
		cmocka_unit_test(a_kernel_in_low_memory_keeps_it),
		cmocka_unit_test(all_lies_behind_the_kernel),
		cmocka_unit_test(a_preference_is_about_the_kernel_alone),
		cmocka_unit_test(what_has_no_room_behind_lies_below),
		cmocka_unit_test(symbols_give_way_to_modules),
		cmocka_unit_test(headers_where_no_ram_is_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
