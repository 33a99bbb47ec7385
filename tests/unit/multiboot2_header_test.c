/* SPDX-License-Identifier: MIT */
/* Multiboot2: the header's search, and its tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "support_multiboot2.h"

enum { MIB = 1 << 20, SEARCH_END = 32768 };

/* Moves the finished header to another offset of a file without anything else. */
static enum status plan_header_at(size_t at, size_t file_bytes)
{
	memset(mb_image, 0, sizeof mb_image);
	bench_init(&mb_bench, 64 * MIB, "multiboot2", mb_image, file_bytes);
	header_begin(at);
	TAG(2, 0, 0x300000 + (uint32_t)at, 0xFFFFFFFF, 0, 0);
	TAG(3, 0, 0x300000);
	header_finish();
	return bench_plan(&mb_bench);
}

static void the_header_is_found_to_the_edge(void **state)
{
	const size_t bytes = 16 + 24 + 16 + 8;

	(void)state;
	assert_ok(plan_header_at(0, 0x8000), &mb_bench.err);
	for (size_t at = 4096 - 24; at <= 4096 + 24; at += 8)
		assert_ok(plan_header_at(at, 0x9000), &mb_bench.err);
	assert_ok(plan_header_at(SEARCH_END - bytes, 0x9000), &mb_bench.err);
	assert_ok(plan_header_at(SEARCH_END - bytes, SEARCH_END), &mb_bench.err);
	assert_status(ERR_CORRUPT, plan_header_at(SEARCH_END - bytes + 8, 0x9000), &mb_bench.err); /* it leaves the window */
	assert_trail(&mb_bench.err, "does not fit");
	assert_status(ERR_CORRUPT, plan_header_at(SEARCH_END - 16, 0x9000), &mb_bench.err);
	assert_status(ERR_UNSUPPORTED, plan_header_at(SEARCH_END - 8, 0x9000), &mb_bench.err);
	assert_trail(&mb_bench.err, "its Multiboot2 header is at offset 0x7ff8, and has to be in the first 32768 bytes");
	assert_status(ERR_UNSUPPORTED, plan_header_at(SEARCH_END + 0x800, 0x9000), &mb_bench.err);
	assert_trail(&mb_bench.err, "its Multiboot2 header is at offset 0x8800, and has to be in the first 32768 bytes");
	assert_hint(&mb_bench.err, "KEEP()");
	for (size_t odd = 1; odd < 8; odd++) {
		assert_status(ERR_UNSUPPORTED, plan_header_at(0x1000 + odd, 0x9000), &mb_bench.err);
		assert_trail(&mb_bench.err, "which is not a multiple of 8");
		assert_hint(&mb_bench.err, ".balign");
	}
	for (size_t length = 0; length < 0x100 + bytes; length++)
		assert_true(plan_header_at(0x100, length) != OK);
	assert_ok(plan_header_at(0x100, 0x100 + bytes), &mb_bench.err);
}

static void stray_magics_are_passed_over(void **state)
{
	(void)state;
	elf_begin(false);
	header_finish();
	put_le32(mb_image + 0x200, 0xE85250D6); /* a bad checksum first, and a right one for another architecture */
	put_le32(mb_image + 0x300, 0xE85250D6);
	put_le32(mb_image + 0x304, 4);
	put_le32(mb_image + 0x308, 16);
	put_le32(mb_image + 0x30C, 0u - 0xE85250D6u - 4 - 16);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	mb_image[HEADER_AT + 12]++;
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the Multiboot2 header at offset 0x200 has a bad checksum");
	assert_hint(&mb_bench.err, "add up to 0");
	put_le32(mb_image + 0x200, 0);
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the Multiboot2 header at offset 0x1008 has a bad checksum");
	put_le32(mb_image + HEADER_AT, 0);
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "architecture 4");
	memset(mb_image + 0x300, 0, 16);
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "no Multiboot2 header in the first 32768 bytes");

	flat_begin(0x3000); /* a program for Windows can be a kernel, by its address tag */
	TAG(2, 0, 0x300000 + FLAT_AT, 0xFFFFFFFF, 0, 0);
	TAG(3, 0, 0x300000);
	header_finish();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	mb_image[0] = 'M';
	mb_image[1] = 'Z';
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	header_begin(FLAT_AT); /* without it, it carries the header of another */
	header_finish();
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "it begins with \"MZ\", so a Multiboot2 header in it would not be its own; it is a program for DOS");
}

