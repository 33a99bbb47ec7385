/* SPDX-License-Identifier: MIT */
/* The ELF reader: fields of both classes, limits, every cut of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kernel-handoff/image/elf.h"
#include "support_handoff.h"

static uint8_t image[ELF_IMAGE_MAX];
static struct memory_file file;
static struct arena arena;
static uint8_t arena_bytes[16384];
static struct elf elf;
static struct err err;

static const struct test_segment segments[] = {
	{ .flags = 5, .virt = 0x80100000, .phys = 0x100000, .file_bytes = 0x1800, .bytes = 0x1800 },
	{ .type = 4, .flags = 4, .virt = 0x80100100, .phys = 0x100100, .file_bytes = 0x20, .bytes = 0x20 }, /* a note */
	{ .flags = 6, .virt = 0x80102010, .phys = 0x102010, .file_bytes = 0x10, .bytes = 0x5000 },
	{ .flags = 6, .virt = 0x80200000, .phys = 0x50000, .bytes = 0 }, /* empty: as if it were not there */
};

static enum status open_bytes(size_t bytes)
{
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	memory_file_init(&file, "/kernel", image, bytes);
	return elf_open(&file.file, &arena, &elf, &err);
}

static void both_classes_are_read(void **state)
{
	(void)state;
	for (unsigned is_64 = 0; is_64 < 2; is_64++) {
		size_t bytes = elf_make(image, is_64, 0x80100004, segments, 4);
		uint64_t phys, start, end;

		assert_ok(open_bytes(bytes), &err);
		assert_int_equal(elf.is_64, is_64);
		assert_int_equal(elf.machine, is_64 ? ELF_MACHINE_X86_64 : ELF_MACHINE_386);
		assert_int_equal(elf.type, ELF_TYPE_EXEC);
		assert_int_equal(elf.entry, 0x80100004);
		assert_int_equal(elf.segment_count, 2);
		assert_int_equal(elf.segment[0].flags, 5);
		assert_int_equal(elf.segment[1].flags, 6);
		assert_int_equal(elf.segment[1].index, 2);
		assert_int_equal(elf.segment[1].virt, 0x80102010);
		assert_int_equal(elf.segment[1].phys, 0x102010);
		assert_int_equal(elf.segment[1].file_bytes, 0x10);
		assert_int_equal(elf.segment[1].bytes, 0x5000);
		assert_int_equal(image[elf.segment[1].file_offset], test_segment_byte(2, 0));
		assert_true(elf_span(&elf, &start, &end));
		assert_int_equal(start, 0x100000);
		assert_int_equal(end, 0x107010);
		assert_true(elf_to_physical(&elf, 0x80100004, &phys));
		assert_int_equal(phys, 0x100004);
		assert_true(elf_to_physical(&elf, 0x8010700F, &phys)); /* the last byte of .bss */
		assert_int_equal(phys, 0x10700F);
		assert_false(elf_to_physical(&elf, 0x80107010, &phys));
		assert_false(elf_to_physical(&elf, 0x100004, &phys));
		assert_int_equal(elf.section_count, 0);
	}
}

static void every_cut_is_found(void **state)
{
	(void)state;
	for (unsigned is_64 = 0; is_64 < 2; is_64++) {
		size_t whole = elf_make(image, is_64, 0x80100004, segments, 3);

		for (size_t bytes = 0; bytes < whole; bytes++) {
			assert_true(open_bytes(bytes) != OK);
			assert_status(bytes < 52 ? ERR_NOT_FOUND : ERR_CORRUPT, err.code, &err);
			assert_trail(&err, "/kernel");
		}
		assert_ok(open_bytes(whole), &err);
	}
}

static void other_files_are_not_elf(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		enum status expected;
	} changes[] = {
		{ 0, 'M', ERR_NOT_FOUND },  { 3, 'f', ERR_NOT_FOUND },    { 4, 3, ERR_UNSUPPORTED }, { 5, 2, ERR_UNSUPPORTED },
		{ 16, 4, ERR_UNSUPPORTED }, { 18, 183, ERR_UNSUPPORTED }, { 57, 2, ERR_TOO_BIG },    { 39, 0xFF, ERR_CORRUPT },
	};
	size_t whole;

	(void)state;
	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		size_t bytes = elf_make(image, true, 0x80100004, segments, 4);

		image[changes[i].at] = changes[i].value;
		assert_status(changes[i].expected, open_bytes(bytes), &err);
	}
	whole = elf_make(image, true, 0x80100004, segments, 0);
	image[16] = 1; /* an object file has no program headers */
	assert_status(ERR_UNSUPPORTED, open_bytes(whole + 64), &err);
	assert_trail(&err, "a relocatable ELF file");
}

