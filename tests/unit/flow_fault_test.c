/* SPDX-License-Identifier: MIT */
/* Fault loops over a whole boot: the N-th read or allocation fails, N = 1 until nothing fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "flow/flow.h"
#include "support_image.h"
#include "support_platform.h"
#include "support_shell.h"

enum { FAULTS_MAX = 2000 };

static int enter(void **state)
{
	(void)state;
	shell_enter();
	image_begin();
	image_kernel("wide", 1);
	shell_run("gzip -c root/wide > root/wide.gz && head -c 100000 /dev/urandom > root/initrd.gz");
	/* Enough in between that the parts of the boot are not neighbours in the disk cache. */
	shell_run("for i in $(seq 30); do head -c 9000 /dev/zero > root/loader/entries/$i.txt; done");
	shell_run("for i in $(seq 30); do printf 'elf /wide\\nmodule /initrd.gz\\n' > root/loader/entries/$i.conf; done");
	image_text("loader/loader.conf", "default c\n");
	image_entry("a", "elf /wide\nmodule /initrd.gz\n");
	image_entry("b", "multiboot2 /gone\n");
	image_entry("c", "multiboot2 /wide.gz\noptions x\nmodule /initrd.gz y\n");
	image_make("disk.img");
	return 0;
}

/* Whatever failed: a kernel was started and everything is in its place, or the machine stopped and said why. */
static void assert_sound(const struct fake_platform *fake)
{
	if (fake->jumps == 0) {
		assert_int_equal(fake->stops, 1);
		/* Entries that do not fit are a note, even if it is all of them. */
		assert_true(strstr(fake->console_bytes, "mkboot: error: ") || strstr(fake->console_bytes, "mkboot: note: "));
		assert_non_null(strstr(fake->console_bytes, "mkboot: going back to the firmware in "));
		return;
	}
	assert_int_equal(fake->jumps, 1);
	assert_int_equal(fake->stops, 0);
	if (fake->wrong)
		fail_msg("%s; said: %s", fake->wrong, fake->console_bytes);
	/* Nothing may be missing: each of the good entries has a module. */
	for (unsigned i = 0; i < fake->plan.count; i++) {
		if (fake->plan.place[i].kind == PLACE_MODULE)
			return;
	}
	fail_msg("started without its module");
}

/* One bad read: a second try helps, so the chosen entry is started as if nothing had been. */
static void test_one_read_fails(void **state)
{
	unsigned fault = 0;
	bool reached = true;

	(void)state;
	while (reached) {
		struct fake_platform *fake = fake_platform_new("disk.img");

		fake->disk.fail_at = ++fault;
		boot_run(&fake->platform);
		assert_sound(fake);
		assert_int_equal(fake->jumps, 1);
		assert_string_equal(fake->kernel, "/wide.gz");
		reached = fake->disk.reads >= fault;
		fake_platform_free(fake);
		assert_true(fault < FAULTS_MAX);
	}
	assert_true(fault > 10);
}

static void test_reads_fail_for_good(void **state)
{
	unsigned fault = 0, stops = 0;
	bool reached = true;

	(void)state;
	while (reached) {
		struct fake_platform *fake = fake_platform_new("disk.img");

		fake->disk.fail_at = ++fault;
		fake->disk.fail_for_good = true;
		boot_run(&fake->platform);
		assert_sound(fake);
		stops += fake->stops;
		reached = fake->disk.reads >= fault;
		if (!reached)
			assert_string_equal(fake->kernel, "/wide.gz");
		fake_platform_free(fake);
		assert_true(fault < FAULTS_MAX);
	}
	assert_true(stops > 10);
}

static void test_allocations_fail(void **state)
{
	unsigned fault = 0, stops = 0, others = 0;
	bool reached = true;

	(void)state;
	while (reached) {
		struct fake_platform *fake = fake_platform_new("disk.img");

		fake->arena.fail_at = ++fault;
		boot_run(&fake->platform);
		assert_sound(fake);
		stops += fake->stops;
		others += fake->jumps == 1 && strcmp(fake->kernel, "/wide.gz") != 0;
		reached = fake->arena.calls >= fault;
		fake_platform_free(fake);
		assert_true(fault < FAULTS_MAX);
	}
	assert_true(stops > 3);
	assert_true(others > 3); /* the next entry was tried */
}

/* The arena as small as it can get. */
static void test_arena_sizes(void **state)
{
	bool started = false;

	(void)state;
	for (size_t bytes = 1024; bytes <= 128 * 1024; bytes += 1024) {
		struct fake_platform *fake = fake_platform_new("disk.img");

		arena_init(&fake->arena, fake->arena_bytes, bytes);
		boot_run(&fake->platform);
		assert_sound(fake);
		started = fake->jumps == 1 && strcmp(fake->kernel, "/wide.gz") == 0;
		fake_platform_free(fake);
	}
	assert_true(started);
}

/* And the machine's memory. */
static void test_memory_sizes(void **state)
{
	bool started = false;

	(void)state;
	for (uint64_t end = 0x101000; end <= 0x400000; end += 0x11000) {
		struct fake_platform *fake = fake_platform_new("disk.img");

		fake->platform.memory.map.range[1].end = end;
		boot_run(&fake->platform);
		assert_sound(fake);
		started = fake->jumps == 1 && strcmp(fake->kernel, "/wide.gz") == 0;
		fake_platform_free(fake);
	}
	assert_true(started);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_read_fails), cmocka_unit_test(test_reads_fail_for_good), cmocka_unit_test(test_allocations_fail),
		cmocka_unit_test(test_arena_sizes),    cmocka_unit_test(test_memory_sizes),
	};

	return cmocka_run_group_tests(tests, enter, shell_tear_down);
}
