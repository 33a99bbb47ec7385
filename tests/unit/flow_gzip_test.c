/* SPDX-License-Identifier: MIT */
/* Kernels that are compressed: unpacked to the right length, whatever the file says of it, or refused with the reason. */
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
	image_kernel("wide", 1);
	image_text("initrd.gz", "an initrd");
	return 0;
}

static void test_unpacked_kernel(void **state)
{
	(void)state;
	shell_run("gzip -c root/wide > root/wide.gz && head -c 200 root/wide.gz > root/cut.gz && cp root/wide.gz root/bad.gz");
	shell_run("printf '\\377' | dd of=root/bad.gz bs=1 seek=100 conv=notrunc");
	image_entry("c", "multiboot2 /cut.gz\n");
	image_entry("b", "multiboot2 /bad.gz\n");
	image_entry("a", "multiboot2 /wide.gz\nmodule /initrd.gz\n");
	boot();
	assert_started("/wide.gz");
	assert_console_has(fake, "mkboot: error: cannot start c.conf: kernel /cut.gz: ");
	assert_console_has(
		fake, "mkboot: error: cannot start b.conf: kernel /bad.gz: cannot unpack gzip: the gzip data of the file are damaged ");
	assert_console_has(fake, "mkboot: hint: copy the file again");
}

/* The last four bytes of these are not the length of the data. */
static void test_kernel_of_two_members(void **state)
{
	(void)state;
	shell_run("head -c 40000 root/wide | gzip > root/two.gz && tail -c +40001 root/wide | gzip >> root/two.gz");
	shell_run(": | gzip > root/nothing.gz && head -c 512 /dev/zero >> root/nothing.gz");
	image_entry("b", "multiboot2 /nothing.gz\n");
	image_entry("a", "multiboot2 /two.gz\nmodule /initrd.gz\n");
	boot();
	assert_started("/two.gz");
	assert_console_has(fake, "cannot start b.conf: kernel /nothing.gz: cannot unpack gzip: there is nothing in this gzip file\n");
}

static void test_kernel_with_bytes_behind_it(void **state)
{
	(void)state;
	shell_run("gzip -c root/wide > root/word.gz && cp root/word.gz root/cut.gz && printf 'SIZE0001' >> root/word.gz");
	shell_run("head -c 512 /dev/zero >> root/word.gz && truncate -s -9 root/cut.gz && printf '\\377\\377\\377\\377' >> root/cut.gz");
	image_entry("b", "multiboot2 /cut.gz\n");
	image_entry("a", "multiboot2 /word.gz\nmodule /initrd.gz\n");
	boot();
	assert_started("/word.gz");
	assert_console_has(fake, "the last 520 bytes of /word.gz are not used: they lie behind its packed data\n");
	assert_console_has(fake, "cannot start b.conf: kernel /cut.gz: cannot unpack gzip: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unpacked_kernel, set_up, end_boot),
		cmocka_unit_test_setup_teardown(test_kernel_of_two_members, set_up, end_boot),
		cmocka_unit_test_setup_teardown(test_kernel_with_bytes_behind_it, set_up, end_boot),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
