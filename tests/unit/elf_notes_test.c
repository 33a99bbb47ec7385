/* SPDX-License-Identifier: MIT */
/* Notes of ELF files: both classes, both paddings, several segments, sections, every cut and every length, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/span.h"
#include "kernel-handoff/image/elf_notes.h"
#include "support_handoff.h"

enum { LOAD = 1, NOTE = 4, NOTES_BYTES = 0x200, FIRST = 0x1000, SECOND = 0x2000, TYPE = 18, ROOM = 16 };

static uint8_t image[ELF_IMAGE_MAX];
static struct bench_file file;
static struct arena arena;
static uint8_t arena_bytes[16384];
static struct elf elf;
static struct err err;
static uint8_t desc[ROOM];
static size_t desc_bytes;

/* Two segments of notes, at FIRST and SECOND in the file, and one of code between their headers. */
static const struct test_segment segments[] = {
	{ .type = NOTE, .flags = 4, .virt = 0x100000, .phys = 0x100000, .file_bytes = NOTES_BYTES, .bytes = NOTES_BYTES },
	{ .type = NOTE, .flags = 4, .virt = 0x101000, .phys = 0x101000, .file_bytes = NOTES_BYTES, .bytes = NOTES_BYTES },
	{ .type = LOAD, .flags = 5, .virt = 0x102000, .phys = 0x102000, .file_bytes = 16, .bytes = 16 },
};

static void set_header(bool is_64, unsigned segment, unsigned at_64, unsigned at_32, uint64_t value)
{
	uint8_t *header = image + (is_64 ? 64 + 56 * segment : 52 + 32 * segment);

	if (is_64)
		put_le64(header + at_64, value);
	else
		put_le32(header + at_32, (uint32_t)value);
}

/* The first segment's notes are padded to `align`; no note is there yet: both segments are empty. */
static void begin(bool is_64, uint64_t align)
{
	elf_make(image, is_64, 0x102000, segments, 3);
	memset(image + FIRST, 0, SECOND + NOTES_BYTES - FIRST);
	set_header(is_64, 0, 48, 28, align);
	for (unsigned i = 0; i < 2; i++)
		set_header(is_64, i, 32, 16, 0);
}

/* Adds a note at *at, without counting the padding behind it. */
static void add_note(size_t *at, size_t align, const char *owner, size_t owner_bytes, uint32_t type, const char *text)
{
	size_t bytes = strlen(text);

	*at = (*at + align - 1) & ~(align - 1);
	put_le32(image + *at, (uint32_t)owner_bytes);
	put_le32(image + *at + 4, (uint32_t)bytes);
	put_le32(image + *at + 8, type);
	memcpy(image + *at + 12, owner, owner_bytes);
	*at = (*at + 12 + owner_bytes + align - 1) & ~(align - 1);
	memcpy(image + *at, text, bytes);
	*at += bytes;
}

static enum status find(unsigned fail_at)
{
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	bench_file_init(&file, "/kernel", image, sizeof image);
	assert_ok(elf_open(&file.file, &arena, &elf, &err), &err);
	file.reads = 0;
	file.fail_at = fail_at;
	desc_bytes = 0x5555;
	memset(desc, 0x55, sizeof desc);
	return elf_note_find(&elf, "mkboot", TYPE, desc, sizeof desc, &desc_bytes, &err);
}

static void assert_found(const char *text)
{
	assert_ok(find(0), &err);
	assert_int_equal(desc_bytes, strlen(text));
	assert_memory_equal(desc, text, desc_bytes < ROOM ? desc_bytes : ROOM);
	for (size_t i = desc_bytes; i < ROOM; i++)
		assert_int_equal(desc[i], 0x55);
}

