/* SPDX-License-Identifier: MIT */
/* Relocations: both tables, every read of the relocated file, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/span.h"
#include "kernel-handoff/image/elf_relocated_file.h"
#include "support_handoff.h"
#include "support_pie.h"

static const uint64_t base = 0x10000, moved = 0xFFFFFFFF80200000;

static uint8_t image[ELF_IMAGE_MAX], relocated[PIE_BSS - PIE_DATA];
static struct bench_file kernel;
static struct arena arena;
static uint8_t arena_bytes[16384];
static struct elf elf;
static struct elf_relocations relocations;
static struct file **files;
static struct err err;

static enum status find(size_t bytes)
{
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	bench_file_init(&kernel, "/kernel", image, bytes);
	assert_ok(elf_open(&kernel.file, &arena, &elf, &err), &err);
	kernel.reads = 0;
	return elf_relocations_find(&elf, &relocations, &err);
}

/* Reads the whole of the data segment, relocated, after the segments were given other addresses. */
static void read_data(void)
{
	files = elf_relocated_files(&elf, &relocations, moved, &arena);
	assert_non_null(files);
	for (unsigned i = 0; i < PIE_SEGMENTS; i++)
		elf.segment[i].virt += moved;
	assert_string_equal(files[1]->path, "/kernel");
	assert_int_equal(files[1]->bytes, kernel.file.bytes);
	assert_ok(file_read(files[1], elf.segment[1].file_offset, sizeof relocated, relocated, &err), &err);
}

static uint64_t word_at(uint64_t virt)
{
	return get_le64(relocated + (virt - PIE_DATA));
}

static void relative_relocations_are_applied(void **state)
{
	(void)state;
	pie_begin(image, base);
	pie_rela(PIE_WORDS, PIE_RELATIVE, base + 0x123);
	pie_rela(PIE_WORDS + 0x11, 0, 5);            /* R_X86_64_NONE */
	pie_rela(PIE_WORDS + 0x23, PIE_RELATIVE, 7); /* not aligned */
	pie_rela(PIE_BSS - 8, PIE_RELATIVE, UINT64_MAX);
	assert_ok(find(pie_end()), &err);
	read_data();
	assert_int_equal(word_at(PIE_WORDS), moved + base + 0x123);
	assert_int_equal(word_at(PIE_WORDS + 0x23), moved + 7);
	assert_int_equal(word_at(PIE_BSS - 8), moved - 1);
	for (uint64_t at = PIE_WORDS + 8; at < PIE_BSS - 8; at++) {
		if (at < PIE_WORDS + 0x23 || at >= PIE_WORDS + 0x2B)
			assert_int_equal(relocated[at - PIE_DATA], test_segment_byte(1, at - PIE_DATA));
	}
}

/* An address, a bitmap of the 63 words behind it, another one of the next 63, and an address again. */
static void packed_relocations_are_applied(void **state)
{
	static const unsigned words[] = { 0, 1, 3, 63, 64, 126, 127, 200 };

	(void)state;
	pie_begin(image, base);
	for (unsigned i = 0; i < 256; i++)
		pie_word(PIE_WORDS + 8 * i, i);
	pie_relr(base + PIE_WORDS);
	pie_relr(1 | 1ull << 1 | 1ull << 3 | 1ull << 63);
	pie_relr(1 | 1ull << 1 | 1ull << 63);
	pie_relr(1 | 1ull << 1);
	pie_relr(base + PIE_WORDS + 200 * 8);
	assert_ok(find(pie_end()), &err);
	read_data();
	for (unsigned i = 0, next = 0; i < 256; i++) {
		bool is_relocated = next < 8 && words[next] == i;

		next += is_relocated;
		assert_int_equal(word_at(PIE_WORDS + 8 * i), i + (is_relocated ? moved : 0));
	}
}

static void a_word_of_both_tables_is_that_of_rela(void **state)
{
	(void)state;
	pie_begin(image, base);
	pie_word(PIE_WORDS, 77);
	pie_rela(PIE_WORDS, PIE_RELATIVE, 88);
	pie_relr(base + PIE_WORDS);
	assert_ok(find(pie_end()), &err);
	read_data();
	assert_int_equal(word_at(PIE_WORDS), moved + 88);
}

