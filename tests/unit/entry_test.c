/* SPDX-License-Identifier: MIT */
/* The parser of boot entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/config/config_lines.h"
#include "core/config/entry.h"
#include "support_notices.h"

static uint8_t memory[256 * 1024];
static struct arena arena;
static struct notices notices;
static const struct entry_name name = { .id = "test", .suffix = ".conf" };
static struct entry entry;
static struct err err;

static enum status parse_bytes(const void *text, size_t bytes)
{
	/* An exact copy, so that the sanitizer sees a read past the end. */
	uint8_t *copy = malloc(bytes ? bytes : 1);
	enum status status;

	memcpy(copy, text, bytes);
	arena_init(&arena, memory, sizeof memory);
	notices_init(&notices);
	memset(&entry, 0, sizeof entry);
	status = entry_parse(span_of(copy, bytes), &name, &arena, &notices.listener, &entry, &err);
	free(copy);
	return status;
}

static enum status parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void assert_refused(const char *text, enum status status, const char *trail)
{
	assert_int_equal(parse(text), status);
	assert_string_equal(trail_text(&err), trail);
	assert_int_equal(err.code, status);
	assert_null(entry.name.id); /* out-parameters are written on success only */
}

static void test_xen(void **state)
{
	(void)state;
	assert_int_equal(parse("title      Xen 4.17 with Debian\n"
			       "sort-key   xen\n"
			       "version    4.17.7\n"
			       "multiboot2 /xen.gz\n"
			       "options    com1=115200,8n1 console=com1 dom0_mem=1G\n"
			       "module     /vmlinuz console=hvc0 root=/dev/sda2\n"
			       "module     /initrd.img\n"),
			 OK);
	assert_string_equal(entry.name.id, "test");
	assert_string_equal(entry.title, "Xen 4.17 with Debian");
	assert_string_equal(entry.sort_key, "xen");
	assert_string_equal(entry.version, "4.17.7");
	assert_int_equal(entry.kind, ENTRY_MULTIBOOT2);
	assert_string_equal(entry_kind_name(entry.kind), "multiboot2");
	assert_string_equal(entry.kernel, "/xen.gz");
	assert_int_equal(entry.kernel_line, 4);
	assert_string_equal(entry.options, "com1=115200,8n1 console=com1 dom0_mem=1G");
	assert_int_equal(entry.module_count, 2);
	assert_string_equal(entry.module[0].path, "/vmlinuz");
	assert_string_equal(entry.module[0].arguments, "console=hvc0 root=/dev/sda2");
	assert_int_equal(entry.module[0].line, 6);
	assert_string_equal(entry.module[1].path, "/initrd.img");
	assert_string_equal(entry.module[1].arguments, "");
	assert_string_equal(notices.data, "");
}

static void test_linux(void **state)
{
	(void)state;
	assert_int_equal(parse("# a comment\n\n"
			       "linux /debian/linux with a blank\n"
			       "initrd /one\ninitrd two\n"
			       "options \"a  b\" c=\"d\"\noptions quiet\n"
			       "machine-id 0123456789abcdef0123456789abcdef\n"
			       "architecture X64\n"),
			 OK);
	assert_int_equal(entry.kind, ENTRY_LINUX);
	assert_string_equal(entry.title, "test"); /* falls back to the id */
	assert_string_equal(entry.kernel, "/debian/linux with a blank");
	assert_string_equal(entry.options, "\"a  b\" c=\"d\" quiet"); /* literal, joined by one space */
	assert_int_equal(entry.module_count, 2);
	assert_string_equal(entry.module[0].path, "/one");
	assert_string_equal(entry.module[1].path, "/two");
	assert_string_equal(entry.machine_id, "0123456789abcdef0123456789abcdef");
	assert_string_equal(entry.version, "");
}

/* CR LF, tabs, a byte order mark, leading and trailing blanks, no LF at the end, last value wins. */
static void test_line_forms(void **state)
{
	(void)state;
	assert_int_equal(parse("\xef\xbb\xbf"
			       "title first\r\n\r\n \t# comment\r\n\ttitle\t \tSecond  title \t\r\nelf\t/kernel"),
			 OK);
	assert_string_equal(entry.title, "Second  title");
	assert_int_equal(entry.kind, ENTRY_ELF);
	assert_string_equal(entry.kernel, "/kernel");
	assert_int_equal(entry.kernel_line, 5);
	assert_string_equal(entry.options, "");
	assert_string_equal(notices.data, "");
}

static void test_empty(void **state)
{
	(void)state;
	assert_refused("", ERR_UNSUPPORTED, "the entry names no kernel");
	assert_non_null(err.hint);
	assert_refused("title nothing\n", ERR_UNSUPPORTED, "the entry names no kernel");
}