static void notes_of_both_classes_and_paddings_are_found(void **state)
{
	static const uint64_t aligns[] = { 0, 1, 4, 8, 4096 };

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof aligns / sizeof *aligns; i++) {
		bool is_64 = i % 2 == 1;
		size_t align = aligns[i / 2] == 8 ? 8 : 4, at = FIRST;

		begin(is_64, aligns[i / 2]);
		add_note(&at, align, "GNU", 4, TYPE, "another owner");
		add_note(&at, align, "mkboot", 7, TYPE + 1, "another type");
		add_note(&at, align, "mkbooT", 7, TYPE, "another case");
		add_note(&at, align, "mkboot", 6, TYPE, "without a NUL");
		add_note(&at, align, "mkboot\0", 8, TYPE, "longer");
		add_note(&at, align, "", 0, TYPE, "nobody's");
		add_note(&at, align, "mkboot", 7, TYPE, "the one");
		add_note(&at, align, "mkboot", 7, TYPE, "the second");
		set_header(is_64, 0, 32, 16, at - FIRST);
		assert_found("the one");
	}
}

static void all_segments_are_searched(void **state)
{
	size_t at = FIRST;

	(void)state;
	begin(true, 4);
	add_note(&at, 4, "GNU", 4, 1, "x");
	set_header(true, 0, 32, 16, at - FIRST + 7); /* what is left is less than a header */
	at = SECOND;
	add_note(&at, 4, "mkboot", 7, TYPE, "here");
	set_header(true, 1, 32, 16, at - SECOND);
	assert_found("here");
	put_le32(image + 64 + 56, LOAD); /* notes count in segments of notes only */
	assert_status(ERR_NOT_FOUND, find(0), &err);
}

static void a_long_descriptor_is_cut_and_its_length_told(void **state)
{
	size_t at = FIRST;

	(void)state;
	begin(true, 4);
	add_note(&at, 4, "mkboot", 7, TYPE, "more than sixteen bytes");
	set_header(true, 0, 32, 16, at - FIRST);
	assert_found("more than sixteen bytes");
}

static void no_note_is_not_found(void **state)
{
	size_t at = FIRST;

	(void)state;
	begin(true, 4);
	assert_status(ERR_NOT_FOUND, find(0), &err);
	assert_trail(&err, "no note of \"mkboot\" has the type 18");
	add_note(&at, 4, "mkboot", 7, TYPE, "");
	set_header(true, 0, 32, 16, at - FIRST - 1); /* the owner's padding is missing, and nothing follows it */
	assert_found("");
	set_header(true, 0, 32, 16, at - FIRST);
	assert_found("");
	set_header(true, 0, 32, 16, 11);
	assert_status(ERR_NOT_FOUND, find(0), &err);
	assert_int_equal(desc_bytes, 0x5555);
}

static void every_cut_is_found(void **state)
{
	size_t at = FIRST;

	(void)state;
	begin(true, 4);
	add_note(&at, 4, "GNU", 4, 1, "12345");
	add_note(&at, 4, "mkboot", 7, TYPE, "the one");
	for (size_t bytes = 0; bytes < at - FIRST; bytes++) {
		size_t second = 24, first_end = 16 + 5;
		bool between = bytes < 12 || (bytes >= first_end && bytes < second + 12);

		set_header(true, 0, 32, 16, bytes);
		assert_status(between ? ERR_NOT_FOUND : ERR_CORRUPT, find(0), &err);
		if (!between)
			assert_trail(&err, "the notes of program header 0 cannot be read: the note at offset");
	}
	set_header(true, 0, 32, 16, at - FIRST);
	assert_found("the one");
}

static void impossible_lengths_are_refused(void **state)
{
	static const struct {
		unsigned at;
		uint32_t value;
	} changes[] = { { 0, UINT32_MAX }, { 0, UINT32_MAX - 14 }, { 0, 0x201 }, { 4, UINT32_MAX }, { 4, UINT32_MAX - 3 }, { 4, 0x200 } };

	(void)state;
	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		size_t at = FIRST;

		begin(true, 4);
		add_note(&at, 4, "mkboot", 7, TYPE, "the one");
		set_header(true, 0, 32, 16, at - FIRST);
		put_le32(image + FIRST + changes[i].at, changes[i].value);
		assert_status(ERR_CORRUPT, find(0), &err);
	}
	set_header(true, 0, 8, 4, ELF_IMAGE_MAX - 4);
	assert_status(ERR_CORRUPT, find(0), &err);
	assert_trail(&err, "program header 0");
	set_header(true, 0, 8, 4, UINT64_MAX - 4);
	assert_status(ERR_CORRUPT, find(0), &err);
	assert_trail(&err, "cut off");
	set_header(true, 0, 32, 16, 0); /* nothing of it is nowhere */
	assert_status(ERR_NOT_FOUND, find(0), &err);
}

