/* SPDX-License-Identifier: MIT */
/* The order of versions: the chain of the specification, and systemd-analyze as an oracle where it is installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/config/entry.h"

extern char **environ;

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/* UAPI.10, "Examples". */
static void test_chain(void **state)
{
	static const char *const chain[] = {
		"122.1", "123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1", "123^post1", "123.a-1", "123.1-1", "123a-1", "124-1",
	};
	size_t count = sizeof chain / sizeof *chain;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			int expected = (i > j) - (i < j);

			if (sign(version_compare(chain[i], chain[j])) != expected)
				fail_msg("%s against %s: not %d", chain[i], chain[j], expected);
		}
	}
}

static const struct {
	const char *a, *b;
	int order;
} pairs[] = {
	{ "11", "11", 0 },
	{ "systemd-123", "systemd-123", 0 },
	{ "bar-123", "foo-123", -1 },
	{ "123a", "123", 1 },
	{ "123.a", "123", 1 },
	{ "123.a", "123.b", -1 },
	{ "123a", "123.a", 1 },
	{ "11\xce\xb1", "11\xce\xb2", 0 },
	{ "A", "a", -1 },
	{ "", "0", -1 },
	{ "0.", "0", 1 },
	{ "0.0", "0", 1 },
	{ "0", "~", 1 },
	{ "", "~", 1 },
	{ "1_", "1", 0 },
	{ "_1", "1", 0 },
	{ "1_", "1.2", -1 },
	{ "1_2_3", "1.3.3", 1 },
	{ "1+", "1", 0 },
	{ "+1", "1", 0 },
	{ "1+", "1.2", -1 },
	{ "1+2+3", "1.3.3", 1 },
	{ "007", "7", 0 },
	{ "6.9", "6.10", -1 },
	{ "99999999999999999999999", "100000000000000000000000", -1 },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (sign(version_compare(pairs[i].a, pairs[i].b)) != pairs[i].order ||
		    sign(version_compare(pairs[i].b, pairs[i].a)) != -pairs[i].order)
			fail_msg("%s against %s: not %d", pairs[i].a, pairs[i].b, pairs[i].order);
	}
}

/* Exit status 11: a is newer, 12: b is newer, 0: equal. False if the program is not there. */
static bool oracle(const char *a, const char *b, int *order)
{
	char *const arguments[] = { (char *)"systemd-analyze", (char *)"compare-versions", (char *)a, (char *)b, NULL };
	posix_spawn_file_actions_t quiet;
	int status, spawned;
	pid_t child;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1 /* O_WRONLY */, 0);
	spawned = posix_spawnp(&child, arguments[0], &quiet, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (spawned != 0)
		return false;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	switch (WEXITSTATUS(status)) {
	case 0:
		*order = 0;
		return true;
	case 11:
		*order = 1;
		return true;
	case 12:
		*order = -1;
		return true;
	default:
		return false;
	}
}

static void random_version(char *text)
{
	static const char alphabet[] = "0019abAZ.-~^_";
	int length = 1 + rand() % 7;

	text[0] = alphabet[rand() % 9]; /* not a '-', which the oracle would take for an option */
	for (int i = 1; i < length; i++)
		text[i] = alphabet[rand() % (int)(sizeof alphabet - 1)];
	text[length] = '\0';
}

static void test_oracle(void **state)
{
	int order;

	(void)state;
	if (!oracle("1", "2", &order)) {
		print_message("systemd-analyze is not installed: not compared\n");
		skip();
	}
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (oracle(pairs[i].a, pairs[i].b, &order))
			assert_int_equal(pairs[i].order, order);
	}
	srand(10);
	for (int i = 0; i < 150; i++) {
		char a[8], b[8];

		random_version(a);
		random_version(b);
		assert_true(oracle(a, b, &order));
		if (sign(version_compare(a, b)) != order)
			fail_msg("%s against %s: systemd says %d", a, b, order);
	}
}

static struct entry make_entry(const char *id, const char *sort_key, const char *machine_id, const char *version)
{
	return (struct entry){ .name.id = id, .sort_key = sort_key, .machine_id = machine_id, .version = version };
}

/* UAPI.1 "Sorting", in the order of the menu. */
static void test_menu_order(void **state)
{
	const struct entry order[] = {
		make_entry("z1", "alpha", "", "1"),
		make_entry("m1", "debian", "", "9"),
		make_entry("m2", "debian", "aaaa", "6.10"),
		make_entry("m3", "debian", "aaaa", "6.9"),
		make_entry("m3-2", "debian", "bbbb", "7"),
		make_entry("m3-1", "debian", "bbbb", "7"),
		make_entry("b-6.10", "", "", "1"),
		make_entry("b-6.9", "", "zzzz", "2"),
		make_entry("a-7", "", "", ""),
	};
	int count = (int)(sizeof order / sizeof *order);

	(void)state;
	for (int i = 0; i < count; i++) {
		for (int j = 0; j < count; j++) {
			if (sign(entry_compare(&order[i], &order[j])) != sign(i - j))
				fail_msg("%s against %s", order[i].name.id, order[j].name.id);
		}
	}
}

static void test_glob(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "xen", "xen", true },
		{ "XEN", "xen", true },
		{ "xen", "xen2", false },
		{ "xen2", "xen", false },
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "debian-*-amd64", "debian-6.1-amd64", true },
		{ "debian-*-amd64", "debian-6.1-i386", false },
		{ "*a*b*c", "xxaxxbxxbxc", true },
		{ "*a*b*c", "xxaxxbxxbx", false },
		{ "?en", "xen", true },
		{ "?en", "en", false },
		{ "xen-[0-9]", "xen-4", true },
		{ "xen-[0-9]", "xen-a", false },
		{ "xen-[!0-9]", "xen-a", true },
		{ "xen-[!0-9]", "xen-4", false },
		{ "xen-[!0-9]", "xen-", false },
		{ "[A-C]x", "bX", true },
		{ "[]]", "]", true },
		{ "[a-]", "-", true },
		{ "[ab", "[ab", true },
		{ "[ab", "a", false },
		{ "a*[", "ab[", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (glob_match(cases[i].pattern, cases[i].text) != cases[i].matches)
			fail_msg("pattern %s, text %s", cases[i].pattern, cases[i].text);
	}
}

/* Backtracking over many stars would take longer than the age of the disk. */
static void test_glob_is_bounded(void **state)
{
	char pattern[2048], text[4096];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof pattern; i += 2)
		memcpy(pattern + i, "*a", 3);
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_true(glob_match(pattern, text));
	text[sizeof text - 2] = 'b';
	assert_false(glob_match(pattern, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),      cmocka_unit_test(test_pairs), cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_menu_order), cmocka_unit_test(test_glob),  cmocka_unit_test(test_glob_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
