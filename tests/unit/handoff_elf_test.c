/* SPDX-License-Identifier: MIT */
/* mkboot's own hand-off: every promise of mkboot/handoff.h, read from the bytes that the plan would load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/version.h"
#include "core/base/checked.h"
#include "kernel-handoff/paging/page_walk.h"
#include "support_handoff.h"

#include <mkboot/handoff.h>

enum { MIB = 1 << 20, PAGE = 4096, TEXT = 5, DATA = 6, RODATA = 4 };

static const uint64_t gib = 1ull << 30, upper = 0xFFFFFFFF80000000;

static struct bench bench;
static uint8_t image[ELF_IMAGE_MAX];

static const struct test_segment segments[] = {
	{ .flags = TEXT, .virt = 0xFFFFFFFF80200000, .phys = 0x200000, .file_bytes = 0x1800, .bytes = 0x1800 },
	{ .flags = RODATA, .virt = 0xFFFFFFFF80202000, .phys = 0x202000, .file_bytes = 0x10, .bytes = 0x10 },
	{ .flags = DATA, .virt = 0xFFFFFFFF80203010, .phys = 0x203010, .file_bytes = 0x20, .bytes = 0x9000 },
};

static void make(uint64_t ram_bytes, const struct test_segment *segment, unsigned count)
{
	bench_init(&bench, ram_bytes, "elf", image, elf_make(image, true, segment[0].virt + 4, segment, count));
}

static enum status plan_segments(const struct test_segment *segment, unsigned count)
{
	make(64 * MIB, segment, count);
	return bench_plan(&bench);
}

static void read_text(uint64_t at, const char *expected)
{
	char text[64];

	bench_read(&bench, at, text, strlen(expected) + 1);
	assert_string_equal(text, expected);
}

static void walk(uint64_t virt, uint64_t phys, bool writable, bool executable)
{
	struct page_walk walked;

	assert_ok(page_walk(&bench.plan, virt, &walked, &bench.err), &bench.err);
	assert_int_equal(walked.phys, phys);
	assert_int_equal(walked.writable, writable);
	assert_int_equal(walked.executable, executable);
}

static void check_handoff(const struct mkboot_handoff *handoff)
{
	assert_int_equal(handoff->magic, MKBOOT_HANDOFF_MAGIC);
	assert_memory_equal(&handoff->magic, "\0MKBOOT1", 8);
	assert_int_equal(handoff->version, 1);
	assert_int_equal(handoff->bytes, sizeof *handoff);
	read_text(handoff->command_line, "console=com1 quiet");
	read_text(handoff->loader, "mkboot " MKBOOT_VERSION);
	assert_int_equal(handoff->screen.kind, MKBOOT_SCREEN_TEXT);
	assert_int_equal(handoff->screen.start, 0xB8000);
	assert_int_equal(handoff->screen.width, 80);
	assert_int_equal(handoff->screen.height, 25);
	assert_int_equal(handoff->screen.pitch_bytes, 160);
	assert_int_equal(handoff->screen.bits_per_pixel, 16);
	assert_int_equal(handoff->rsdp, 0xF5A00);
	assert_int_equal(handoff->smbios, 0xF5A80);
	assert_int_equal(handoff->efi_system_table, 0);
	assert_int_equal(handoff->firmware, MKBOOT_FIRMWARE_BIOS);
	assert_int_equal(handoff->boot_drive, 0x80);
	assert_int_equal(handoff->boot_partition, 2);
	assert_int_equal(handoff->tsc_at_start, 0x123456789);
	assert_int_equal(handoff->kernel_physical, 0x200000);
	assert_int_equal(handoff->kernel_virtual, upper + 0x200000);
	assert_int_equal(handoff->page_table_root, bench.plan.page_table_root);
	assert_true(handoff->efi_memory_map == 0 && handoff->efi_memory_map_bytes == 0 && handoff->efi_descriptor_bytes == 0 &&
		    handoff->efi_descriptor_version == 0);
	assert_int_equal(bench.plan.firmware_map.start, 0);
	assert_true(handoff->kernel_offset == 0 && handoff->kernel_flags == 0 && handoff->cpu_count == 0);
}

/* The type that a byte of RAM has to have: that of the place in whose pages it lies. */
static uint32_t expected_type(uint64_t at)
{
	static const uint32_t types[] = { MKBOOT_MEMORY_KERNEL, MKBOOT_MEMORY_MODULE, MKBOOT_MEMORY_LOADER, MKBOOT_MEMORY_LOADER,
					  MKBOOT_MEMORY_LOADER };

	for (unsigned i = 0; i < bench.plan.count; i++) {
		const struct place *place = &bench.plan.place[i];

		if (at / PAGE >= place->start / PAGE && at / PAGE <= (place->start + place->bytes - 1) / PAGE)
			return types[place->kind];
	}
	if (at / PAGE - bench.plan.trampoline / PAGE < 2)
		return MKBOOT_MEMORY_LOADER;
	return MKBOOT_MEMORY_RAM;
}