/* A linker aligns all notes to 8 when .note.gnu.property is among them; those of Xen are padded to 4 all the same. */
static void notes_beside_a_gnu_property_are_padded_to_4(void **state)
{
	static const char property[] = "\1\1\1\1\4\1\1\1\3\1\1\1\1\1\1\1";

	(void)state;
	for (unsigned property_first = 0; property_first < 2; property_first++) {
		size_t at = FIRST;

		begin(true, 8);
		if (property_first)
			add_note(&at, 8, "GNU", 4, 5, property);
		add_note(&at, 4, "Xen", 4, 3, "four");
		add_note(&at, 4, "Xen", 4, 8, "eight bytes");
		add_note(&at, 4, "mkboot", 7, TYPE, "the one");
		add_note(&at, 4, "Xen", 4, 18, "last");
		if (!property_first)
			add_note(&at, 8, "GNU", 4, 5, property);
		set_header(true, 0, 32, 16, at - FIRST);
		assert_found("the one");
		put_le32(image + FIRST + (property_first ? 32 : 0) + 8, 77); /* what follows is found as well */
		assert_found("the one");
	}
}

/* Whatever stands before or behind it, in its own segment and in others. */
static void damage_does_not_hide_a_note(void **state)
{
	static const uint32_t lengths[] = { 1, 0x1FF, 0x10000, UINT32_MAX - 3, UINT32_MAX };

	(void)state;
	for (unsigned i = 0; i < 4 * sizeof lengths / sizeof *lengths; i++) {
		size_t at = FIRST, before = FIRST, behind;

		begin(true, i % 4 < 2 ? 4 : 8);
		add_note(&at, 4, "GNU", 4, 1, "before");
		add_note(&at, 4, "mkboot", 7, TYPE, "the one");
		behind = (at + 3) & ~3u;
		add_note(&at, 4, "GNU", 4, 1, "behind");
		set_header(true, 0, 32, 16, at - FIRST);
		put_le32(image + before + 4 * (i % 2), lengths[i / 4]); /* of the owner, or of the descriptor */
		put_le32(image + behind + 4 * (i % 2), lengths[i / 4]);
		assert_found("the one");
		/* The segment is damaged, and the note is in the other. */
		memcpy(image + SECOND, image + FIRST, at - FIRST);
		memset(image + FIRST + 24, 0, 12);
		set_header(true, 1, 32, 16, at - FIRST);
		assert_found("the one");
	}
}

/* A note that leaves its segment is damage like any other: the next one counts. */
static void a_note_that_does_not_fit_gives_way(void **state)
{
	size_t at = FIRST;

	(void)state;
	begin(true, 4);
	add_note(&at, 4, "mkboot", 7, TYPE, "the bad one");
	add_note(&at, 4, "mkboot", 7, TYPE, "the one");
	put_le32(image + FIRST + 4, 0x1000);
	set_header(true, 0, 32, 16, at - FIRST);
	assert_found("the one");
}

/* The part of a segment that the file has is looked at. */
static void a_segment_that_leaves_the_file_is_searched(void **state)
{
	size_t at = FIRST;

	(void)state;
	begin(true, 4);
	add_note(&at, 4, "mkboot", 7, TYPE, "the one");
	set_header(true, 0, 32, 16, UINT32_MAX);
	assert_found("the one");
	put_le32(image + FIRST + 8, TYPE + 1);
	assert_status(ERR_CORRUPT, find(0), &err);
	assert_trail(&err, "cut off");
}

