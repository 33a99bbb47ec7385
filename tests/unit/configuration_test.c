/* SPDX-License-Identifier: MIT */
/* What is read of a folder of entries: which of too many, what is the default, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "support_image.h"
#include "support_platform.h"
#include "support_shell.h"

enum { ARENA_BYTES = 1 << 20 }; /* what a machine of 24 MiB or more has */

static struct fake_platform *fake;
static uint8_t *memory;
static struct boot_disk boot_disk;
static struct configuration configuration;
static char said[4096];
static struct text_buffer saying;

static int set_up(void **state)
{
	(void)state;
	image_begin();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_platform_free(fake);
	free(memory);
	return 0;
}

static void hear(void *context, const char *path, unsigned line, enum notice_kind kind, const char *text, const struct err *err)
{
	static const char *const kinds[] = { [NOTICE_FAULT] = "fault", [NOTICE_REMARK] = "remark", [NOTICE_NOT_USED] = "not used" };

	(void)context;
	print(&saying.sink, "%s: ", kinds[kind]);
	configuration_print_place(&saying.sink, path, line);
	if (err)
		err_print(&saying.sink, err);
	else
		print(&saying.sink, "%s", text);
	print(&saying.sink, "\n");
}

static void read_with(size_t arena_bytes)
{
	struct err err = { .code = OK };

	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	memory = malloc(arena_bytes);
	arena_init(&fake->arena, memory, arena_bytes);
	text_buffer_init(&saying, said, sizeof said);
	assert_ok(boot_disk_open(&fake->disk.device, &fake->arena, &boot_disk, &err), &err);
	assert_ok(configuration_read(&boot_disk, &fake->arena, hear, NULL, &configuration, &err), &err);
}

static const char *id_of(unsigned index)
{
	assert_true(index < configuration.count);
	return configuration.entry[index].entry.name.id;
}

/* Those that come first by name stay, in whatever order the folder has them. */
static void too_many(void **state)
{
	(void)state;
	shell_run("for i in $(seq 1000 1149; seq 1299 -1 1150); do echo 'elf /kernel' > root/loader/entries/$i.conf; done");
	image_entry("zzz+0-3", "elf /kernel\n"); /* given up: the last by name */
	read_with(ARENA_BYTES);
	assert_int_equal(configuration.count, ENTRIES_MAX);
	assert_string_equal(id_of(0), "1299");
	assert_string_equal(id_of(ENTRIES_MAX - 1), "1044");
	assert_string_equal(said, "fault: /loader/entries: 301 entries, and there is room for 256: 45 are left out, those that come after "
				  "\"1044\" in the order of their names\n");
}

static void as_many_as_may_be(void **state)
{
	(void)state;
	shell_run("for i in $(seq 1000 1255); do echo 'elf /kernel' > root/loader/entries/$i.conf; done");
	read_with(ARENA_BYTES);
	assert_int_equal(configuration.count, ENTRIES_MAX);
	assert_string_equal(said, "");
}

/* A small arena has room for fewer; all that are missing are counted. */
static void too_many_for_a_small_arena(void **state)
{
	unsigned left_out, more = 0;
	const char *at;

	(void)state;
	shell_run("for i in $(seq 1000 1149); do { printf 'title %%0600d\\n' 1; echo elf /kernel; } > root/loader/entries/$i.conf; done");
	read_with(64 * 1024);
	if (configuration.count < 5 || configuration.count > 100)
		fail_msg("%u entries: %s", configuration.count, said);
	at = strstr(said, "150 entries, and the loader's memory has room for ");
	assert_non_null(at);
	left_out = (unsigned)strtoul(strstr(at, ": ") + 2, NULL, 10);
	at = strstr(said, " more entries did not fit");
	if (at) {
		while (at[-1] >= '0' && at[-1] <= '9')
			at--;
		more = (unsigned)strtoul(at, NULL, 10) + 1; /* one was named */
	}
	assert_int_equal(configuration.count + left_out + more, 150);
	assert_string_equal(id_of(0), "1149");
}

static void default_by_counter(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "default sys\n");
	image_entry("sys+3", "elf /kernel\n");
	image_entry("sys-old", "elf /kernel\n");
	image_entry("zz+0-3", "elf /kernel\n");
	read_with(ARENA_BYTES);
	assert_string_equal(id_of(configuration.chosen), "sys");
	assert_string_equal(configuration.entry[configuration.chosen].entry.name.suffix, "+3.conf");
	assert_string_equal(configuration.entry[configuration.chosen].entry.title, "sys");
	assert_string_equal(id_of(2), "zz");
	assert_string_equal(said, "");
}

