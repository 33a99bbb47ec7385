/* SPDX-License-Identifier: MIT */
/* Text for people: what untrusted text may do to a terminal, columns, names in trails, words that were meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/code_page.h"
#include "core/base/nearest_word.h"
#include "core/base/print.h"
#include "core/base/status.h"
#include "core/base/utf8.h"

static char data[256];
static struct text_buffer buffer;

static const char *untrusted(const char *text)
{
	text_buffer_init(&buffer, data, sizeof data);
	print_untrusted(&buffer.sink, text);
	return data;
}

static const char *cut(const char *text, unsigned columns)
{
	text_buffer_init(&buffer, data, sizeof data);
	print_untrusted_cut(&buffer.sink, text, columns);
	return data;
}

static void characters_stay(void **state)
{
	static const char *const texts[] = {
		"", "plain ASCII ~", "caf\u00e9", "\ud55c\uad6d\uc5b4", "\u05e9\u05dc\u05d5\u05dd", "\u2588\u2591", "\U0001f427", "e\u0301",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_string_equal(untrusted(texts[i]), texts[i]);
}

/* One '?' for each character that must not reach a terminal, and for each byte that is none. */
static void what_moves_a_terminal_does_not(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "\033[2J\x07", "?[2J?" },
		{ "a\tb\rc\nd\x7f", "a?b?c?d?" },
		{ "\xc2\x9b"
		  "2J",
		  "?2J" },                                /* CSI in one character */
		{ "\x9b", "?" },                          /* and in one byte */
		{ "\u202ecod\u202c", "?cod?" },           /* right to left */
		{ "\u2066a\u2069\u200f\u061c", "?a???" }, /* isolates and marks */
		{ "a\u2028b\u2029", "a?b?" },             /* ends of lines */
		{ "\xff\xfe", "??" },                     //
		{ "\xed\x95", "??" },                     /* cut off */
		{ "\xed\x95x", "??x" },                   //
		{ "\xc0\xaf", "??" },                     /* '/' in too many bytes */
		{ "\xe0\x80\xaf", "???" },                //
		{ "\xed\xa0\x80", "???" },                /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" },           /* above U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", "?????" },      //
		{ "\U000e0041", "?" },                    /* a tag */
		{ "\ufeff\xed\x95\x9c", "?\ud55c" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(untrusted(cases[i].text), cases[i].shown);
}

static void columns_are_not_bytes(void **state)
{
	(void)state;
	assert_string_equal(cut("\ud55c\uad6d\uc5b4", 6), "\ud55c\uad6d\uc5b4");
	assert_string_equal(cut("\ud55c\uad6d\uc5b4", 5), "\ud55c...");
	assert_string_equal(cut("\ud55c\uad6d\uc5b4", 4), "...");
	assert_string_equal(cut("caf\u00e9s", 5), "caf\u00e9s");
	assert_string_equal(cut("caf\u00e9s au lait", 7), "caf\u00e9...");
	assert_string_equal(cut("\u202e\u202e\u202e\u202e\u202e", 4), "?...");
	/* Four bytes a column are enough: what takes no column comes to an end. */
	assert_string_equal(cut("\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301", 4), "\u0301\u0301...");
	assert_string_equal(cut("abcd", 4), "abcd");
	assert_string_equal(cut("abcde", 4), "a...");
	text_buffer_init(&buffer, data, sizeof data);
	print(&buffer.sink, "[%-6s][%6s][%-3s]", "\ud55c\uad6d", "caf\u00e9", "\ud55c\uad6d");
	assert_string_equal(data, "[\ud55c\uad6d  ][  caf\u00e9][\ud55c\uad6d]");
	assert_int_equal(utf8_text_columns("\ud55c\xff e\u0301", 8), 5);
	assert_int_equal(utf8_columns(0x200B), 0);
}

/* A buffer that is full has whole characters, and nothing of what follows. */
static void a_full_buffer(void **state)
{
	(void)state;
	for (size_t room = 1; room < 8; room++) {
		text_buffer_init(&buffer, data, room + 1);
		print(&buffer.sink, "%s", "\ud55c\uad6d\uc5b4");
		print(&buffer.sink, "x");
		assert_int_equal(buffer.length, room / 3 * 3);
		assert_int_equal(strlen(data), buffer.length);
		assert_true(buffer.truncated);
	}
}

