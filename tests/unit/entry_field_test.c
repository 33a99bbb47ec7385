/* SPDX-License-Identifier: MIT */
/* Entries as distributions and people write them: several paths on a line, GRUB's variables, slashes of all kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/config/config_lines.h"
#include "core/config/entry.h"
#include "support_notices.h"

static const struct entry_name name = { .id = "test", .suffix = ".conf" };
static uint8_t memory[64 * 1024];
static struct arena arena;
static struct notices notices;
static struct entry entry;
static struct err err;

static enum status parse(const char *text)
{
	arena_init(&arena, memory, sizeof memory);
	notices_init(&notices);
	memset(&entry, 0, sizeof entry);
	return entry_parse(span_of(text, strlen(text)), &name, &arena, &notices.listener, &entry, &err);
}

static void assert_initrds(const char *first, const char *second, const char *third)
{
	const char *const paths[] = { first, second, third };
	unsigned count = !first ? 0 : !second ? 1 : !third ? 2 : 3;

	assert_int_equal(entry.module_count, count);
	for (unsigned i = 0; i < count; i++) {
		assert_string_equal(entry.module[i].path, paths[i]);
		assert_string_equal(entry.module[i].arguments, "");
	}
}

/* As Fedora 41 leaves it on the boot volume. */
static void fedora(void **state)
{
	(void)state;
	assert_int_equal(parse("title Fedora Linux (6.11.5) 41 (Server Edition)\nversion 6.11.5\nlinux /vmlinuz\n"
			       "initrd /initramfs.img $tuned_initrd\n"
			       "options root=UUID=0 ro console=ttyS0 $tuned_params\n"
			       "grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n"),
			 OK);
	assert_initrds("/initramfs.img", NULL, NULL);
	assert_string_equal(entry.options, "root=UUID=0 ro console=ttyS0");
	assert_string_equal(notices.data, "4: (remark) \"$tuned_initrd\" is a variable of GRUB; it is left out\n"
					  "5: (remark) \"$tuned_params\" is a variable of GRUB; it is left out\n");
	assert_int_equal(notices.not_used, 3);
}

static void several_initrds(void **state)
{
	char text[1000] = "linux /a\ninitrd";

	(void)state;
	assert_int_equal(parse("linux /a\ninitrd /ucode.img /initrd.img\n"), OK);
	assert_initrds("/ucode.img", "/initrd.img", NULL);
	assert_int_equal(entry.module[1].line, 2);
	assert_int_equal(parse("linux /a\ninitrd one\t two\ninitrd /three\r\n"), OK);
	assert_initrds("/one", "/two", "/three");
	assert_int_equal(parse("linux /a\ninitrd ${early} /one $late /two\n"), OK);
	assert_initrds("/one", "/two", NULL);
	assert_int_equal(parse("linux /a\ninitrd $tuned_initrd\n"), OK);
	assert_initrds(NULL, NULL, NULL);
	assert_int_equal(parse("linux /a\ninitrd /one ../two\n"), ERR_CORRUPT);
	assert_string_equal(trail_text(&err), "2: initrd \"../two\": a path must not have \".\" or \"..\" in it");
	assert_int_equal(parse("linux /a\ninitrd \t\n"), ERR_CORRUPT);
	assert_string_equal(trail_text(&err), "2: initrd without a path");

	/* All of them count for the limit. */
	for (int i = 0; i < ENTRY_MODULES_MAX; i++)
		strcat(text, " /i");
	assert_int_equal(parse(text), OK);
	assert_int_equal(entry.module_count, ENTRY_MODULES_MAX);
	strcat(text, " /i");
	assert_int_equal(parse(text), ERR_TOO_BIG);
	assert_string_equal(trail_text(&err), "2: more than 64 modules");
}