/* Whatever a read begins and ends with, its bytes are those of the whole. */
static void every_part_reads_as_the_whole(void **state)
{
	uint64_t file_offset;

	(void)state;
	pie_begin(image, base);
	pie_rela(PIE_WORDS + 3, PIE_RELATIVE, 0x1122334455667788);
	pie_relr(base + PIE_WORDS + 16);
	pie_relr(1 | 1ull << 1);
	assert_ok(find(pie_end()), &err);
	read_data();
	file_offset = elf.segment[1].file_offset + (PIE_WORDS - PIE_DATA);
	for (unsigned start = 0; start < 40; start++) {
		for (unsigned end = start; end < 40; end++) {
			uint8_t part[40];

			assert_ok(file_read(files[1], file_offset + start, end - start, part, &err), &err);
			assert_memory_equal(part, relocated + (PIE_WORDS - PIE_DATA) + start, end - start);
		}
	}
	/* The other segment's file has its own relocations, of which there are none. */
	assert_ok(file_read(files[0], file_offset, 40, relocated, &err), &err);
	assert_memory_equal(relocated, image + file_offset, 40);
}

/* More than what is read of a table at a time. */
static void long_tables_are_read_whole(void **state)
{
	enum { ENTRIES = 1000 };
	size_t bytes;

	(void)state;
	pie_begin(image, base);
	bytes = pie_end();
	memset(image + bytes, 0, ELF_IMAGE_MAX - bytes);
	for (unsigned i = 0; i < ENTRIES; i++) {
		uint8_t *entry = image + 0x8000 + 24 * i;

		put_le64(entry, base + PIE_WORDS + i);
		put_le64(entry + 8, PIE_RELATIVE);
		put_le64(entry + 16, 0x5A5A0000 + i);
	}
	/* The text segment gets larger, and has the table. */
	pie_set_header(0, 8, 0x8000 - 0x2000);
	pie_set_header(0, 32, 0x2000 + 24 * ENTRIES);
	pie_set_header(0, 40, 0x2000 + 24 * ENTRIES);
	pie_set_header(1, 16, base + 0x20000 + PIE_DATA);
	pie_dynamic(PIE_DT_RELA, base + 0x2000);
	pie_dynamic(PIE_DT_RELASZ, 24 * ENTRIES);
	pie_dynamic(PIE_DT_RELAENT, 24);
	for (unsigned i = 0; i < ENTRIES; i++)
		put_le64(image + 0x8000 + 24 * i, base + 0x20000 + PIE_WORDS + i);
	assert_ok(find(ELF_IMAGE_MAX), &err);
	assert_int_equal(relocations.rela_count, ENTRIES);
	read_data();
	for (unsigned i = 0; i < ENTRIES - 1; i++) /* each overwrites all but the first byte of the one before */
		assert_int_equal(relocated[PIE_WORDS - PIE_DATA + i], (uint8_t)(moved + 0x5A5A0000 + i));
	assert_int_equal(word_at(PIE_WORDS + ENTRIES - 1), moved + 0x5A5A0000 + ENTRIES - 1);
}

static void a_kernel_without_relocations_is_read_as_it_is(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		pie_begin(image, base);
		if (i == 1)
			pie_set_header(2, 0, 0x6FFFFFFF); /* no PT_DYNAMIC either */
		assert_ok(find(pie_end()), &err);
		read_data();
		assert_memory_equal(relocated, image + elf.segment[1].file_offset, sizeof relocated);
	}
}

static void assert_refused(enum status expected, const char *trail)
{
	size_t bytes = pie_end();

	memset(&relocations, 0x55, sizeof relocations);
	assert_status(expected, find(bytes), &err);
	assert_trail(&err, "/kernel cannot be moved to another address");
	assert_trail(&err, trail);
	assert_int_equal(relocations.rela_count, 0x5555555555555555);
}

