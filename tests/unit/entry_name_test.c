/* SPDX-License-Identifier: MIT */
/* Names of entries: boot counters, the order that they give, and the patterns that mean them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/config/entry.h"
#include "core/config/entry_name.h"

static char text[16][300];

static struct entry_name parse(unsigned slot, const char *file)
{
	struct entry_name name;

	memset(&name, 0, sizeof name);
	if (!entry_name_parse(file, text[slot], &name))
		fail_msg("%s is the name of an entry", file);
	return name;
}

static void counters(void **state)
{
	static const struct {
		const char *file, *id, *suffix;
		bool counted;
		unsigned left, done;
	} cases[] = {
		{ "sys.conf", "sys", ".conf", false, 0, 0 },
		{ "sys+3.conf", "sys", "+3.conf", true, 3, 0 },
		{ "sys+3-1.conf", "sys", "+3-1.conf", true, 3, 1 },
		{ "sys+0-3.CONF", "sys", "+0-3.CONF", true, 0, 3 },
		{ "sys+02-00.conf", "sys", "+02-00.conf", true, 2, 0 },
		{ "a+1+2.conf", "a+1", "+2.conf", true, 2, 0 },
		{ "sys+2147483647.conf", "sys", "+2147483647.conf", true, 2147483647, 0 },
		/* No counters. */
		{ "sys+2147483648.conf", "sys+2147483648", ".conf", false, 0, 0 },
		{ "sys+3-99999999999999999999.conf", "sys+3-99999999999999999999", ".conf", false, 0, 0 },
		{ "sys+.conf", "sys+", ".conf", false, 0, 0 },
		{ "sys+3-.conf", "sys+3-", ".conf", false, 0, 0 },
		{ "sys+3-1-2.conf", "sys+3-1-2", ".conf", false, 0, 0 },
		{ "sys+3a.conf", "sys+3a", ".conf", false, 0, 0 },
		{ "sys+3.old.conf", "sys+3.old", ".conf", false, 0, 0 },
		{ "sys+-1.conf", "sys+-1", ".conf", false, 0, 0 },
		{ "gcc+x+3b.conf", "gcc+x+3b", ".conf", false, 0, 0 },
		{ "+3.conf", "+3", ".conf", false, 0, 0 }, /* the counter of nothing */
		{ "x.conf.conf", "x.conf", ".conf", false, 0, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct entry_name name = parse(0, cases[i].file);

		assert_string_equal(name.id, cases[i].id);
		assert_string_equal(name.suffix, cases[i].suffix);
		assert_int_equal(name.counted, cases[i].counted);
		assert_int_equal(name.tries_left, cases[i].left);
		assert_int_equal(name.tries_done, cases[i].done);
		assert_int_equal(entry_name_is_bad(&name), cases[i].counted && cases[i].left == 0);
	}
}

static void files_that_are_no_entries(void **state)
{
	static const char *const files[] = { "",           ".conf", ".x.conf",        "x",         "x.conf~", "x.con",
					     "x.conf.bak", "xconf", "x.conf.rpmsave", "readme.txt" };

	(void)state;
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
		assert_false(entry_name_is_entry(files[i]));
	assert_true(entry_name_is_entry("x.CoNf"));
}

/* UAPI.1 "Sorting" and "Boot counting"; for equal ids as systemd-boot does it. */
static void order(void **state)
{
	static const char *const files[] = {
		"b-6.10+1-2.conf", "b-6.9.conf", "a+3.conf", "a+2.conf", "a+2-1.conf", "a+1.conf", "z+0-3.conf", "y+0.conf",
	};
	enum { COUNT = sizeof files / sizeof *files };
	struct entry_name names[COUNT];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		names[i] = parse(i, files[i]);
	for (unsigned i = 0; i < COUNT; i++) {
		for (unsigned j = 0; j < COUNT; j++) {
			int seen = entry_name_compare(&names[i], &names[j]);

			if ((seen > 0) - (seen < 0) != (i > j) - (i < j))
				fail_msg("%s against %s: %d", files[i], files[j], seen);
		}
	}
}

/* An entry that was given up comes after all others, whatever its sort key. */
static void bad_entries_are_last(void **state)
{
	struct entry good = { .name = parse(0, "a.conf"), .sort_key = "", .machine_id = "", .version = "1" };
	struct entry bad = { .name = parse(1, "z+0-3.conf"), .sort_key = "a", .machine_id = "", .version = "9" };

	(void)state;
	assert_true(entry_compare(&good, &bad) < 0);
	assert_true(entry_compare(&bad, &good) > 0);
	bad.name.tries_left = 1;
	assert_true(entry_compare(&good, &bad) > 0);
}

static void patterns(void **state)
{
	static const struct {
		const char *written, *copied;
		bool matches; /* "sys+2-1.conf" */
	} cases[] = {
		{ "sys", "sys", true },
		{ "sys.conf", "sys.conf", true },
		{ "SYS.CONF", "SYS.CONF", true },
		{ "sys+3.conf", "sys.conf", true }, /* counted since */
		{ "sys+3-1", "sys", true },
		{ "sys+2-1.conf", "sys.conf", true },
		{ "sy*", "sy*", true },
		{ "sys+*", "sys+*", true },
		{ "sys+[2-3]-1.conf", "sys+[2-3]-1.conf", true },
		{ "*.conf", "*.conf", true },
		{ "/loader/entries/sys.conf", "sys.conf", true },
		{ "loader//entries/sys", "sys", true },
		{ "\\Loader\\Entries\\sys.conf", "sys.conf", true },
		{ "/sys.conf", "sys.conf", true },
		{ "\\sys", "sys", true },
		{ "/loader/entries/../sys", "/loader/entries/../sys", false },
		{ "/boot/sys", "/boot/sys", false },
		{ "sy", "sy", false },
		{ "ssys", "ssys", false },
		{ "sys-2", "sys-2", false },
		{ "sys.con", "sys.con", false },
		{ "+3", "+3", false },
		{ ".conf", ".conf", false },
		{ "", "", false },
	};
	struct entry_name name = parse(0, "sys+2-1.conf");
	static uint8_t memory[1024];
	struct arena arena;
	struct err err;
	const char *pattern;

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		arena_init(&arena, memory, sizeof memory);
		assert_int_equal(entry_pattern_copy(span_of(cases[i].written, strlen(cases[i].written)), &arena, &pattern, &err), OK);
		assert_string_equal(pattern, cases[i].copied);
		if (entry_name_matches(&name, pattern) != cases[i].matches)
			fail_msg("%s", cases[i].written);
	}
	for (unsigned fault = 1; fault <= 2; fault++) {
		arena_init(&arena, memory, sizeof memory);
		arena.fail_at = fault;
		assert_int_equal(entry_pattern_copy(span_of("/sys", 4), &arena, &pattern, &err), ERR_NO_MEMORY);
	}
}

/* A name of the greatest length has no room for another suffix, which it then does not match. */
static void long_names(void **state)
{
	char file[256];
	struct entry_name name;

	(void)state;
	memset(file, 'x', sizeof file);
	strcpy(file + 250, ".conf");
	name = parse(0, file);
	assert_int_equal(strlen(name.id), 250);
	assert_true(entry_name_matches(&name, "x*x.conf"));
	assert_false(entry_name_matches(&name, "y*"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters), cmocka_unit_test(files_that_are_no_entries),
		cmocka_unit_test(order),    cmocka_unit_test(bad_entries_are_last),
		cmocka_unit_test(patterns), cmocka_unit_test(long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
