/* SPDX-License-Identifier: MIT */
/* The menu: keys, the countdown, and what is on the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"
#include "flow/flow.h"
#include "support_platform.h"
#include "support_shell.h"

enum { ENTRIES = 40, COLUMNS = 80 };

static struct fake_platform *fake;
static struct menu_entry entries[ENTRIES];
static char titles[ENTRIES][100];
static struct configuration configuration;

static int enter(void **state)
{
	(void)state;
	shell_enter();
	shell_run("truncate -s 4096 disk.img");
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	fake = fake_platform_new("disk.img");
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(titles[i], sizeof titles[i], "Title %d \033 that is far too long for one line of a screen with 80 columns", i + 1);
		entries[i].entry = (struct entry){ .name.id = "an-id-that-is-also-rather-long-for-a-line", .title = titles[i] };
	}
	configuration = (struct configuration){ .count = 3, .entry = entries, .chosen = 1, .loader.timeout_seconds = 5 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_platform_free(fake);
	return 0;
}

static unsigned run(const int *keys)
{
	fake->keys = keys;
	return menu_run(&fake->platform, &configuration);
}

/* A screen of 80 columns never wraps, and nothing but printable characters, CR and LF is sent. */
static void assert_plain(void)
{
	unsigned column = 0;

	for (const char *at = fake->console_bytes; *at != '\0'; at++) {
		assert_true(*at == '\r' || *at == '\n' || (*at >= 0x20 && *at < 0x7f));
		column = *at == '\r' || *at == '\n' ? 0 : column + 1;
		assert_true(column < COLUMNS);
	}
	assert_false(fake->console.truncated);
}

static void test_no_menu(void **state)
{
	(void)state;
	configuration.loader.timeout_seconds = 0;
	assert_int_equal(run((const int[]){ KEY_DOWN, KEY_ENTER, 0 }), 1);
	assert_string_equal(fake->console_bytes, "");
}

static void test_timeout(void **state)
{
	(void)state;
	assert_int_equal(run(NULL), 1);
	assert_int_equal(fake->waited_ms, 5000);
	assert_non_null(strstr(fake->console_bytes, "\n   1  Title 1 ? that"));
	assert_non_null(strstr(fake->console_bytes, "\n*  2  Title 2 ? that is far too long for one ...  an-id-that-is-also-rather...\n"));
	assert_non_null(strstr(fake->console_bytes, "starts in 5 s; any key stops"));
	assert_non_null(strstr(fake->console_bytes, "starts in 1 s; any key stops"));
	assert_plain();
}

static void test_arrows(void **state)
{
	(void)state;
	assert_int_equal(run((const int[]){ KEY_DOWN, KEY_ENTER, 0 }), 2);
	assert_int_equal(run((const int[]){ KEY_UP, '\n', 0 }), 0);
	assert_int_equal(run((const int[]){ KEY_UP, KEY_UP, KEY_ENTER, 0 }), 2);
	assert_int_equal(run((const int[]){ KEY_DOWN, KEY_DOWN, KEY_ENTER, 0 }), 0);
	assert_int_equal(run((const int[]){ KEY_ENTER, 0 }), 1);
	assert_plain();
}

static void test_escape(void **state)
{
	(void)state;
	assert_int_equal(run((const int[]){ KEY_DOWN, KEY_ESCAPE, KEY_UP, KEY_ENTER, 0 }), 1);
}

static void test_digits(void **state)
{
	(void)state;
	assert_int_equal(run((const int[]){ '3', KEY_ENTER, 0 }), 2);
	assert_int_equal(run((const int[]){ '1', '3', KEY_ENTER, 0 }), 2); /* there is no 13 */
	assert_int_equal(run((const int[]){ '0', '9', KEY_ENTER, 0 }), 1);
	configuration.count = ENTRIES;
	assert_int_equal(run((const int[]){ '1', '3', KEY_ENTER, 0 }), 12);
	assert_int_equal(run((const int[]){ '4', '0', KEY_ENTER, 0 }), 39);
	assert_int_equal(run((const int[]){ '4', '1', KEY_ENTER, 0 }), 0);
	assert_int_equal(run((const int[]){ '1', KEY_UP, '2', KEY_ENTER, 0 }), 1);
}

/* Any key stops the countdown; but no machine waits for ever. */
static void test_idle(void **state)
{
	(void)state;
	fake->idle_calls = 4;
	assert_int_equal(run((const int[]){ 'x', KEY_DOWN, 0 }), 1);
	assert_int_equal(fake->waited_ms, (4 + MENU_IDLE_SECONDS) * 1000);
	fake->waited_ms = 0;
	configuration.loader.timeout_seconds = 1000;
	assert_int_equal(run((const int[]){ KEY_DOWN, 0 }), 1);
	assert_int_equal(fake->waited_ms, 1000 * 1000);
}

static void test_pages(void **state)
{
	(void)state;
	configuration.count = ENTRIES;
	assert_int_equal(run((const int[]){ KEY_ENTER, 0 }), 1);
	assert_non_null(strstr(fake->console_bytes, "entries 1 to 16 of 40"));
	assert_null(strstr(fake->console_bytes, "Title 17"));
	assert_int_equal(run((const int[]){ '1', '7', KEY_ENTER, 0 }), 16);
	assert_non_null(strstr(fake->console_bytes, "entries 17 to 32 of 40"));
	assert_int_equal(run((const int[]){ KEY_UP, KEY_UP, KEY_ENTER, 0 }), 39);
	assert_non_null(strstr(fake->console_bytes, "entries 33 to 40 of 40"));
	assert_plain();
}

/* Korean letters take two columns each, on a terminal as in the layout; no line is longer than the screen. */
static void test_wide_titles(void **state)
{
	const char *choice;
	char line[200];

	(void)state;
	entries[0].entry.title = "\ud55c\uad6d\uc5b4 \uc81c\ubaa9";
	entries[1].entry.title =
		"\ud55c\uad6d\uc5b4\ud55c\uad6d\uc5b4\ud55c\uad6d\uc5b4\ud55c\uad6d\uc5b4\ud55c\uad6d\uc5b4\ud55c\uad6d\uc5b4"
		"\ud55c\uad6d\uc5b4\ud55c\uad6d\uc5b4";
	entries[0].entry.name.id = entries[1].entry.name.id = "id";
	assert_int_equal(run((const int[]){ KEY_UP, KEY_ENTER, 0 }), 0);
	/* 11 columns of 42, and 2 between title and id. */
	snprintf(line, sizeof line, "\n   1  %s%*sid", entries[0].entry.title, 42 - 11 + 2, "");
	assert_non_null(strstr(fake->console_bytes, line));
	/* 19 letters and the mark are 41 columns of 42. */
	assert_non_null(strstr(fake->console_bytes, "\ud55c...   id"));
	assert_non_null(strstr(fake->console_bytes, "\ud55c...   starts in 5 s; any key stops"));
	choice = strrchr(fake->console_bytes, '\r');
	assert_non_null(choice);
	assert_int_equal(utf8_text_columns(choice + 1, strlen(choice + 1) - 1), COLUMNS - 1);
}

#define menu_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		menu_test(test_no_menu), menu_test(test_timeout), menu_test(test_arrows), menu_test(test_escape),
		menu_test(test_digits),  menu_test(test_idle),    menu_test(test_pages),  menu_test(test_wide_titles),
	};

	return cmocka_run_group_tests(tests, enter, shell_tear_down);
}