static void default_without_tries(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "timeout 1\ndefault /loader/entries/zz.conf\n");
	image_entry("a", "elf /kernel\n");
	image_entry("zz+0-3", "elf /kernel\n");
	read_with(ARENA_BYTES);
	assert_string_equal(id_of(configuration.chosen), "a");
	assert_string_equal(said, "fault: /loader/loader.conf: default \"zz.conf\": its entry has no tries left\n");
}

static void only_bad_entries(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "default a\n");
	image_entry("a+0", "elf /kernel\n");
	image_entry("b+0-2", "elf /kernel\n");
	read_with(ARENA_BYTES);
	assert_string_equal(id_of(configuration.chosen), "a");
	assert_string_equal(said, "");
}

static void what_lies_about(void **state)
{
	(void)state;
	image_entry("a", "elf /kernel\n");
	image_text("loader/entries/B.CONF", "elf /kernel\n");
	image_text("loader/entries/c.conf~", "bad\n");
	image_text("loader/entries/d.conf.rpmsave", "bad\n");
	image_text("loader/entries/.e.conf", "bad\n");
	shell_run("mkdir root/loader/entries/f.conf");
	read_with(ARENA_BYTES);
	assert_int_equal(configuration.count, 2);
	assert_string_equal(said, "");
}

/* The names of a file system that gives a name of 256 bytes: 255 UTF-16 units of FAT can be as many as 765. */
static enum status list_long_name(struct fs *fs, const char *path, fs_visit_fn *visit, void *context, struct err *err)
{
	char name[257];

	(void)fs;
	(void)path;
	(void)err;
	memset(name, 'x', sizeof name);
	strcpy(name + 251, ".conf");
	(void)visit(context, &(struct fs_entry){ .name = name });
	return OK;
}

static enum status open_nothing(struct fs *fs, const char *path, struct arena *arena, struct file **file, struct err *err)
{
	(void)fs;
	(void)arena;
	(void)file;
	return err_set(err, ERR_NOT_FOUND, "{s} is not there", path, 0, 0);
}

static void too_long_a_name(void **state)
{
	static const struct fs_ops ops = { .list = list_long_name, .open = open_nothing };
	static struct fs fs = { .ops = &ops };
	struct err err = { .code = OK };

	(void)state;
	image_entry("a", "elf /kernel\n");
	shell_run("cp root/loader/entries/a.conf \"root/loader/entries/$(printf '\\303\\251%%.0s' $(seq 125)).conf\""); /* 255 bytes */
	read_with(ARENA_BYTES);
	assert_int_equal(configuration.count, 2);
	assert_string_equal(said, "");

	boot_disk.volume[0].fs = &fs;
	assert_ok(configuration_read(&boot_disk, &fake->arena, hear, NULL, &configuration, &err), &err);
	assert_int_equal(configuration.count, 0);
	assert_string_equal(
		said,
		"fault: /loader/entries: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" is left out: its name has 256 "
		"bytes, and the limit is 255\n");
}

static void places(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "timeout 1\ntimout 2\neditor no\n");
	image_entry("a", "linux /kernel\nlinx /kernel\noptions $tuned_params\n");
	image_entry("b", "title x\nelf /kernel\nmodul /m\n");
	read_with(ARENA_BYTES);
	assert_string_equal(said, "fault: /loader/loader.conf:2: unknown key \"timout\": did you mean \"timeout\"?\n"
				  "not used: /loader/loader.conf:3: \"editor\" is not used here\n"
				  "fault: /loader/entries/b.conf:3: unknown key \"modul\": did you mean \"module\"?\n"
				  "fault: /loader/entries/a.conf:2: unknown key \"linx\": did you mean \"linux\"?\n"
				  "remark: /loader/entries/a.conf:3: \"$tuned_params\" is a variable of GRUB; it is left out\n");
}

#define configuration_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		configuration_test(too_many),
		configuration_test(as_many_as_may_be),
		configuration_test(too_many_for_a_small_arena),
		configuration_test(default_by_counter),
		configuration_test(default_without_tries),
		configuration_test(only_bad_entries),
		configuration_test(what_lies_about),
		configuration_test(too_long_a_name),
		configuration_test(places),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