static void variables_in_options(void **state)
{
	static const struct {
		const char *written, *handed_on;
		unsigned faults;
	} cases[] = {
		{ "$tuned_params", "", 0 },
		{ "a $tuned_params b", "a b", 0 },
		{ "$tuned_params a", "a", 0 },
		{ "a\t${tuned_params}", "a", 0 },
		{ "$kernelopts $tuned_params", "", 1 },
		{ "a $x ${y} b", "a b", 2 },
		/* All else is literal. */
		{ "password=a$b", "password=a$b", 0 },
		{ "a$b $ $1 ${ ${} $$ $a-b ${a} x", "a$b $ $1 ${ ${} $$ $a-b x", 1 },
		{ "\\$a", "\\$a", 0 },
		{ "dyndbg=\"file x $y +p\" $z q", "dyndbg=\"file x $y +p\" q", 1 },
		{ "a  b\t\tc", "a  b\t\tc", 0 },
		{ "\"open $x", "\"open $x", 0 },
	};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned faults = 0;

		snprintf(text, sizeof text, "linux /a\noptions %s\n", cases[i].written);
		assert_int_equal(parse(text), OK);
		assert_string_equal(entry.options, cases[i].handed_on);
		for (const char *at = notices.data; (at = strstr(at, "whose value is not known here")) != NULL; at++)
			faults++;
		assert_int_equal(faults, cases[i].faults);
	}
	assert_int_equal(parse("linux /a\noptions $tuned_params\noptions b\noptions $tuned_params\noptions c\n"), OK);
	assert_string_equal(entry.options, "b c");
}

/* Entries that only we read are not GRUB's. */
static void kinds_of_our_own(void **state)
{
	(void)state;
	assert_int_equal(parse("elf /a\noptions $x ${y}\nmodule /m $z\n"), OK);
	assert_string_equal(entry.options, "$x ${y}");
	assert_string_equal(entry.module[0].arguments, "$z");
	assert_string_equal(notices.data, "");
}

static void a_kernel_that_is_a_variable(void **state)
{
	(void)state;
	assert_int_equal(parse("linux ${kernel}\n"), ERR_CORRUPT);
	assert_string_equal(trail_text(&err), "1: linux \"${kernel}\": a variable of GRUB, which has no value here");
	assert_string_equal(err.hint, "write the path itself");
}

static void slashes(void **state)
{
	static const struct {
		const char *written, *path;
	} cases[] = {
		{ "/a/b/k", "/a/b/k" },    { "a/b/k", "/a/b/k" },       { "//a/b/k", "/a/b/k" },    { "/a//b///k", "/a/b/k" },
		{ "\\a\\b\\k", "/a/b/k" }, { "\\\\a/b\\/k", "/a/b/k" }, { "/a/b/k/", "/a/b/k" },    { "EFI\\x.efi", "/EFI/x.efi" },
		{ "/a b/k", "/a b/k" },    { "/...", "/..." },          { "/a..b/.c", "/a..b/.c" }, { "/$x/k", "/$x/k" },
	};
	static const char *const keys[] = { "linux", "efi", "elf" };
	static const char *const bad[] = { "\\..\\k", "/a\\.\\k", "/a//..", "." };
	char text[100];

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "%s %s\n", keys[i % 3], cases[i].written);
		assert_int_equal(parse(text), OK);
		assert_string_equal(entry.kernel, cases[i].path);
	}
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "elf /k\nmodule %s\n", bad[i]);
		assert_int_equal(parse(text), ERR_CORRUPT);
	}
	assert_int_equal(parse("elf //\n"), ERR_CORRUPT);
	assert_string_equal(trail_text(&err), "1: elf without a path");
	assert_int_equal(parse("elf \\k\nmodule m\\n a\\b\n"), OK);
	assert_string_equal(entry.module[0].path, "/m/n");
	assert_string_equal(entry.module[0].arguments, "a\\b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fedora),
		cmocka_unit_test(several_initrds),
		cmocka_unit_test(variables_in_options),
		cmocka_unit_test(kinds_of_our_own),
		cmocka_unit_test(a_kernel_that_is_a_variable),
		cmocka_unit_test(slashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
