/* SPDX-License-Identifier: MIT */
/* Which partitions are boot volumes, and what is read from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "flow/flow.h"
#include "support_image.h"
#include "support_notices.h"
#include "support_platform.h"
#include "support_shell.h"

static struct fake_platform *fake;
static struct boot_disk boot_disk;
static struct err err;

/* Three volumes: with an entry "one", with an entry "two", and without /loader. */
static int set_up(void **state)
{
	(void)state;
	image_begin();
	image_entry("one", "title One\nsort-key b\nelf /kernel\n");
	image_text("loader/loader.conf", "timeout 1\n");
	image_make("one.img");
	image_begin();
	image_entry("two", "title Two\nsort-key a\nelf /kernel\n");
	image_text("loader/loader.conf", "timeout 2\n");
	image_make("two.img");
	shell_run("rm -rf root && mkdir root && echo x > root/file");
	image_make("bare.img");
	shell_run("rm -f disk.img && truncate -s 40M disk.img");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_platform_free(fake);
	return 0;
}

/* Partitions 1, 2 and 3 are at 1, 10 and 19 MiB; `name` may be "zeros". */
static void put_volume(int partition, const char *name)
{
	int at = 1 + (partition - 1) * 9;

	if (strcmp(name, "zeros") == 0)
		shell_run("dd if=/dev/zero of=disk.img bs=1M seek=%d count=8 conv=notrunc", at);
	else
		shell_run("dd if=%s.img of=disk.img bs=1M seek=%d conv=notrunc", name, at);
}

static void put_mbr(const char *one, const char *two, const char *three)
{
	shell_run("printf 'label: dos\\nstart=1MiB, size=8MiB, %s\\nstart=10MiB, size=8MiB, %s\\nstart=19MiB, size=8MiB, %s\\n' "
		  "| sfdisk -q disk.img",
		  one, two, three);
}

static void put_gpt(const char *one, const char *two)
{
	shell_run("sgdisk -n 1:1M:+8M -t 1:%s -n 2:10M:+8M -t 2:%s disk.img", one, two);
}

static void open_disk(enum status expected)
{
	fake = fake_platform_new("disk.img");
	memset(&boot_disk, 0, sizeof boot_disk);
	assert_status(expected, boot_disk_open(&fake->disk.device, &fake->arena, &boot_disk, &err), &err);
}

static void assert_volumes(unsigned count, unsigned first, unsigned second)
{
	assert_int_equal(boot_disk.volume_count, count);
	assert_int_equal(boot_disk.volume[0].partition.number, first);
	if (count == 2)
		assert_int_equal(boot_disk.volume[1].partition.number, second);
}

static void assert_entries(const char *first, const char *second, unsigned timeout)
{
	struct configuration configuration;
	unsigned count = second ? 2 : 1;

	assert_ok(configuration_read(&boot_disk, &fake->arena, NULL, NULL, &configuration, &err), &err);
	assert_int_equal(configuration.count, count);
	assert_string_equal(configuration.entry[0].entry.name.id, first);
	if (second)
		assert_string_equal(configuration.entry[1].entry.name.id, second);
	assert_int_equal(configuration.loader.timeout_seconds, timeout);
}

static void test_mbr_bls(void **state)
{
	(void)state;
	put_mbr("type=c, bootable", "type=ea", "type=c");
	put_volume(1, "one");
	put_volume(2, "two");
	open_disk(OK);
	assert_volumes(1, 2, 0);
	assert_entries("two", NULL, 2);
}

static void test_mbr_active(void **state)
{
	(void)state;
	put_mbr("type=c", "type=c, bootable", "type=c");
	put_volume(1, "one");
	put_volume(2, "two");
	open_disk(OK);
	assert_volumes(1, 2, 0);
}

