/* SPDX-License-Identifier: MIT */
/* The parser of loader.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/config/config_lines.h"
#include "core/config/loader_conf.h"
#include "support_notices.h"

static uint8_t memory[16 * 1024];
static struct arena arena;
static struct notices notices;
static struct loader_conf conf;
static struct err err;

static void parse_bytes(const char *text, size_t bytes)
{
	arena_init(&arena, memory, sizeof memory);
	notices_init(&notices);
	memset(&conf, 0xff, sizeof conf);
	assert_int_equal(loader_conf_parse(span_of(text, bytes), &arena, &notices.listener, &conf, &err), OK);
}

static void parse(const char *text)
{
	parse_bytes(text, strlen(text));
}

static void test_defaults(void **state)
{
	(void)state;
	parse("");
	assert_string_equal(conf.default_pattern, "");
	assert_int_equal(conf.timeout_seconds, 0);
	assert_int_equal(conf.on_failure, FAILURE_FIRMWARE);
}

static void test_all_keys(void **state)
{
	(void)state;
	parse("\xef\xbb\xbf# comment\r\ndefault\txen*  \r\ntimeout 5\r\n\r\non-failure reboot");
	assert_string_equal(conf.default_pattern, "xen*");
	assert_int_equal(conf.timeout_seconds, 5);
	assert_int_equal(conf.on_failure, FAILURE_REBOOT);
	assert_string_equal(notices.data, "");
	parse("on-failure reboot\non-failure halt\ntimeout 1\ntimeout 2\n");
	assert_int_equal(conf.on_failure, FAILURE_HALT);
	assert_int_equal(conf.timeout_seconds, 2);
	parse("on-failure halt\non-failure firmware\n");
	assert_int_equal(conf.on_failure, FAILURE_FIRMWARE);
	assert_string_equal(notices.data, "");
}

static void test_timeouts(void **state)
{
	(void)state;
	parse("timeout menu-force\n");
	assert_int_equal(conf.timeout_seconds, TIMEOUT_MAX_SECONDS);
	parse("timeout 3\ntimeout menu-hidden\n");
	assert_int_equal(conf.timeout_seconds, 0);
	parse("timeout 3\ntimeout menu-disabled\n");
	assert_int_equal(conf.timeout_seconds, 0);
	parse("timeout 86400\n");
	assert_int_equal(conf.timeout_seconds, 86400);
	assert_string_equal(notices.data, "");
	parse("timeout 86401\n");
	assert_int_equal(conf.timeout_seconds, TIMEOUT_MAX_SECONDS);
	assert_string_equal(notices.data, "1: timeout \"86401\": longer than a day; a day is used\n");
}

/* Bad values keep what was there before and are reported; nothing refuses the file. */
static void test_bad_values(void **state)
{
	(void)state;
	parse("timeout 7\ntimeout 5s\ntimeout -1\ntimeout\ntimeout 99999999999999999999999\n"
	      "on-failure halt\non-failure explode\ndefualt xen\n");
	assert_int_equal(conf.timeout_seconds, 7);
	assert_int_equal(conf.on_failure, FAILURE_HALT);
	assert_string_equal(notices.data, "2: timeout \"5s\": not a number of seconds\n"
					  "3: timeout \"-1\": not a number of seconds\n"
					  "4: timeout \"\": not a number of seconds\n"
					  "5: timeout \"99999999999999999999999\": not a number of seconds\n"
					  "7: on-failure \"explode\": its values are firmware, reboot and halt\n"
					  "8: unknown key \"defualt\": did you mean \"default\"?\n");
}

static void test_keys_of_others(void **state)
{
	(void)state;
	parse("console-mode max\neditor no\nauto-entries 1\nrandom-seed-mode off\ndefault @saved\n");
	assert_string_equal(notices.data, "");
	assert_int_equal(notices.not_used, 5);
	assert_string_equal(conf.default_pattern, "");
}

static void test_bad_lines(void **state)
{
	static char text[CONFIG_FILE_MAX + 1];

	(void)state;
	parse_bytes("timeout 1\0\ntimeout 2\n", 21);
	assert_int_equal(conf.timeout_seconds, 2);
	assert_string_equal(notices.data, "1: NUL bytes where text should be; the line is not used\n");

	memset(text, 'x', sizeof text);
	parse_bytes(text, CONFIG_FILE_MAX);
	assert_string_equal(notices.data, "1: the line is longer than 4096 bytes; the line is not used\n");
	assert_int_equal(loader_conf_parse(span_of(text, sizeof text), &arena, NULL, &conf, &err), ERR_TOO_BIG);
}

static void test_allocation_fault(void **state)
{
	static const char text[] = "timeout 3\ndefault x\n";

	(void)state;
	arena_init(&arena, memory, sizeof memory);
	loader_conf_defaults(&conf);
	arena.fail_at = 1;
	assert_int_equal(loader_conf_parse(span_of(text, sizeof text - 1), &arena, NULL, &conf, &err), ERR_NO_MEMORY);
	assert_string_equal(trail_text(&err), "2: the loader's own memory is used up");
	assert_int_equal(conf.timeout_seconds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),         cmocka_unit_test(test_all_keys),       cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_bad_values),       cmocka_unit_test(test_keys_of_others), cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_allocation_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