static void check_ranges(const struct mkboot_handoff *handoff)
{
	struct mkboot_memory_range range, before = { 0 };
	uint64_t total = 0;

	for (unsigned i = 0; i < handoff->memory_range_count; i++) {
		uint64_t end;

		bench_read(&bench, handoff->memory_ranges + i * sizeof range, &range, sizeof range);
		end = range.start + range.bytes;
		assert_true(range.bytes > 0 && range.reserved == 0);
		assert_true(i == 0 || range.start > before.start + before.bytes ||
			    (range.start == before.start + before.bytes && range.type != before.type));
		total += range.bytes;
		for (uint64_t at = range.start; at < end; at = (at / PAGE + 1) * PAGE) {
			if (range.type < MKBOOT_MEMORY_KERNEL && range.type != MKBOOT_MEMORY_RAM)
				assert_true(memory_map_covers(&bench.memory.map, at, at + 1, range.type) ||
					    (range.type == MKBOOT_MEMORY_RESERVED &&
					     memory_map_covers(&bench.memory.map, at, at + 1, BENCH_FIRMWARE_TYPE)));
			else
				assert_true(memory_map_covers(&bench.memory.map, at, at + 1, MEMORY_RAM) &&
					    expected_type(at) == range.type);
		}
		before = range;
	}
	for (unsigned i = 0; i < bench.memory.map.count; i++)
		total -= bench.memory.map.range[i].end - bench.memory.map.range[i].start;
	assert_int_equal(total, 0); /* nothing is left out */
}

static void check_modules(const struct mkboot_handoff *handoff, const uint8_t *first)
{
	struct mkboot_module module[3];
	uint8_t bytes[5000];

	assert_int_equal(handoff->module_count, 3);
	bench_read(&bench, handoff->modules, module, sizeof module);
	assert_int_equal(module[0].start % PAGE, 0);
	assert_int_equal(module[0].bytes, 5000);
	bench_read(&bench, module[0].start, bytes, sizeof bytes);
	assert_memory_equal(bytes, first, sizeof bytes);
	read_text(module[0].path, "/first");
	read_text(module[0].arguments, "a b");
	assert_int_equal(module[1].start, 0);
	assert_int_equal(module[1].bytes, 0);
	read_text(module[1].path, "/empty");
	assert_int_equal(module[2].bytes, 3);
	read_text(module[2].arguments, "");
}