static void the_text_screen(void **state)
{
	static const struct {
		uint32_t code;
		uint8_t glyph;
	} cases[] = {
		{ 'A', 'A' },     { ' ', ' ' },     { '~', '~' },     { 0xE9, 0x82 },  { 0xFC, 0x81 },      { 0xA0, 0xFF },
		{ 0x2588, 0xDB }, { 0x2551, 0xBA }, { 0x03B1, 0xE0 }, { 0xC7, 0x80 },  { 0xD55C, 0 },       { 0x00C3, 0 },
		{ 0x7F, 0 },      { '\n', 0 },      { 0x80, 0 },      { 0x10FFFF, 0 }, { UTF8_INVALID, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(code_page_437(cases[i].code), cases[i].glyph);
}

static const char *trail(const struct err *err)
{
	text_buffer_init(&buffer, data, sizeof data);
	err_print(&buffer.sink, err);
	return data;
}

static void names_come_once(void **state)
{
	char other[] = "/x";
	struct err err;

	(void)state;
	(void)err_set(&err, ERR_CORRUPT, "{s} is damaged", "/x", 0, 0);
	assert_string_equal(trail(&err), "/x is damaged");
	(void)err_add(&err, "kernel {s}", other, 0, 0);
	assert_string_equal(trail(&err), "kernel /x is damaged");

	(void)err_set(&err, ERR_CORRUPT, "{s}: {a} sections", "/x", 3, 0);
	(void)err_add(&err, "kernel {s}", "/x", 0, 0);
	assert_string_equal(trail(&err), "kernel /x: 3 sections");

	(void)err_set(&err, ERR_CORRUPT, "the chain of {s} has a loop", "/x", 0, 0);
	(void)err_add(&err, "cannot read {s} at offset {a:x}", "/x", 16, 0);
	(void)err_add(&err, "module {s}", "/x", 0, 0);
	assert_string_equal(trail(&err), "module /x: cannot read the file at offset 0x10: the chain of the file has a loop");

	/* Other files, and things that are no files, keep their names. A sentence does not run on. */
	(void)err_set(&err, ERR_CORRUPT, "{s} is damaged", "/y", 0, 0);
	(void)err_add(&err, "kernel {s}", "/x", 0, 0);
	assert_string_equal(trail(&err), "kernel /x: /y is damaged");
	(void)err_set(&err, ERR_IO, "{s} has {a} blocks", "disk 0", 5, 0);
	(void)err_add(&err, "cannot read {s}", "disk 0", 0, 0);
	assert_string_equal(trail(&err), "cannot read disk 0: disk 0 has 5 blocks");
	(void)err_set(&err, ERR_IO, "no subject here", NULL, 0, 0);
	(void)err_add(&err, "kernel {s}", "/x", 0, 0);
	assert_string_equal(trail(&err), "kernel /x: no subject here");
}

static void lines_of_trails(void **state)
{
	struct err err;

	(void)state;
	(void)err_set(&err, ERR_CORRUPT, "bad", NULL, 0, 0);
	assert_int_equal(err.line, 0);
	assert_int_equal(err_line(&err, 7), ERR_CORRUPT);
	(void)err_line(&err, 9);
	assert_int_equal(err.line, 7);
	(void)err_set(&err, ERR_CORRUPT, "new", NULL, 0, 0);
	assert_int_equal(err.line, 0);
}

static const char *meant(const char *word)
{
	static const char *const words[] = { "linux", "initrd", "options", "module", "multiboot", "multiboot2", "efi" };
	struct nearest_word nearest;

	nearest_word_start(&nearest, word, strlen(word));
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		nearest_word_offer(&nearest, words[i]);
	return nearest.best ? nearest.best : "";
}

static void did_you_mean(void **state)
{
	(void)state;
	assert_string_equal(meant("linx"), "linux");
	assert_string_equal(meant("LINUX"), "linux");
	assert_string_equal(meant("initramfs"), "");
	assert_string_equal(meant("optoins"), "options");
	assert_string_equal(meant("mulitboot2"), "multiboot2");
	assert_string_equal(meant("multibot"), "multiboot");
	assert_string_equal(meant("e"), "");
	assert_string_equal(meant("ef"), "efi");
	assert_string_equal(meant(""), "");
	assert_string_equal(meant("a-key-that-is-longer-than-all-words-are"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_stay),       cmocka_unit_test(what_moves_a_terminal_does_not),
		cmocka_unit_test(columns_are_not_bytes), cmocka_unit_test(a_full_buffer),
		cmocka_unit_test(the_text_screen),       cmocka_unit_test(names_come_once),
		cmocka_unit_test(lines_of_trails),       cmocka_unit_test(did_you_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
