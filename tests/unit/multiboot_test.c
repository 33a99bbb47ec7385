/* SPDX-License-Identifier: MIT */
/* Multiboot 1: the header's search and flags, where the image goes, and on which firmware. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "support_multiboot.h"

enum { MIB = 1 << 20, SEARCH_END = 8192 };
enum { PAGE_ALIGN = 1, MEMORY_INFO = 2, VIDEO = 4, ADDRESSES = 1 << 16 };

#define NOTHING NULL, 0

static void elf_kernels_lie_where_they_say(void **state)
{
	(void)state;
	for (unsigned is_64 = 0; is_64 < 2; is_64++) {
		multiboot_elf(is_64, PAGE_ALIGN | MEMORY_INFO, NOTHING);
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		multiboot_check_state();
		check_elf_image();
	}
}

static void the_addresses_win(void **state)
{
	uint8_t byte;

	(void)state;
	/* From 0x100 of the file on. */
	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x300000 + FLAT_AT, 0x300100, 0x302000, 0x304000, 0x300104));
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	multiboot_check_state();
	assert_int_equal(mb_bench.plan.entry, 0x300104);
	assert_int_equal(mb_bench.plan.place[0].start, 0x300100);
	assert_int_equal(mb_bench.plan.place[0].file_offset, 0x100);
	assert_int_equal(mb_bench.plan.place[0].file_bytes, 0x1F00);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x3F00);
	check_segment_bytes(0x301000, 5, 0x1000, 0x1000);
	bench_read(&mb_bench, 0x303FFF, &byte, 1);
	assert_int_equal(byte, 0);

	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x300000 + FLAT_AT, 0x300000, 0, 0, 0x300000)); /* up to the end of the file */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x3000);

	for (unsigned is_64 = 0; is_64 < 2; is_64++) { /* ELF files that do not want to be loaded as such */
		multiboot_elf(is_64, ADDRESSES | 0x20, NOTHING);
		multiboot_header(HEADER_AT, ADDRESSES, FIELDS(0x700000 + HEADER_AT, 0x700000, 0, 0, 0x701000));
		assert_ok(bench_plan(&mb_bench), &mb_bench.err);
		assert_int_equal(mb_bench.plan.place[0].start, 0x700000);
		assert_int_equal(mb_bench.plan.place[0].file_bytes, mb_image_bytes);
		assert_int_equal(mb_bench.plan.entry, 0x701000);
		assert_int_equal(info_field(0) & 1 << 5, 0); /* no ELF sections: nobody has read its headers */
	}
}

static void bad_addresses_are_refused(void **state)
{
	static const struct {
		uint32_t field[5];
		enum status expected;
		const char *trail;
	} cases[] = {
		{ { 0x300000 + FLAT_AT, 0x303001, 0, 0, 0x303001 }, ERR_CORRUPT, "the group of address fields" }, /* behind the file */
		{ { 0x300000 + FLAT_AT, 0x2FFFFF, 0, 0, 0x300000 }, ERR_CORRUPT, "not in the file" },             /* before the file */
		{ { 0x300000 + FLAT_AT, 0xFFFFFFFF, 0, 0, 0x300000 }, ERR_CORRUPT, "not in the file" },           /* Multiboot2 only */
		{ { 0x300000 + FLAT_AT, 0x300000, 0x2FFFFF, 0, 0x300000 }, ERR_CORRUPT, "end at 0x2fffff" },
		{ { 0x300000 + FLAT_AT, 0x300000, 0x300000, 0, 0x300000 }, ERR_CORRUPT, "outside the kernel's image" }, /* nothing */
		{ { 0x300000 + FLAT_AT, 0x300000, 0x302000, 0x301FFF, 0x300000 }, ERR_CORRUPT, "bss at 0x301fff" },
		{ { 0xFFFFF000, 0xFFFFF000 - FLAT_AT, 0, 0, 0xFFFFF000 }, ERR_UNSUPPORTED, "above 4 GiB" },
		{ { 0x300000 + FLAT_AT, 0x300000, 0, 0x304000, 0x304000 }, ERR_CORRUPT, "the header's entry address at offset 0x21c" },
		{ { 0x300000 + FLAT_AT, 0x300000, 0, 0x304000, 0x2FFFFF }, ERR_CORRUPT, "outside the kernel's image" },
		{ { 0x9F000 + FLAT_AT, 0x9F000, 0, 0, 0x9F000 }, ERR_DENIED, "kernel: there is not RAM everywhere" },
		{ { FLAT_AT, 0, 0, 0, 0 }, ERR_DENIED, "belongs to firmware" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		multiboot_flat(0x3000, ADDRESSES, cases[i].field, 5);
		assert_status(cases[i].expected, bench_plan(&mb_bench), &mb_bench.err);
		assert_trail(&mb_bench.err, cases[i].trail);
		assert_trail(&mb_bench.err, "/boot/kernel");
	}
	multiboot_flat(0x3000, 0, NOTHING); /* neither ELF nor addresses */
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "bit 16 of the flags");
	assert_hint(&mb_bench.err, "link the kernel as ELF");
}

