/* SPDX-License-Identifier: MIT */
/* How a boot ends that cannot go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "support_boot.h"
#include "support_image.h"
#include "support_shell.h"

static int set_up(void **state)
{
	(void)state;
	image_begin();
	return 0;
}

static void test_summary_reboot(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "on-failure reboot\n");
	image_entry("a", "elf /kernel com1=115200\n");
	boot();
	assert_stopped(STOP_REBOOT);
	assert_console_has(fake, "mkboot: rebooting in 10 seconds, or at once after a key\n");
	assert_console_has(fake, "mkboot: hint: the whole line is the path of the kernel");
	assert_int_equal(fake->waited_ms, 10000);
}

static void test_summary_halt(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "on-failure halt\n");
	image_entry("a", "elf /gone\n");
	boot();
	assert_stopped(STOP_HALT);
	assert_string_equal(strstr(fake->console_bytes, "mkboot: halted"), "mkboot: halted\n");
	assert_int_equal(fake->waited_ms, 0);
}

/* Who has read the messages need not wait. */
static void test_key_ends_the_pause(void **state)
{
	static const int keys[] = { 'x', 0 };

	(void)state;
	image_entry("a", "elf /gone\n");
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	fake->keys = keys;
	boot_run(&fake->platform);
	assert_stopped(STOP_FIRMWARE);
	assert_int_equal(fake->waited_ms, 0);
}

static void test_no_disk(void **state)
{
	(void)state;
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	fake->no_disk = true;
	boot_run(&fake->platform);
	assert_stopped(STOP_FIRMWARE);
	assert_said("mkboot: error: cannot find the boot disk: the firmware does not say which disk it is\n"
		    "mkboot: going back to the firmware in 10 seconds, or at once after a key\n");
}

static void test_empty_disk(void **state)
{
	(void)state;
	shell_run("rm -f disk.img && truncate -s 1M disk.img");
	fake = fake_platform_new("disk.img");
	boot_run(&fake->platform);
	assert_stopped(STOP_FIRMWARE);
	assert_console_has(fake, "mkboot: error: cannot open the boot disk: ");
	assert_console_has(fake, "mkboot: hint: ");
}

#define flow_test(function) cmocka_unit_test_setup_teardown(function, set_up, end_boot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow_test(test_summary_reboot), flow_test(test_summary_halt), flow_test(test_key_ends_the_pause),
		flow_test(test_no_disk),        flow_test(test_empty_disk),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