static void test_kernels(void **state)
{
	(void)state;
	assert_refused("linux /a\nelf /b\n", ERR_CORRUPT, "2: elf: the entry has a kernel already, in line 1");
	assert_refused("linux /a\n\nlinux /a\n", ERR_CORRUPT, "3: linux: the entry has a kernel already, in line 1");
	assert_int_equal(parse("efi /xen.efi\noptions -cfg=other.cfg\noptions -- x\n"), OK);
	assert_int_equal(entry.kind, ENTRY_EFI);
	assert_string_equal(entry_kind_name(entry.kind), "efi");
	assert_string_equal(entry.kernel, "/xen.efi");
	assert_string_equal(entry.options, "-cfg=other.cfg -- x");
	assert_int_equal(parse("uki /EFI/Linux/debian.efi\n"), OK);
	assert_int_equal(entry.kind, ENTRY_UKI);
	assert_string_equal(entry_kind_name(entry.kind), "uki");
	assert_refused("efi /a.efi\nuki /b\n", ERR_CORRUPT, "2: uki: the entry has a kernel already, in line 1");
	assert_refused("uki-url /a.efi\n", ERR_UNSUPPORTED, "1: kernels of the kind uki-url are not started by this loader");
	assert_refused("linux\n", ERR_CORRUPT, "1: linux without a path");
}

static void test_paths(void **state)
{
	(void)state;
	assert_refused("title x\nlinux /../a\n", ERR_CORRUPT, "2: linux \"/../a\": a path must not have \".\" or \"..\" in it");
	assert_refused("linux /a\ninitrd ..\n", ERR_CORRUPT, "2: initrd \"..\": a path must not have \".\" or \"..\" in it");
	assert_refused("elf /a\nmodule ./b args\n", ERR_CORRUPT, "2: module \"./b\": a path must not have \".\" or \"..\" in it");
	assert_refused("elf /a\nmodule b/.. args\n", ERR_CORRUPT, "2: module \"b/..\": a path must not have \".\" or \"..\" in it");
	assert_refused("linux /a\ninitrd\n", ERR_CORRUPT, "2: initrd without a path");
	assert_int_equal(parse("elf /a..b/..c/d..\nmodule /...\nmodule /x ../y\n"), OK);
	assert_string_equal(entry.module[1].arguments, "../y");
}

/* A kernel must not be started without what its entry names. */
static void test_wrong_company(void **state)
{
	(void)state;
	assert_refused("module /m\nlinux /a\n", ERR_UNSUPPORTED, "1: a kernel of the kind linux takes initrd lines, not module");
	assert_refused("multiboot2 /a\ntitle x\ninitrd /m\n", ERR_UNSUPPORTED,
		       "3: a kernel of the kind multiboot2 takes module lines, not initrd");
	assert_refused("efi /a\ninitrd /m\n", ERR_UNSUPPORTED, "2: a kernel of the kind efi takes neither initrd nor module lines");
	assert_refused("module /m\nuki /a\n", ERR_UNSUPPORTED, "1: a kernel of the kind uki takes neither initrd nor module lines");
	assert_refused("linux /a\ndevicetree /b.dtb\n", ERR_UNSUPPORTED, "2: devicetree cannot be handed to a kernel by this loader");
	assert_refused("linux /a\nvideo 12\n", ERR_CORRUPT, "2: video \"12\": its values are text, keep, native or WIDTHxHEIGHT[xDEPTH]");
	assert_refused("linux /a\narchitecture aa64\n", ERR_UNSUPPORTED, "2: for architecture aa64, this is x64");
}

static void test_notices(void **state)
{
	char text[200] = "linux a\n";

	(void)state;
	memset(text + 8, 'k', 100);
	strcpy(text + 108, " value\ngrub_users $grub_users\nid x\nID: y\n");
	assert_int_equal(parse(text), OK);
	assert_string_equal(notices.data, "2: unknown key \"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...\"\n"
					  "5: unknown key \"ID:\"\n");
	assert_int_equal(notices.not_used, 2);
	assert_string_equal(entry.title, "test");
	arena_init(&arena, memory, sizeof memory);
	assert_int_equal(entry_parse(span_of(text, strlen(text)), &name, &arena, NULL, &entry, &err), OK);
}