/* What other loaders do not look at. */
static void fields_of_no_use_are_passed_over(void **state)
{
	static const struct {
		unsigned at_64, at_32;
		uint8_t value;
		unsigned departures;
	} changes[] = {
		{ 6, 6, 0, 0 }, /* EI_VERSION */
		{ 16, 16, 0, DEPARTS_ELF_TYPE },
		{ 16, 16, 1, DEPARTS_ELF_TYPE },
		{ 54, 42, 0, DEPARTS_ELF_HEADER_BYTES },
		{ 54, 42, 31, DEPARTS_ELF_HEADER_BYTES },
	};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof changes / sizeof *changes; i++) {
		bool is_64 = i % 2 == 1;
		size_t bytes = elf_make(image, is_64, 0x80100004, segments, 4);

		image[is_64 ? changes[i / 2].at_64 : changes[i / 2].at_32] = changes[i / 2].value;
		assert_ok(open_bytes(bytes), &err);
		assert_int_equal(elf.departures, changes[i / 2].departures);
		assert_int_equal(elf.segment_count, 2);
		assert_int_equal(elf.segment[1].virt, 0x80102010);
	}
}

/* Longer program headers than those of the specification: what is behind is passed over. */
static void program_headers_may_be_longer(void **state)
{
	uint8_t headers[4 * 56];
	size_t bytes = elf_make(image, true, 0x80100004, segments, 4);

	(void)state;
	memcpy(headers, image + 64, sizeof headers);
	memset(image + 64, 0xFF, 4 * 72);
	put_le16(image + 54, 72);
	for (unsigned i = 0; i < 4; i++)
		memcpy(image + 64 + (size_t)72 * i, headers + (size_t)56 * i, 56);
	assert_ok(open_bytes(bytes), &err);
	assert_int_equal(elf.departures, 0);
	assert_int_equal(elf.segment_count, 2);
	assert_int_equal(elf.segment[1].virt, 0x80102010);
	assert_int_equal(elf.segment[1].bytes, 0x5000);
}

/* A segment of zeros has no place in the file, whatever its header says: lld and strip leave one behind the end. */
static void a_segment_without_bytes_is_anywhere_in_the_file(void **state)
{
	static const uint64_t offsets[] = { 0, 0x1801, 0xFFFF0000, UINT32_MAX, UINT64_MAX };

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof offsets / sizeof *offsets; i++) {
		const struct test_segment zeros[] = {
			{ .flags = 5, .virt = 0x80100000, .phys = 0x100000, .file_bytes = 0x1800, .bytes = 0x1800 },
			{ .flags = 6, .virt = 0x80102000, .phys = 0x102000, .file_bytes = 0, .bytes = 0x5000 },
		};
		bool is_64 = i % 2 == 1;
		size_t bytes = elf_make(image, is_64, 0x80100004, zeros, 2);

		if (is_64)
			put_le64(image + 64 + 56 + 8, offsets[i / 2]);
		else
			put_le32(image + 52 + 32 + 4, (uint32_t)offsets[i / 2]);
		assert_ok(open_bytes(bytes), &err);
		assert_int_equal(elf.segment_count, 2);
		assert_int_equal(elf.segment[1].file_bytes, 0);
		assert_int_equal(elf.segment[1].bytes, 0x5000);
		if (is_64)
			put_le64(image + 64 + 56 + 32, 1);
		else
			put_le32(image + 52 + 32 + 16, 1);
		assert_status(offsets[i / 2] < bytes ? OK : ERR_CORRUPT, open_bytes(bytes), &err); /* with a byte it has to be there */
	}
}

static void physical_addresses_are_found(void **state)
{
	(void)state;
	assert_ok(open_bytes(elf_make(image, true, 0x80100004, segments, 4)), &err);
	assert_true(elf_has_physical(&elf, 0x100000));
	assert_true(elf_has_physical(&elf, 0x1017FF));
	assert_false(elf_has_physical(&elf, 0x101800));
	assert_false(elf_has_physical(&elf, 0x10200F));
	assert_true(elf_has_physical(&elf, 0x10700F)); /* .bss, too */
	assert_false(elf_has_physical(&elf, 0x107010));
	assert_false(elf_has_physical(&elf, 0x80100004));
}