static void every_promise_is_kept(void **state)
{
	static uint8_t first[5000];
	struct mkboot_handoff handoff;
	struct entry_registers *registers = &bench.plan.registers;
	uint8_t bytes[0x1800];
	uint64_t stack;

	(void)state;
	for (unsigned i = 0; i < sizeof first; i++)
		first[i] = (uint8_t)(i * 13 + i / 256);
	make(6 * gib, segments, 3);
	bench.machine.rsdp_phys = 0xF5A00;
	bench.machine.smbios_phys = 0xF5A80;
	bench_add_module(&bench, "/first", "a b", first, sizeof first);
	bench_add_module(&bench, "/empty", "x", first, 0);
	bench_add_module(&bench, "/last", "", first, 3);
	assert_ok(bench_plan(&bench), &bench.err);

	assert_int_equal(bench.plan.mode, ENTRY_MODE_LONG);
	assert_int_equal(bench.plan.entry, upper + 0x200004);
	assert_true(registers->ax == 0 && registers->bx == 0 && registers->cx == 0 && registers->dx == 0 && registers->si == 0 &&
		    registers->bp == 0);
	bench_read(&bench, registers->di, &handoff, sizeof handoff);
	check_handoff(&handoff);
	check_ranges(&handoff);
	check_modules(&handoff, first);

	assert_int_equal((registers->sp + 8) % 16, 0);
	bench_read(&bench, registers->sp, &stack, 8);
	assert_int_equal(stack, 0);
	assert_true(registers->sp + 8 - bench_place(&bench, "stack")->start >= 16384);
	walk(registers->sp, registers->sp, true, false);

	bench_read(&bench, 0x200000, bytes, 0x1800);
	for (unsigned i = 0; i < 0x1800; i++)
		assert_int_equal(bytes[i], test_segment_byte(0, i));
	bench_read(&bench, 0x203010, bytes, 0x40);
	assert_int_equal(bytes[0x1F], test_segment_byte(2, 0x1F));
	assert_int_equal(bytes[0x20], 0); /* .bss */

	walk(upper + 0x201FFF, 0x201FFF, false, true);
	walk(upper + 0x202000, 0x202000, false, false);
	walk(upper + 0x20C00F, 0x20C00F, true, false);
	assert_status(ERR_NOT_FOUND, page_walk(&bench.plan, upper + 0x20D000, &(struct page_walk){ 0 }, &bench.err), &bench.err);
	walk(0x200000, 0x200000, true, false);
	walk(6 * gib, 6 * gib, true, false);
	walk(bench.plan.trampoline, bench.plan.trampoline, false, true);
	walk(bench.plan.trampoline + PAGE, bench.plan.trampoline + PAGE, true, false);
}

static void same_input_same_plan(void **state)
{
	static struct plan first;

	(void)state;
	make(64 * MIB, segments, 3);
	assert_ok(bench_plan(&bench), &bench.err);
	first = bench.plan;
	assert_ok(bench_plan(&bench), &bench.err);
	assert_int_equal(first.count, bench.plan.count);
	for (unsigned i = 0; i < first.count; i++) {
		assert_int_equal(first.place[i].start, bench.plan.place[i].start);
		assert_int_equal(first.place[i].bytes, bench.plan.place[i].bytes);
		assert_true(first.place[i].start >= MIB && first.place[i].start + first.place[i].bytes <= 4 * gib);
	}
	assert_memory_equal(&first.registers, &bench.plan.registers, sizeof first.registers);
}

static void identity_linked_kernels_work(void **state)
{
	static const struct test_segment low[] = {
		{ .flags = TEXT, .virt = 0x200000, .phys = 0x200000, .file_bytes = 0x1000, .bytes = 0x1000 },
		{ .flags = DATA, .virt = 0x201000, .phys = 0x201000, .file_bytes = 0x100, .bytes = 0x2000 },
	};

	(void)state;
	assert_ok(plan_segments(low, 2), &bench.err);
	walk(0x1FFFFF, 0x1FFFFF, true, false);
	walk(0x200000, 0x200000, false, true); /* the segment's permissions, not the identity's */
	walk(0x201000, 0x201000, true, false);
	walk(0x203000, 0x203000, true, false);
}

static void staged_where_the_loader_is(void **state)
{
	static const struct test_segment low[] = {
		{ .flags = TEXT, .virt = 0x10000, .phys = 0x10000, .file_bytes = 0x1000, .bytes = 0x1000 },
	};

	(void)state;
	assert_ok(plan_segments(low, 1), &bench.err);
	assert_true(bench_place(&bench, "segment 0")->staged);
}