static void required_tags_have_to_be_known(void **state)
{
	(void)state;
	for (uint16_t flags = 0; flags <= TAG_OPTIONAL; flags++) {
		elf_begin(false);
		TAG(1, flags, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
		TAG(4, flags, 3);
		TAG(5, flags, 1024, 768, 32); /* a wish: the screen stays as it is */
		header_tag(6, flags, NULL, 0);
		header_tag(7, flags, NULL, 0); /* EFI's, not ours */
		TAG(8, flags, 0x1234);
		TAG(9, flags, 0x1234);
		header_finish();
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);

		elf_begin(false);
		TAG(1, flags, 6, 22);
		header_finish();
		assert_status(flags ? OK : ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
		if (!flags) {
			assert_trail(&mb_bench.err, "type 22");
			assert_trail(&mb_bench.err, "the information request tag at offset 0x1018");
			assert_hint(&mb_bench.err, "optional bit");
		}
		elf_begin(false);
		TAG(11, flags, 6);
		header_finish();
		assert_status(flags ? OK : ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
		if (!flags)
			assert_trail(&mb_bench.err, "tag 11 at offset 0x1018");
	}
}

static void bad_tags_are_refused(void **state)
{
	static const struct {
		uint16_t type;
		uint32_t bytes;
		const char *name;
	} tags[] = {
		{ 1, 0, "information request" },
		{ 1, 7, "information request" },
		{ 99, 4, "unknown" },
		{ 2, 23, "address" },
		{ 3, 11, "entry address" },
		{ 4, 8, "flags" },
		{ 5, 16, "framebuffer" },
		{ 6, 7, "module alignment" },
		{ 7, 0, "EFI boot services" },
		{ 8, 8, "EFI i386 entry address" },
		{ 9, 8, "EFI amd64 entry address" },
		{ 10, 20, "relocatable" },
		{ 1, 49, "information request" },
		{ 1, 0xFFFFFFFF, "information request" },
		{ 1, 0x80000000, "information request" },
		{ 6, 0xFFFFFFF8, "module alignment" },
		{ 0, 7, "end" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof tags / sizeof *tags; i++) {
		char name[64];

		elf_begin(false);
		header_tag(tags[i].type, TAG_OPTIONAL, (const uint32_t[8]){ 0 }, 8); /* 40 bytes, 48 to the header's end */
		put_le32(mb_image + HEADER_AT + 20, tags[i].bytes);
		header_finish();
		if (tags[i].type == 99 || tags[i].bytes > 8)
			put_le16(mb_image + HEADER_AT + 18, 0);
		assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
		assert_trail(&mb_bench.err, "offset 0x1018");
		snprintf(name, sizeof name, "the %s tag", tags[i].name);
		assert_trail(&mb_bench.err, name);
	}
	elf_begin(false); /* no end tag: the header's end will do */
	header_tag(6, 0, NULL, 0);
	header_checksum();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	elf_begin(false); /* a length that cannot be, and no end tag */
	header_end = header_at + 8;
	header_checksum();
	put_le32(mb_image + HEADER_AT + 20, 0);
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "it says that it has 8 bytes");
}

/* GRUB never looks at the length. */
static void the_end_tag_counts_more_than_the_length(void **state)
{
	static const uint32_t lengths[] = { 0, 8, 16, 17, 24, 31, 32, 0x8000, 0x7FFFFFF8, UINT32_MAX };

	(void)state;
	for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		elf_begin(false);
		header_tag(6, 0, NULL, 0);
		TAG(3, 0, 0x202000);
		header_finish();
		put_le32(mb_image + HEADER_AT + 8, lengths[i]);
		put_le32(mb_image + HEADER_AT + 12, 0u - 0xE85250D6u - lengths[i]);
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		assert_int_equal(mb_bench.plan.entry, 0x202000); /* the tag was seen */
		bench_assert_note(&mb_bench, "/boot/kernel: the length in the Multiboot2 header is not that of its tags");
	}
	elf_begin(false); /* too long is as good as right, as long as it fits */
	header_finish();
	header_end += 64;
	header_checksum();
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	bench_assert_note(&mb_bench, NULL);

	elf_begin(false); /* a required tag that is not known counts behind the length, too: nothing is started by half */
	TAG(99, 0, 1);
	header_finish();
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_is_found_to_the_edge),         cmocka_unit_test(stray_magics_are_passed_over),
		cmocka_unit_test(required_tags_have_to_be_known),          cmocka_unit_test(bad_tags_are_refused),
		cmocka_unit_test(the_end_tag_counts_more_than_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
