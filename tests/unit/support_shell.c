/* SPDX-License-Identifier: MIT */
/* A folder of the test's own, and commands run in it. */
#include "support_shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/mkboot-test-XXXXXX";

void shell_enter(void)
{
	snprintf(folder, sizeof(folder), "/tmp/mkboot-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	/* mkfs.fat and sgdisk are in sbin; mtools must not look for a configuration, nor refuse odd geometries. */
	setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
	setenv("MTOOLSRC", "/dev/null", 1);
	setenv("MTOOLS_SKIP_CHECK", "1", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
}

void shell_leave(void)
{
	char command[sizeof(folder) + 16];

	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

int shell_set_up(void **state)
{
	(void)state;
	shell_enter();
	return 0;
}

int shell_tear_down(void **state)
{
	(void)state;
	shell_leave();
	return 0;
}

void shell_run(const char *format, ...)
{
	char given[2048], command[2200];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(given, sizeof(given), format, arguments);
	va_end(arguments);
	assert_true(length > 0 && (size_t)length < sizeof(given));
	snprintf(command, sizeof(command), "{ %s; } >output 2>&1 || { cat output >&2; false; }", given);
	if (system(command) != 0)
		fail_msg("failed: %s", given);
}