static void other_relocations_are_refused_by_name(void **state)
{
	(void)state;
	pie_begin(image, base);
	pie_rela(PIE_WORDS, PIE_RELATIVE, 0);
	pie_rela(PIE_WORDS + 8, 1ull << 32 | 1, 0); /* R_X86_64_64 of symbol 1 */
	assert_refused(ERR_UNSUPPORTED, "relocation 1 of DT_RELA is of type 1,");
	assert_hint(&err, "-static-pie");
	pie_begin(image, base);
	pie_rela(PIE_WORDS, 37, 0); /* R_X86_64_IRELATIVE */
	assert_refused(ERR_UNSUPPORTED, "relocation 0 of DT_RELA is of type 37,");
	for (unsigned i = 0; i < 6; i++) {
		static const struct {
			uint64_t tag;
			const char *trail;
		} tags[] = {
			{ PIE_DT_NEEDED, "shared library" }, { PIE_DT_PLTRELSZ, "DT_JMPREL" },    { PIE_DT_RELSZ, "(DT_REL)" },
			{ 0x6000000F, "(DT_ANDROID_REL)" },  { 0x60000011, "(DT_ANDROID_RELA)" }, { 0x6FFFE000, "(DT_ANDROID_RELR)" }
		};

		pie_begin(image, base);
		pie_dynamic(tags[i].tag, 24);
		assert_refused(ERR_UNSUPPORTED, tags[i].trail);
	}
}