/* An active partition of another system is not the boot volume. */
static void test_mbr_first_with_loader(void **state)
{
	(void)state;
	put_mbr("type=7", "type=c, bootable", "type=c");
	put_volume(2, "bare");
	put_volume(3, "one");
	open_disk(OK);
	assert_volumes(1, 3, 0);
	assert_int_equal(boot_disk.passed_over.code, OK);
	assert_entries("one", NULL, 1);
}

/* What is wrong with logical partitions costs none of the others, and is told. */
static void test_mbr_with_a_broken_chain(void **state)
{
	(void)state;
	put_mbr("type=5", "type=c, bootable", "type=c");
	put_volume(1, "zeros");
	put_volume(2, "one");
	open_disk(OK);
	assert_volumes(1, 2, 0);
	boot_run(&fake->platform);
	assert_non_null(strstr(fake->console_bytes, "mkboot: error: the chain of logical partitions of "));
	put_volume(2, "zeros");
	fake_platform_free(fake);
	open_disk(ERR_CORRUPT);
	assert_trail(&err, " breaks at LBA 2048");
}

static void test_mbr_none(void **state)
{
	(void)state;
	put_mbr("type=7", "type=c, bootable", "type=c");
	put_volume(2, "bare");
	open_disk(ERR_NOT_FOUND);
	assert_trail(&err, "no boot partition");
	assert_non_null(err.hint);
}

static void test_gpt_both(void **state)
{
	(void)state;
	put_gpt("ef00", "ea00");
	put_volume(1, "one");
	put_volume(2, "two");
	open_disk(OK);
	assert_volumes(2, 2, 1);
	assert_entries("two", "one", 2);
}

static void test_gpt_esp_only(void **state)
{
	(void)state;
	put_gpt("8300", "ef00");
	put_volume(1, "one");
	put_volume(2, "two");
	open_disk(OK);
	assert_volumes(1, 2, 0);
}

/* $BOOT is not readable: what the other volume has is used, and the trail is kept. */
static void test_gpt_damaged_xbootldr(void **state)
{
	(void)state;
	put_gpt("ef00", "ea00");
	put_volume(1, "one");
	put_volume(2, "zeros");
	open_disk(OK);
	assert_volumes(1, 1, 0);
	assert_int_equal(boot_disk.passed_over.code, ERR_NOT_FOUND);
	assert_trail(&boot_disk.passed_over, "boot partition 2 has no file system");
	boot_run(&fake->platform);
	assert_non_null(strstr(fake->console_bytes, "mkboot: error: boot partition 2 has no file system"));
}

static void test_gpt_all_damaged(void **state)
{
	(void)state;
	put_gpt("ef00", "ea00");
	open_disk(ERR_NOT_FOUND);
	assert_trail(&err, "boot partition 2 has no file system");
}

static void test_no_table(void **state)
{
	(void)state;
	shell_run("cp one.img disk.img");
	open_disk(OK);
	assert_volumes(1, 0, 0);
	assert_entries("one", NULL, 1);
}

/* The number that protocols hand on. */
static void test_partition_number(void **state)
{
	(void)state;
	image_begin();
	image_kernel("kernel", 0);
	image_entry("one", "elf /kernel\n");
	image_make("one.img");
	put_mbr("type=7", "type=7", "type=c, bootable");
	put_volume(3, "one");
	fake = fake_platform_new("disk.img");
	boot_run(&fake->platform);
	assert_int_equal(fake->jumps, 1);
	assert_int_equal(fake->platform.machine.boot_partition, 3);
}

#define disk_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		disk_test(test_mbr_bls),
		disk_test(test_mbr_active),
		disk_test(test_mbr_first_with_loader),
		disk_test(test_mbr_with_a_broken_chain),
		disk_test(test_mbr_none),
		disk_test(test_gpt_both),
		disk_test(test_gpt_esp_only),
		disk_test(test_gpt_damaged_xbootldr),
		disk_test(test_gpt_all_damaged),
		disk_test(test_no_table),
		disk_test(test_partition_number),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