/* What could have been meant to name a module must not be passed over. */
static void test_unknown_keys(void **state)
{
	static const struct {
		const char *key, *meant;
	} misspelt[] = {
		{ "Module", "module" },  { "INITRD", "initrd" },          { "module:", "module" },
		{ "initrd=", "initrd" }, { "initrd=/i", "initrd" },       { "Options:", "options" },
		{ "Title", "title" },    { "Multiboot2:", "multiboot2" }, { "devicetree:", "devicetree" },
	};
	char text[200], trail[200];

	(void)state;
	for (unsigned i = 0; i < sizeof misspelt / sizeof *misspelt; i++) {
		snprintf(text, sizeof text, "linux /a\n%s /m\n", misspelt[i].key);
		snprintf(trail, sizeof trail, "2: unknown key \"%s\": did you mean \"%s\"?", misspelt[i].key, misspelt[i].meant);
		assert_refused(text, ERR_CORRUPT, trail);
		assert_string_equal(err.hint, "correct the key, or make the line a comment with #");
	}
	assert_int_equal(parse("linux /a\nmodul /m\nmodules: /m\n=\n:module /m\n"), OK); /* somebody else's, says the specification */
	assert_string_equal(notices.data,
			    "2: unknown key \"modul\": did you mean \"module\"?\n3: unknown key \"modules:\": did you mean \"module\"?\n"
			    "4: unknown key \"=\"\n5: unknown key \":module\": did you mean \"module\"?\n");

	/* Only we know these kinds; the order of the lines does not matter. */
	assert_refused("multiboot2 /a\nmodul /m\n", ERR_CORRUPT, "2: unknown key \"modul\": did you mean \"module\"?");
	assert_refused("x-mine y\nelf /a\n", ERR_CORRUPT, "1: unknown key \"x-mine\"");
	assert_int_equal(parse("elf /a\n#modul /m\n"), OK);
	assert_refused("mulitboot2 /a\n", ERR_UNSUPPORTED, "the entry names no kernel");
	assert_string_equal(notices.data, "1: unknown key \"mulitboot2\": did you mean \"multiboot2\"?\n");

	memset(text, 'k', 100);
	strcpy(text + 100, "\nelf /a\n");
	assert_refused(text, ERR_CORRUPT, "1: unknown key \"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...\"");
}

static void test_bad_bytes(void **state)
{
	static const char nul[] = "elf /a\ntitle b\0c\n";
	static const char zeros[4096];

	(void)state;
	assert_int_equal(parse_bytes(nul, sizeof nul - 1), ERR_CORRUPT);
	assert_string_equal(trail_text(&err), "2: NUL bytes where text should be");
	assert_int_equal(parse_bytes("\xff\xfe"
				     "e\0l\0f\0",
				     8),
			 ERR_CORRUPT);
	assert_string_equal(trail_text(&err), "1: the text is UTF-16, and it has to be UTF-8");
	assert_int_equal(parse_bytes(zeros, sizeof zeros), ERR_CORRUPT);
	assert_string_equal(trail_text(&err), "1: NUL bytes where text should be");
}

static void test_limits(void **state)
{
	static char text[CONFIG_FILE_MAX + 2];
	size_t used;

	(void)state;
	/* A line of exactly the limit, and one byte more. */
	used = (size_t)sprintf(text, "elf /a\noptions ");
	memset(text + used, 'x', CONFIG_LINE_MAX - 8);
	text[used + CONFIG_LINE_MAX - 8] = '\0';
	assert_int_equal(parse(text), OK);
	assert_int_equal(strlen(entry.options), CONFIG_LINE_MAX - 8);
	strcat(text, "x");
	assert_refused(text, ERR_TOO_BIG, "2: the line is longer than 4096 bytes");

	/* As many modules as there may be, and one more. */
	used = (size_t)sprintf(text, "elf /a\n");
	for (int i = 0; i < ENTRY_MODULES_MAX; i++)
		used += (size_t)sprintf(text + used, "module /m%d\n", i);
	assert_int_equal(parse(text), OK);
	assert_int_equal(entry.module_count, ENTRY_MODULES_MAX);
	assert_string_equal(entry.module[ENTRY_MODULES_MAX - 1].path, "/m63");
	strcat(text, "module /too-many\n");
	assert_refused(text, ERR_TOO_BIG, "66: more than 64 modules");

	/* A file of exactly the limit, and one byte more. */
	memset(text, '\n', sizeof text);
	memcpy(text, "elf /a", 6);
	assert_int_equal(parse_bytes(text, CONFIG_FILE_MAX), OK);
	assert_int_equal(parse_bytes(text, CONFIG_FILE_MAX + 1), ERR_TOO_BIG);
}

/* The N-th allocation fails, for each N until all succeed. */
static unsigned allocations_of(const char *text)
{
	enum status status = ERR_NO_MEMORY;
	unsigned fault = 0;

	while (status != OK) {
		arena_init(&arena, memory, sizeof memory);
		arena.fail_at = ++fault;
		memset(&entry, 0, sizeof entry);
		status = entry_parse(span_of(text, strlen(text)), &name, &arena, NULL, &entry, &err);
		if (status != OK) {
			assert_int_equal(status, ERR_NO_MEMORY);
			assert_null(entry.name.id);
		}
	}
	return fault;
}

static void test_allocation_faults(void **state)
{
	(void)state;
	assert_true(allocations_of("title t\nmultiboot2 /a\noptions b\nmodule /c d\nmodule /e\nsort-key s\n") > 6);
	assert_string_equal(entry.module[1].path, "/e");
	assert_true(allocations_of("linux a\ninitrd b c\nopition x\noptions $x\n") > 5);
	assert_string_equal(entry.module[1].path, "/c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xen),           cmocka_unit_test(test_linux),   cmocka_unit_test(test_line_forms),
		cmocka_unit_test(test_empty),         cmocka_unit_test(test_kernels), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_wrong_company), cmocka_unit_test(test_notices), cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_bad_bytes),     cmocka_unit_test(test_limits),  cmocka_unit_test(test_allocation_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