/* Xen looks into sections when no segment has notes. */
static void sections_of_notes_are_searched_last(void **state)
{
	size_t at = SECOND, table = 0x3000;

	(void)state;
	begin(true, 4);
	add_note(&at, 4, "mkboot", 7, TYPE, "in a section");
	put_le64(image + 40, table);
	put_le16(image + 58, 64);
	put_le16(image + 60, 3);
	put_le32(image + table + 64 + 4, 1); /* not of notes */
	put_le64(image + table + 64 + 24, SECOND);
	put_le64(image + table + 64 + 32, at - SECOND);
	assert_status(ERR_NOT_FOUND, find(0), &err);
	memcpy(image + table + 128, image + table + 64, 64);
	put_le32(image + table + 128 + 4, 7);
	assert_found("in a section");
	put_le64(image + table + 64 + 24, UINT64_MAX - 8); /* another one that cannot be is passed over */
	put_le32(image + table + 64 + 4, 7);
	assert_found("in a section");
	at = FIRST;
	add_note(&at, 4, "mkboot", 7, TYPE, "in a segment");
	set_header(true, 0, 32, 16, at - FIRST);
	assert_found("in a segment");
	put_le32(image + FIRST, UINT32_MAX); /* what is wrong with a segment is told if the sections have nothing */
	assert_found("in a section");
	put_le32(image + table + 128 + 4, 1);
	assert_status(ERR_CORRUPT, find(0), &err);
	assert_trail(&err, "program header 0");
}

static uint8_t large[2 * ELF_NOTES_BYTES_MAX];

static enum status find_in_large(void)
{
	memcpy(large, image, FIRST);
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	bench_file_init(&file, "/kernel", large, sizeof large);
	assert_ok(elf_open(&file.file, &arena, &elf, &err), &err);
	return elf_note_find(&elf, "mkboot", TYPE, desc, sizeof desc, &desc_bytes, &err);
}

static void the_work_is_bounded(void **state)
{
	size_t at = FIRST;

	(void)state;
	for (uint64_t align = 4; align <= 8; align += 4) {
		begin(true, align);
		set_header(true, 0, 32, 16, ELF_NOTES_BYTES_MAX);
		assert_status(ERR_NOT_FOUND, find_in_large(), &err);
		set_header(true, 0, 32, 16, ELF_NOTES_BYTES_MAX + 1);
		assert_status(ERR_TOO_BIG, find_in_large(), &err);
		/* Segments share the limit. */
		set_header(true, 0, 32, 16, ELF_NOTES_BYTES_MAX);
		set_header(true, 1, 32, 16, 12);
		assert_status(ERR_TOO_BIG, find_in_large(), &err);
	}
	begin(true, 4); /* what lies before the limit is found */
	add_note(&at, 4, "mkboot", 7, TYPE, "the one");
	memcpy(large + ELF_NOTES_BYTES_MAX, image + FIRST, at - FIRST);
	set_header(true, 0, 32, 16, sizeof large - FIRST);
	assert_ok(find_in_large(), &err);
	assert_memory_equal(desc, "the one", 7);
}

static void faults_are_reported(void **state)
{
	size_t at = FIRST;
	unsigned fail_at;

	(void)state;
	begin(true, 4);
	add_note(&at, 4, "mkboot", 7, TYPE, "the one");
	set_header(true, 0, 32, 16, at - FIRST);
	for (fail_at = 1; find(fail_at) != OK; fail_at++)
		assert_status(ERR_IO, err.code, &err);
	assert_int_equal(fail_at, 4); /* a program header, the notes, the descriptor */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_of_both_classes_and_paddings_are_found),
		cmocka_unit_test(all_segments_are_searched),
		cmocka_unit_test(a_long_descriptor_is_cut_and_its_length_told),
		cmocka_unit_test(no_note_is_not_found),
		cmocka_unit_test(every_cut_is_found),
		cmocka_unit_test(impossible_lengths_are_refused),
		cmocka_unit_test(notes_beside_a_gnu_property_are_padded_to_4),
		cmocka_unit_test(damage_does_not_hide_a_note),
		cmocka_unit_test(a_note_that_does_not_fit_gives_way),
		cmocka_unit_test(a_segment_that_leaves_the_file_is_searched),
		cmocka_unit_test(sections_of_notes_are_searched_last),
		cmocka_unit_test(the_work_is_bounded),
		cmocka_unit_test(faults_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