static void bad_kernels_are_refused(void **state)
{
	static const struct {
		struct test_segment segment[2];
		unsigned count;
		enum status expected;
		const char *trail;
	} cases[] = {
		{ { { 0, 7, 0x200000, 0x200000, 16, 16 } }, 1, ERR_DENIED, "segment 0 is writable and executable" },
		{ { { 0, TEXT, 0x200000, 0x200000, 16, 4096 }, { 0, DATA, 0x400000, 0x200FFF, 16, 16 } }, 2, ERR_DENIED, "segment 1" },
		{ { { 0, TEXT, 0x200000, 0x200000, 16, 4096 }, { 0, DATA, 0x400000, 0x200000, 16, 16 } }, 2, ERR_DENIED, "segment 0" },
		{ { { 0, TEXT, 0x200000, 0x200000, 16, 16 }, { 0, DATA, 0x200800, 0x200800, 16, 16 } },
		  2,
		  ERR_UNSUPPORTED,
		  "shares a page" },
		{ { { 0, TEXT, 0x200000, 0x200000, 16, 16 }, { 0, TEXT, 0x200800, 0x300800, 16, 16 } },
		  2,
		  ERR_UNSUPPORTED,
		  "shares a page" },
		{ { { 0, DATA, 0x200800, 0x200800, 16, 16 }, { 0, TEXT, 0x200000, 0x200000, 16, 16 } },
		  2,
		  ERR_UNSUPPORTED,
		  "shares a page" },
		{ { { 0, TEXT, 0x200000, 0x300008, 16, 16 } }, 1, ERR_UNSUPPORTED, "differ within a page" },
		{ { { 0, TEXT, 0x3FFF000, 0x3FFF000, 16, 4097 } }, 1, ERR_DENIED, "not RAM everywhere" },
		{ { { 0, TEXT, 0x9F000, 0x9F000, 16, 4096 } }, 1, ERR_DENIED, "not RAM everywhere" },
		{ { { 0, TEXT, 0, 0, 16, 4096 } }, 1, ERR_DENIED, "firmware" },
		{ { { 0, TEXT, 0xFFFFF000, 0xFFFFF000, 16, 4097 } },
		  1,
		  ERR_UNSUPPORTED,
		  "segment 0 ends at 0x100000001, above 4 GiB" },
		{ { { 0, DATA, 0x200000, 0x200000, 16, 16 } },
		  1,
		  ERR_DENIED,
		  "the entry 0x200004 is in segment 0, which is not executable" },
		{ { { 0, TEXT, 0x0000900000000000, 0x200000, 16, 16 } }, 1, ERR_UNSUPPORTED, "not canonical" },
		/* The top of RAM, where our own places are, seen as something else. */
		{ { { 0, TEXT, 0x3C00000, 0x200000, 16, 0x400000 } }, 1, ERR_UNSUPPORTED, "mapped over it" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_status(cases[i].expected, plan_segments(cases[i].segment, cases[i].count), &bench.err);
		assert_trail(&bench.err, cases[i].trail);
	}
}

static void bad_files_are_refused(void **state)
{
	(void)state;
	make(64 * MIB, segments, 3);
	put_le64(image + 24, upper + 0x2000); /* the entry is in no segment */
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "the entry 0xffffffff80002000 is in none of the 3 segments");
	make(64 * MIB, segments, 0);
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	bench_init(&bench, 64 * MIB, "elf", image, elf_make(image, false, 0x200000, segments, 0));
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "32-bit");
	make(64 * MIB, segments, 3);
	bench.machine.cpu_no_execute = false;
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "NX");
	assert_hint(&bench.err, "firmware's setup");
	bench_init(&bench, 64 * MIB, "elf", image, elf_make(image, true, upper, segments, 3) - 1);
	assert_status(ERR_CORRUPT, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "is cut off");
	assert_hint(&bench.err, "copy the kernel again");
	image[0] = 0;
	assert_status(ERR_UNSUPPORTED, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "is not an ELF file");
	assert_hint(&bench.err, "has to be that of the file's kind; there are linux multiboot2 multiboot pvh elf efi uki chain");
}

static void small_machines_suffice_and_smaller_ones_say_so(void **state)
{
	static uint8_t module[PAGE];

	(void)state;
	make(4 * MIB, segments, 3);
	assert_ok(bench_plan(&bench), &bench.err);
	bench_add_module(&bench, "/big", "", module, sizeof module);
	bench.module_file[0].file.bytes = 3 * MIB;
	assert_status(ERR_NO_MEMORY, bench_plan(&bench), &bench.err);
	assert_trail(&bench.err, "module 1 /big");
	assert_hint(&bench.err, "more memory");
}

static void faults_are_reported(void **state)
{
	(void)state;
	make(6 * gib, segments, 3);
	bench_add_module(&bench, "/module", "a", image, 100);
	bench_fault_loop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_promise_is_kept),
		cmocka_unit_test(same_input_same_plan),
		cmocka_unit_test(identity_linked_kernels_work),
		cmocka_unit_test(staged_where_the_loader_is),
		cmocka_unit_test(bad_kernels_are_refused),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(small_machines_suffice_and_smaller_ones_say_so),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
