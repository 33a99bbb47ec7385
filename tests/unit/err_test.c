/* SPDX-License-Identifier: MIT */
/* The trail of an error: frames on both sides, and what is lost when there are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/print.h"
#include "core/base/status.h"

static const char *text_of(const struct err *err)
{
	static char text[512];
	struct text_buffer buffer;

	text_buffer_init(&buffer, text, sizeof text);
	err_print(&buffer.sink, err);
	return text;
}

static void a_reason_comes_last(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, ERR_CORRUPT, "{s} is no kernel", "/a", 0, 0), ERR_CORRUPT);
	assert_int_equal(err_because(&err, "it is {s}, {a} of {b:x}", "a text", 1, 16), ERR_CORRUPT);
	assert_string_equal(text_of(&err), "/a is no kernel; it is a text, 1 of 0x10");
	assert_int_equal(err_add(&err, "kernel {s}", "/a", 0, 0), ERR_CORRUPT);
	assert_int_equal(err_because(&err, "so there", NULL, 0, 0), ERR_CORRUPT);
	assert_string_equal(text_of(&err), "kernel /a is no kernel; it is a text, 1 of 0x10: so there");
	assert_null(err.hint);
	err_hint(&err, "first");
	err_hint(&err, "second");
	assert_string_equal(err.hint, "first");
}

static void the_outermost_is_lost(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_IO, "1", NULL, 0, 0);
	for (unsigned i = 1; i < ERR_FRAMES; i++)
		err_add(&err, "{a}", NULL, i + 1, 0);
	assert_string_equal(text_of(&err), "6: 5: 4: 3: 2: 1");
	err_because(&err, "0", NULL, 0, 0);
	assert_string_equal(text_of(&err), "5: 4: 3: 2: 1: 0");
	err_add(&err, "9", NULL, 0, 0);
	assert_string_equal(text_of(&err), "9: 4: 3: 2: 1: 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reason_comes_last),
		cmocka_unit_test(the_outermost_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
