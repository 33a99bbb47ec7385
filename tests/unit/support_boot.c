/* SPDX-License-Identifier: MIT */
/* Booting on the fake platform. */
#include "support_boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/flow.h"
#include "support_image.h"

struct fake_platform *fake;

void boot(void)
{
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	boot_run(&fake->platform);
}

void assert_started(const char *kernel)
{
	if (fake->jumps != 1)
		fail_msg("not started; said: %s", fake->console_bytes);
	assert_int_equal(fake->stops, 0);
	assert_null(fake->wrong);
	assert_string_equal(fake->kernel, kernel);
}

void assert_stopped(enum stop_action action)
{
	assert_int_equal(fake->jumps, 0);
	assert_int_equal(fake->stops, 1);
	assert_int_equal(fake->stop_action, action);
}

void assert_said(const char *expected)
{
	assert_string_equal(fake->console_bytes, expected);
}

int end_boot(void **state)
{
	(void)state;
	if (fake)
		fake_platform_free(fake);
	fake = NULL;
	return 0;
}