/* ACRN reserves its .bss so, and GRUB starts it. */
static void a_load_end_behind_the_file_is_memory_to_clear(void **state)
{
	uint8_t byte;

	(void)state;
	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x300000 + FLAT_AT, 0x300000, 0x308000, 0, 0x300004));
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].file_bytes, 0x3000);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x8000);
	bench_read(&mb_bench, 0x303000, &byte, 1);
	assert_int_equal(byte, 0);
	bench_assert_note(&mb_bench,
			  "/boot/kernel: the file ends 20480 bytes before the load end in the kernel's header; they are cleared");

	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x300000 + FLAT_AT, 0x300000, 0x303001, 0x309000, 0x300004)); /* .bss behind it */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x9000);
	bench_assert_note(&mb_bench, "ends 1 bytes before");
	put_le32(mb_image + FLAT_AT + 20, 0x303000);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	bench_assert_note(&mb_bench, NULL);
}

static void an_image_may_begin_behind_its_header(void **state)
{
	(void)state;
	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x300000 + FLAT_AT, 0x301000, 0x302000, 0, 0x301004));
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].start, 0x301000);
	assert_int_equal(mb_bench.plan.place[0].file_offset, 0x1000);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x1000);
	check_segment_bytes(0x301000, 5, 0x1000, 0x1000);
	bench_assert_note(&mb_bench, "the image begins at 0x301000, behind its header at 0x300200, which is not loaded");
}

/* No bytes of the file, all of it .bss: nothing runs there, but nothing is wrong with the numbers. */
static void an_image_may_be_all_bss(void **state)
{
	(void)state;
	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x300000 + FLAT_AT, 0x300000, 0x300000, 0x304000, 0x300004));
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	assert_int_equal(mb_bench.plan.place[0].file_bytes, 0);
	assert_int_equal(mb_bench.plan.place[0].bytes, 0x4000);
}

/* Moves the header to another offset of a file without anything else. */
static enum status plan_header_at(size_t at, size_t file_bytes, uint32_t flags)
{
	memset(mb_image, 0, sizeof mb_image);
	bench_init(&mb_bench, 64 * MIB, "multiboot", mb_image, file_bytes);
	multiboot_header(at, flags, FIELDS(0x300000 + (uint32_t)at, 0x300000, 0, 0, 0x300000));
	return bench_plan(&mb_bench);
}

static void the_header_is_found_to_the_edge(void **state)
{
	(void)state;
	assert_ok(plan_header_at(0, 0x4000, ADDRESSES), &mb_bench.err);
	for (size_t at = 4096 - 16; at <= 4096 + 16; at += 4)
		assert_ok(plan_header_at(at, 0x4000, ADDRESSES), &mb_bench.err);
	assert_ok(plan_header_at(SEARCH_END - 32, 0x4000, ADDRESSES), &mb_bench.err);
	assert_ok(plan_header_at(SEARCH_END - 32, SEARCH_END, ADDRESSES), &mb_bench.err);
	for (size_t at = SEARCH_END - 28; at <= SEARCH_END - 12; at += 4) { /* it leaves the window */
		assert_status(ERR_CORRUPT, plan_header_at(at, 0x4000, ADDRESSES), &mb_bench.err);
		assert_trail(&mb_bench.err, "does not fit the first 8192 bytes");
		assert_trail(&mb_bench.err, "it has 32 bytes");
	}
	assert_status(ERR_UNSUPPORTED, plan_header_at(SEARCH_END - 8, 0x4000, ADDRESSES), &mb_bench.err);
	assert_trail(&mb_bench.err, "its Multiboot 1 header is at offset 0x1ff8, and has to be in the first 8192 bytes");
	assert_status(ERR_UNSUPPORTED, plan_header_at(SEARCH_END, 0x4000, ADDRESSES), &mb_bench.err);
	assert_trail(&mb_bench.err, "its Multiboot 1 header is at offset 0x2000");
	assert_ok(plan_header_at(SEARCH_END - 48, 0x4000, ADDRESSES | VIDEO), &mb_bench.err);
	assert_status(ERR_CORRUPT, plan_header_at(SEARCH_END - 44, 0x4000, ADDRESSES | VIDEO), &mb_bench.err);
	assert_trail(&mb_bench.err, "it has 48 bytes");
	for (size_t odd = 1; odd < 4; odd++) {
		assert_status(ERR_UNSUPPORTED, plan_header_at(0x1000 + odd, 0x4000, ADDRESSES), &mb_bench.err);
		assert_trail(&mb_bench.err, "which is not a multiple of 4");
	}
	for (size_t length = 0; length < 0x100 + 32; length++)
		assert_true(plan_header_at(0x100, length, ADDRESSES) != OK);
	assert_ok(plan_header_at(0x100, 0x100 + 32, ADDRESSES), &mb_bench.err);

	/* Without further fields 12 bytes are enough. */
	multiboot_elf(false, 0, NOTHING);
	put_le32(mb_image + HEADER_AT, 0);
	multiboot_header(SEARCH_END - 12, 0, NOTHING);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
}