static void words_outside_the_file_parts_are_refused_by_name(void **state)
{
	static const struct {
		uint64_t target;
		const char *trail, *inner;
	} cases[] = {
		{ PIE_TEXT_BYTES - 7, "relocation 1 of DT_RELA changes the word at 0x117f9", "of segment 0 the file has only 6144 bytes" },
		{ PIE_TEXT_BYTES, "at 0x11800", "no segment is there" },
		{ PIE_DATA - 1, "at 0x11fff", "no segment is there" },
		{ PIE_BSS - 7, "at 0x12ff9", "of segment 1 the file has only 4096 bytes" },
		{ PIE_BSS, "at 0x13000", "of segment 1 the file has only 4096 bytes" },
		{ PIE_BYTES, "at 0x15000", "no segment is there" },
		{ UINT64_MAX - 0x10003, "at 0xfffffffffffffffc", "no segment is there" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		pie_begin(image, base);
		pie_rela(PIE_WORDS, PIE_RELATIVE, 0);
		pie_rela(cases[i].target, PIE_RELATIVE, 0);
		assert_refused(ERR_CORRUPT, cases[i].trail);
		assert_trail(&err, cases[i].inner);
	}
	pie_begin(image, base);
	pie_relr(base + PIE_BSS - 8);
	pie_relr(1 | 1 << 1);
	assert_refused(ERR_CORRUPT, "relocation 1 of DT_RELR changes the word at 0x13000");
}

static void tables_that_cannot_be_are_refused(void **state)
{
	static const struct {
		uint64_t tag[3], value[3];
		const char *trail;
	} cases[] = {
		{ { PIE_DT_RELA, PIE_DT_RELASZ, PIE_DT_RELAENT }, { PIE_RELA, 25, 24 }, "the table DT_RELA has 25 bytes" },
		{ { PIE_DT_RELA, PIE_DT_RELASZ, PIE_DT_RELAENT }, { PIE_RELA, 48, 16 }, "in entries of 16" },
		{ { PIE_DT_RELA, PIE_DT_RELASZ, 0 }, { PIE_RELA, 48, 0 }, "in entries of 0" },
		{ { PIE_DT_RELAENT, PIE_DT_RELA, PIE_DT_RELASZ }, { 24, PIE_BSS - 24, 48 }, "in no segment" },
		{ { PIE_DT_RELAENT, PIE_DT_RELA, PIE_DT_RELASZ }, { 24, PIE_DATA, UINT64_MAX / 24 * 24 }, "in no segment" },
		{ { PIE_DT_RELR, PIE_DT_RELRSZ, PIE_DT_RELRENT }, { PIE_RELR, 9, 8 }, "the table DT_RELR has 9 bytes" },
		{ { PIE_DT_RELR, PIE_DT_RELRSZ, PIE_DT_RELRENT }, { PIE_RELR, 8, 4 }, "in entries of 4" },
		{ { PIE_DT_RELR, PIE_DT_RELRSZ, PIE_DT_RELRENT }, { PIE_BYTES, 8, 8 }, "in no segment" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		pie_begin(image, 0);
		for (unsigned k = 0; k < 3; k++)
			pie_dynamic(cases[i].tag[k], cases[i].value[k]);
		assert_refused(ERR_CORRUPT, cases[i].trail);
	}
	pie_begin(image, base);
	pie_dynamic(PIE_DT_RELASZ, 48);
	pie_dynamic(PIE_DT_RELAENT, 24);
	assert_refused(ERR_CORRUPT, "the table DT_RELA of 48 bytes at 0x0 is in no segment");
	pie_begin(image, base);
	pie_relr(3);
	assert_refused(ERR_CORRUPT, "the DT_RELR table has the entry 0x3");
	pie_begin(image, base);
	pie_relr(base + PIE_WORDS + 8);
	pie_relr(base + PIE_WORDS + 8);
	assert_refused(ERR_CORRUPT, "behind the address 0x12810");
	pie_begin(image, base);
	pie_relr(UINT64_MAX - 1);
	assert_refused(ERR_CORRUPT, "0xfffffffffffffffe");
	pie_begin(image, base);
	pie_set_header(2, 8, ELF_IMAGE_MAX - 8);
	assert_refused(ERR_CORRUPT, "entry 0 of the dynamic section cannot be read");
	pie_begin(image, base);
	pie_set_header(2, 8, UINT64_MAX - 15);
	assert_refused(ERR_CORRUPT, "entry 0 of the dynamic section cannot be read");
	pie_begin(image, base);
	pie_set_header(2, 32, 16 * 1025);
	assert_refused(ERR_TOO_BIG, "the dynamic section has 1025 entries");
}

static void faults_are_reported(void **state)
{
	size_t bytes;
	unsigned fail_at;

	(void)state;
	pie_begin(image, base);
	pie_rela(PIE_WORDS, PIE_RELATIVE, 0);
	pie_relr(base + PIE_WORDS + 16);
	bytes = pie_end();
	for (fail_at = 1;; fail_at++) {
		arena_init(&arena, arena_bytes, sizeof arena_bytes);
		bench_file_init(&kernel, "/kernel", image, bytes);
		assert_ok(elf_open(&kernel.file, &arena, &elf, &err), &err);
		kernel.reads = 0;
		kernel.fail_at = fail_at;
		if (elf_relocations_find(&elf, &relocations, &err) == OK)
			break;
		assert_status(ERR_IO, err.code, &err);
	}
	assert_int_equal(fail_at, 3 + 7 + 2 + 1); /* program headers, entries, tables */
	files = elf_relocated_files(&elf, &relocations, moved, &arena);
	for (fail_at = 1;; fail_at++) {
		kernel.reads = 0;
		kernel.fail_at = fail_at;
		if (file_read(files[1], elf.segment[1].file_offset + (PIE_WORDS - PIE_DATA) + 20, 8, relocated, &err) == OK)
			break;
		assert_status(ERR_IO, err.code, &err);
	}
	assert_int_equal(fail_at, 5); /* the bytes, two tables, the word that begins before them */
	arena_init(&arena, arena_bytes, 64);
	assert_null(elf_relocated_files(&elf, &relocations, moved, &arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relative_relocations_are_applied),
		cmocka_unit_test(packed_relocations_are_applied),
		cmocka_unit_test(a_word_of_both_tables_is_that_of_rela),
		cmocka_unit_test(every_part_reads_as_the_whole),
		cmocka_unit_test(long_tables_are_read_whole),
		cmocka_unit_test(a_kernel_without_relocations_is_read_as_it_is),
		cmocka_unit_test(other_relocations_are_refused_by_name),
		cmocka_unit_test(words_outside_the_file_parts_are_refused_by_name),
		cmocka_unit_test(tables_that_cannot_be_are_refused),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