static void impossible_segments_are_refused(void **state)
{
	static const struct test_segment bad[] = {
		{ .flags = 5, .virt = 0x100000, .phys = 0x100000, .file_bytes = 17, .bytes = 16 },
		{ .flags = 5, .virt = 0x100000, .phys = UINT64_MAX - 15, .file_bytes = 16, .bytes = 32 },
		{ .flags = 5, .virt = UINT64_MAX - 4095, .phys = 0x100000, .file_bytes = 16, .bytes = 4097 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		size_t bytes = elf_make(image, true, 0x100000, &bad[i], 1);

		assert_status(ERR_CORRUPT, open_bytes(bytes), &err);
		assert_trail(&err, "program header 0");
	}
}

/* The upper half ends where 64 bits do, and so may a kernel. */
static void the_last_byte_is_an_address(void **state)
{
	const struct test_segment last = { .flags = 5, .virt = UINT64_MAX - 4095, .phys = 0x100000, .file_bytes = 4096, .bytes = 4096 };
	uint64_t phys;

	(void)state;
	assert_ok(open_bytes(elf_make(image, true, UINT64_MAX, &last, 1)), &err);
	assert_int_equal(elf.segment_count, 1);
	assert_true(elf_to_physical(&elf, UINT64_MAX, &phys));
	assert_int_equal(phys, 0x100FFF);
	assert_false(elf_to_physical(&elf, 0, &phys));
}

static void counts_are_bounded(void **state)
{
	struct test_segment many[ELF_SEGMENTS_MAX + 1];

	(void)state;
	for (unsigned i = 0; i <= ELF_SEGMENTS_MAX; i++)
		many[i] = (struct test_segment){ .flags = 4, .virt = 0x100000 + 4096 * i, .phys = 0x100000 + 4096 * i, .bytes = 1 };
	assert_ok((elf_make(image, true, 0, many, ELF_SEGMENTS_MAX), open_bytes(ELF_IMAGE_MAX)), &err);
	assert_int_equal(elf.segment_count, ELF_SEGMENTS_MAX);
	elf_make(image, true, 0, many, ELF_SEGMENTS_MAX + 1);
	assert_status(ERR_TOO_BIG, open_bytes(ELF_IMAGE_MAX), &err);
	elf_make(image, true, 0, many, ELF_SEGMENTS_MAX);
	arena_init(&arena, arena_bytes, 64);
	memory_file_init(&file, "/kernel", image, ELF_IMAGE_MAX);
	assert_status(ERR_NO_MEMORY, elf_open(&file.file, &arena, &elf, &err), &err);
}

/* A table of three sections at `offset`: nothing, symbols without an address, text with one. */
static void put_sections(bool is_64, size_t offset, unsigned count)
{
	unsigned bytes = is_64 ? 64 : 40;

	if (is_64) {
		put_le64(image + 40, offset);
		put_le16(image + 58, (uint16_t)bytes);
		put_le16(image + 60, (uint16_t)count);
		put_le16(image + 62, 2);
		put_le32(image + offset + 64 + 4, 2);
		put_le64(image + offset + 64 + 24, 0x1000);
		put_le64(image + offset + 64 + 32, 0x33);
		put_le64(image + offset + 128 + 16, 0x80100000);
	} else {
		put_le32(image + 32, (uint32_t)offset);
		put_le16(image + 46, (uint16_t)bytes);
		put_le16(image + 48, (uint16_t)count);
		put_le16(image + 50, 2);
		put_le32(image + offset + 40 + 4, 2);
		put_le32(image + offset + 40 + 16, 0x1000);
		put_le32(image + offset + 40 + 20, 0x33);
		put_le32(image + offset + 80 + 12, 0x80100000);
	}
}

static void sections_are_read(void **state)
{
	(void)state;
	for (unsigned is_64 = 0; is_64 < 2; is_64++) {
		size_t bytes = elf_make(image, is_64, 0x80100004, segments, 4), end = bytes + 3 * (is_64 ? 64u : 40u);
		struct elf_section section;
		uint8_t *header = image + bytes + (is_64 ? 64 : 40);

		put_sections(is_64, bytes, 3);
		assert_ok(open_bytes(end), &err);
		assert_int_equal(elf.section_count, 3);
		assert_int_equal(elf.section_names, 2);
		assert_ok(elf_section_read(&elf, 1, &section, &err), &err);
		assert_int_equal(section.type, 2);
		assert_int_equal(section.address, 0);
		assert_int_equal(section.file_offset, 0x1000);
		assert_int_equal(section.bytes, 0x33);
		assert_ok(elf_section_read(&elf, 2, &section, &err), &err);
		assert_int_equal(section.address, 0x80100000);
		elf_section_set_address(&elf, header, 0x12345678);
		assert_ok(elf_section_read(&elf, 1, &section, &err), &err);
		assert_int_equal(section.address, 0x12345678);
		assert_int_equal(section.file_offset, 0x1000);

		/* A table that is cut off or absurd is as none: the kernel boots without it. */
		assert_ok(open_bytes(end - 1), &err);
		assert_int_equal(elf.section_count, 0);
		put_sections(is_64, bytes, ELF_SECTIONS_MAX + 1);
		assert_ok(open_bytes(ELF_IMAGE_MAX), &err);
		assert_int_equal(elf.section_count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_classes_are_read),
		cmocka_unit_test(every_cut_is_found),
		cmocka_unit_test(other_files_are_not_elf),
		cmocka_unit_test(fields_of_no_use_are_passed_over),
		cmocka_unit_test(program_headers_may_be_longer),
		cmocka_unit_test(a_segment_without_bytes_is_anywhere_in_the_file),
		cmocka_unit_test(physical_addresses_are_found),
		cmocka_unit_test(impossible_segments_are_refused),
		cmocka_unit_test(counts_are_bounded),
		cmocka_unit_test(sections_are_read),
		cmocka_unit_test(the_last_byte_is_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
