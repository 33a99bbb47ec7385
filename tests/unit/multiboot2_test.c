/* SPDX-License-Identifier: MIT */
/* Multiboot2: where the image goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/memory.h"
#include "support_multiboot2.h"

enum { MIB = 1 << 20 };

static void elf_kernels_lie_where_they_say(void **state)
{
	(void)state;
	for (unsigned is_64 = 0; is_64 < 2; is_64++) {
		elf_begin(is_64);
		header_finish();
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		check_state();
		check_elf_image();
		elf_begin(is_64);
		TAG(3, 0, 0x202000);
		header_finish();
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		assert_int_equal(mb_bench.plan.entry, 0x202000); /* the tag's is physical */
	}
}

static void relocatable_kernels_move_as_one_block(void **state)
{
	uint8_t content[64];

	(void)state;
	elf_begin(false);
	TAG(10, TAG_OPTIONAL, 0x200000, 0xFFFFFFFF, 0x200000, 2);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(bench_place(&mb_bench, "segment 0")->start,
			 0x3E00000); /* the highest multiple of 2 MiB in 64 MiB less the tables */
	assert_int_equal(bench_place(&mb_bench, "segment 1")->start, 0x3E04000);
	assert_int_equal(mb_bench.plan.entry, 0x3E00100);
	check_segment_bytes(0x3E04000, 1, 0, 0x800);
	assert_int_equal(find_tag(21, 0, content, sizeof content), 4);
	assert_int_equal(get_le32(content), 0x3E00000);

	elf_begin(false);
	TAG(10, TAG_OPTIONAL, 0x300000, 0x1000000, 0x10000, 1);
	TAG(3, 0, 0x202000);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(bench_place(&mb_bench, "segment 0")->start, 0x300000);
	assert_int_equal(mb_bench.plan.entry, 0x302000);

	/* Without a wish it stays where it was linked; if it cannot, it goes elsewhere. */
	elf_begin(false);
	TAG(10, TAG_OPTIONAL, 0x100000, 0x1000000, 0, 0);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.entry, 0x200100);
	elf_begin(false);
	TAG(10, TAG_OPTIONAL, 0x400000, 0x1000000, 0x1000, 0);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(bench_place(&mb_bench, "segment 0")->start, 0x1000000 - 0x7000);
	elf_begin(false);
	TAG(10, TAG_OPTIONAL, 0x100000, 0x206000, 0, 0); /* it would end at 0x206800 */
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(bench_place(&mb_bench, "segment 0")->start, 0x1FF000);

	elf_begin(false);
	TAG(10, TAG_OPTIONAL, 0x400000, 0x406000, 0x1000, 1); /* 0x6800 bytes do not fit */
	header_finish();
	assert_status(ERR_NO_MEMORY, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the relocatable tag at offset 0x1018");
	assert_trail(&mb_bench.err, "between 0x400000 and 0x406000");
	assert_hint(&mb_bench.err, "widen the range");
	elf_begin(false);
	TAG(10, TAG_OPTIONAL, 0x400000, 0x800000, 0x3000, 1);
	header_finish();
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the relocatable tag at offset 0x1018 asks for the alignment 0x3000");
}

static void the_address_tag_wins(void **state)
{
	uint8_t byte;

	(void)state;
	flat_begin(0x3000);
	TAG(2, 0, 0x300000 + FLAT_AT, 0x300100, 0x302000, 0x304000); /* from 0x100 of the file on */
	TAG(3, 0, 0x300100);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].start, 0x300100);
	assert_int_equal(mb_bench.plan.place[0].file_offset, 0x100);
	assert_int_equal(mb_bench.plan.place[0].file_bytes, 0x1F00);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x3F00);
	check_segment_bytes(0x301000, 5, 0x1000, 0x1000);
	bench_read(&mb_bench, 0x303FFF, &byte, 1);
	assert_int_equal(byte, 0);

	flat_begin(0x3000); /* all of the file, from its start to its end */
	TAG(2, 0, 0x300000 + FLAT_AT, 0xFFFFFFFF, 0, 0);
	TAG(3, 0, 0x300000);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].start, 0x300000);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x3000);

	elf_begin(true); /* it is an ELF file, and does not want to be loaded as one */
	TAG(2, 0, 0x700000, 0xFFFFFFFF, 0, 0);
	TAG(3, 0, 0x700000);
	TAG(10, 0, 0x800000, 0x2000000, 0x1000, 1); /* moves it too */
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].start, 0x800000);
	assert_int_equal(mb_bench.plan.place[0].file_bytes, mb_image_bytes);
	assert_int_equal(mb_bench.plan.entry, 0x800000 + HEADER_AT);
}