static void stray_magics_are_passed_over(void **state)
{
	(void)state;
	multiboot_elf(false, 0, NOTHING);
	put_le32(mb_image + 0x204, 0x1BADB002);
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	mb_image[HEADER_AT + 8]++;
	assert_status(ERR_CORRUPT, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "the Multiboot 1 header at offset 0x204 has a bad checksum");
	assert_hint(&mb_bench.err, "add up to 0");
	multiboot_flat(0x3000, ADDRESSES, FIELDS(0x300000 + FLAT_AT, 0x300000, 0, 0, 0x300000));
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	mb_image[0] = 'M'; /* a program for Windows can be a kernel, by its header's addresses */
	mb_image[1] = 'Z';
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	multiboot_header(FLAT_AT, 0, NOTHING); /* without them, it carries the header of another */
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "it begins with \"MZ\", so a Multiboot 1 header in it would not be its own");
	put_le32(mb_image + FLAT_AT, 0);
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "it begins with \"MZ\", so a Multiboot 1 header in it would not be its own; it is a program for DOS");
}

static void unknown_requirements_are_refused(void **state)
{
	char bit_text[32];

	(void)state;
	for (unsigned bit = 0; bit < 32; bit++) {
		multiboot_elf(false, 1u << bit, FIELDS(0x700000 + HEADER_AT, 0x700000, 0, 0, 0x700000, 0, 0, 0, 0));
		if (bit < 3 || bit >= 16) {
			assert_ok(bench_plan(&mb_bench), &mb_bench.err);
			continue;
		}
		assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
		snprintf(bit_text, sizeof bit_text, "bit %u of the flags", bit);
		assert_trail(&mb_bench.err, bit_text);
		assert_trail(&mb_bench.err, "at offset 0x1008");
		assert_hint(&mb_bench.err, "clear the bit");
	}
	multiboot_elf(false, 0xFFFE0007, NOTHING); /* all that means nothing, and all that is served */
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
}

static void write_header(void)
{
	multiboot_header(HEADER_AT, 0, NOTHING);
}

static void impossible_images_are_refused(void **state)
{
	(void)state;
	check_impossible_images("multiboot", write_header);
}

/* xv6 and JOS have it so: QEMU starts them. */
static void a_physical_entry_is_taken(void **state)
{
	(void)state;
	check_physical_entry("multiboot", write_header);
}

static void uefi_has_to_be_asked_for(void **state)
{
	struct entry_settings settings = { 0 };

	(void)state;
	multiboot_elf(false, MEMORY_INFO, NOTHING);
	bench_use_uefi(&mb_bench);
	assert_status(ERR_UNSUPPORTED, bench_plan(&mb_bench), &mb_bench.err);
	assert_trail(&mb_bench.err, "/boot/kernel is for machines with a BIOS");
	assert_hint(&mb_bench.err, "multiboot2");
	assert_hint(&mb_bench.err, "\"multiboot-uefi on\"");
	mb_bench.request.settings.multiboot_uefi = true;
	assert_ok(bench_plan(&mb_bench), &mb_bench.err);
	multiboot_check_state();
	assert_int_equal(mb_bench.plan.firmware_map.start, 0);

	assert_true(boot_is_meant("multiboot", &settings, FIRMWARE_BIOS));
	assert_false(boot_is_meant("multiboot", &settings, FIRMWARE_UEFI));
	assert_true(boot_is_meant("multiboot2", &settings, FIRMWARE_UEFI));
	assert_false(boot_is_meant("efi", &settings, FIRMWARE_BIOS));
	settings.multiboot_uefi = true;
	assert_true(boot_is_meant("multiboot", &settings, FIRMWARE_UEFI));
	mb_bench.machine.secure_boot = true;
	assert_status(ERR_DENIED, bench_plan(&mb_bench), &mb_bench.err);
}

static void faults_are_reported(void **state)
{
	(void)state;
	multiboot_elf(true, PAGE_ALIGN | MEMORY_INFO | VIDEO, FIELDS(0, 0, 0, 0, 0, 0, 800, 600, 32));
	bench_add_module(&mb_bench, "/module", "a", mb_image, 100);
	bench_fault_loop(&mb_bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elf_kernels_lie_where_they_say),
		cmocka_unit_test(the_addresses_win),
		cmocka_unit_test(bad_addresses_are_refused),
		cmocka_unit_test(a_load_end_behind_the_file_is_memory_to_clear),
		cmocka_unit_test(an_image_may_begin_behind_its_header),
		cmocka_unit_test(an_image_may_be_all_bss),
		cmocka_unit_test(a_physical_entry_is_taken),
		cmocka_unit_test(the_header_is_found_to_the_edge),
		cmocka_unit_test(stray_magics_are_passed_over),
		cmocka_unit_test(unknown_requirements_are_refused),
		cmocka_unit_test(impossible_images_are_refused),
		cmocka_unit_test(uefi_has_to_be_asked_for),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