static void bad_address_tags_are_refused(void **state)
{
	static const uint32_t tags[][4] = {
		{ 0x300000 + FLAT_AT, 0x303001, 0, 0 },               /* the image begins behind the file */
		{ 0x300000 + FLAT_AT, 0x2FFFFF, 0, 0 },               /* and before the file */
		{ FLAT_AT - 1, 0xFFFFFFFF, 0, 0 },                    /* below 0 */
		{ 0x300000 + FLAT_AT, 0x300000, 0x2FFFFF, 0 },        /* it ends before it begins */
		{ 0x300000 + FLAT_AT, 0x300000, 0x302000, 0x301FFF }, /* .bss ends before the data */
		{ 0xFFFFF000, 0xFFFFF000 - FLAT_AT, 0, 0 },           /* beyond 4 GiB */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof tags / sizeof *tags; i++) {
		flat_begin(0x3000);
		header_tag(2, 0, tags[i], 4);
		TAG(3, 0, 0x300000);
		header_finish();
		assert_status(i == 5 ? ERR_UNSUPPORTED : ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
		assert_trail(&mb_bench.err, "the address tag at offset 0x210");
	}
	flat_begin(0x3000);
	TAG(2, 0, 0x300000 + FLAT_AT, 0x300000, 0, 0);
	header_finish();
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "no entry address tag");
}

/* What GRUB makes of the tag's numbers, which are the same as in Multiboot 1. */
static void address_tags_are_read_as_grub_does(void **state)
{
	(void)state;
	flat_begin(0x3000); /* the file ends before the image does */
	TAG(2, 0, 0x300000 + FLAT_AT, 0xFFFFFFFF, 0x308000, 0);
	TAG(3, 0, 0x300000);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].file_bytes, 0x3000);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x8000);
	bench_assert_note(&mb_bench, "the file ends 20480 bytes before the load end");

	flat_begin(0x3000); /* moved as a block, it is cleared as far */
	TAG(2, 0, 0x300000 + FLAT_AT, 0x300000, 0x308000, 0);
	TAG(3, 0, 0x300004);
	TAG(10, 0, 0x800000, 0x2000000, 0x1000, 1);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].start, 0x800000);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x8000);

	flat_begin(0x3000); /* the header is in front of what is loaded */
	TAG(2, 0, 0x300000 + FLAT_AT, 0x301000, 0, 0);
	TAG(3, 0, 0x301000);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].file_offset, 0x1000);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x2000);
	bench_assert_note(&mb_bench, "the image begins at 0x301000, behind its header at 0x300200");
}

static void write_header(void)
{
	header_begin(HEADER_AT);
	header_finish();
}

static void impossible_images_are_refused(void **state)
{
	(void)state;
	check_impossible_images("multiboot2", write_header);
	elf_begin(true); /* the entry tag points elsewhere */
	TAG(3, 0, 0x206800);
	header_finish();
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the entry address tag at offset 0x1018");
	assert_trail(&mb_bench.err, "the entry 0x206800 is outside the kernel's image");
	flat_begin(0x3000); /* so does that of a file that is no ELF: one byte behind the image */
	TAG(2, 0, 0x300000 + FLAT_AT, 0x300000, 0, 0x304000);
	TAG(3, 0, 0x304000);
	header_finish();
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the entry address tag at offset 0x228");
	put_le32(mb_image + FLAT_AT + 48, 0x303FFF);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	flat_begin(0x3000); /* neither ELF nor an address tag */
	header_finish();
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
}

static void a_physical_entry_is_taken(void **state)
{
	(void)state;
	check_physical_entry("multiboot2", write_header);
}

static void segments_of_a_moved_block_must_not_overlap(void **state)
{
	static const struct test_segment overlapping[] = {
		{ .flags = 5, .virt = 0x200000, .phys = 0x200000, .file_bytes = 0x2000, .bytes = 0x2000 },
		{ .flags = 6, .virt = 0x201000, .phys = 0x201000, .file_bytes = 0x10, .bytes = 0x10 },
	};

	(void)state;
	mb_image_bytes = elf_make(mb_image, true, 0x200000, overlapping, 2);
	bench_init(&mb_bench, 64 * MIB, "multiboot2", mb_image, mb_image_bytes);
	header_begin(HEADER_AT);
	TAG(10, 0, 0x100000, 0xFFFFFFFF, 0x1000, 2);
	header_finish();
	assert_status(ERR_DENIED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "segments 0 and 1 of the kernel overlap");
}

static void faults_are_reported(void **state)
{
	static const uint8_t smbios[100] = { 1 };

	(void)state;
	elf_begin(true);
	TAG(1, 0, 4, 6);
	TAG(10, TAG_OPTIONAL, 0x200000, 0xFFFFFFFF, 0x200000, 2);
	header_finish();
	mb_bench.machine.smbios_tables = span_of(smbios, sizeof smbios);
	bench_add_module(&mb_bench, "/module", "a", mb_image, 100);
	bench_fault_loop(&mb_bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elf_kernels_lie_where_they_say),
		cmocka_unit_test(relocatable_kernels_move_as_one_block),
		cmocka_unit_test(the_address_tag_wins),
		cmocka_unit_test(bad_address_tags_are_refused),
		cmocka_unit_test(address_tags_are_read_as_grub_does),
		cmocka_unit_test(a_physical_entry_is_taken),
		cmocka_unit_test(impossible_images_are_refused),
		cmocka_unit_test(segments_of_a_moved_block_must_not_overlap),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
