/* SPDX-License-Identifier: MIT */
/* Entries whose kernel the firmware starts: what it is given, and what happens when it comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/flow.h"
#include "support_boot.h"
#include "support_image.h"
#include "support_pe.h"
#include "support_shell.h"

static struct platform_ops ops;
static unsigned started;
static const char *returns; /* what the image comes back with; NULL: it never does */
static char seen[256];

static enum status start_image(struct platform *platform, const struct plan *plan, struct err *err)
{
	uint8_t start[2];
	int length;

	(void)platform;
	started++;
	assert_int_equal(plan->mode, ENTRY_MODE_IMAGE);
	assert_int_equal(file_read(plan->image.file, 0, sizeof start, start, err), OK);
	assert_memory_equal(start, "MZ", 2); /* unpacked */
	length = snprintf(seen, sizeof seen, "%s|%s|%u", plan->image.path, plan->image.options, plan->image.initrd_count);
	for (unsigned i = 0; i < plan->image.initrd_count; i++) {
		char text[32] = "";

		assert_int_equal(file_read(plan->image.initrd[i], 0, plan->image.initrd[i]->bytes, text, err), OK);
		length += snprintf(seen + length, sizeof seen - (size_t)length, "|%s", text);
	}
	return returns ? err_set(err, ERR_DENIED, "the image came back: {s}", returns, 0, 0) : OK;
}

static void boot_on(enum firmware firmware)
{
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	fake->platform.machine.firmware = firmware;
	ops = *fake->platform.ops;
	ops.start_image = firmware == FIRMWARE_UEFI ? start_image : NULL;
	fake->platform.ops = &ops;
	boot_run(&fake->platform);
}

static int set_up(void **state)
{
	uint8_t image[PE_IMAGE_MAX] = { 0 };
	size_t bytes = pe_make(image, ".linux");

	(void)state;
	image_begin();
	image_bytes("kernel.efi", image, bytes);
	image_kernel("kernel", 0);
	image_text("one", "first");
	image_text("two", "second");
	shell_run("gzip -c root/kernel.efi > root/packed");
	started = 0;
	returns = NULL;
	seen[0] = '\0';
	return 0;
}

static void test_linux(void **state)
{
	(void)state;
	image_entry("a", "title A\nlinux /packed\ninitrd /one\ninitrd /two\noptions quiet\n");
	boot_on(FIRMWARE_UEFI);
	assert_string_equal(fake->console_bytes, "mkboot: starting A (a.conf)\n");
	assert_string_equal(seen, "/packed|quiet|2|first|second");
	assert_int_equal(started, 1);
	assert_true(fake->quiesced == 0 && fake->jumps == 0 && fake->stops == 0);
}

static void test_programs(void **state)
{
	(void)state;
	image_entry("a", "efi /kernel.efi\noptions -cfg=x\n");
	boot_on(FIRMWARE_UEFI);
	assert_string_equal(seen, "/kernel.efi|/kernel.efi -cfg=x|0");
	end_boot(state);
	image_entry("a", "uki /kernel.efi\noptions quiet\n");
	boot_on(FIRMWARE_UEFI);
	assert_string_equal(seen, "/kernel.efi|quiet|0");
}

/* A missing initrd: the kernel is not started at all, and the next entry is tried; so it is when an image comes back. */
static void test_failures_go_on(void **state)
{
	(void)state;
	returns = "Access Denied";
	image_entry("c", "linux /kernel.efi\ninitrd /gone\nsort-key a\n");
	image_entry("b", "uki /kernel.efi\nsort-key b\n");
	image_entry("a", "elf /kernel\nsort-key c\n");
	boot_on(FIRMWARE_UEFI);
	assert_int_equal(started, 1);
	assert_console_has(fake, "cannot start c.conf: initrd /gone");
	assert_console_has(fake, "cannot start b.conf: the image came back: Access Denied\n");
	assert_int_equal(fake->jumps, 1);
	assert_string_equal(fake->kernel, "/kernel");
}

static void test_bios(void **state)
{
	(void)state;
	image_entry("b", "efi /kernel.efi\nsort-key a\n");
	image_entry("a", "elf /kernel\nsort-key b\n");
	boot_on(FIRMWARE_BIOS);
	assert_console_has(fake, "cannot start b.conf: kernel /kernel.efi: \"efi\" needs UEFI, and this machine was started by a BIOS\n");
	assert_int_equal(started, 0);
	assert_int_equal(fake->jumps, 1);
}

/* A shell without the operation says so. */
static void test_no_operation(void **state)
{
	struct plan plan = { .mode = ENTRY_MODE_IMAGE, .kernel = "/kernel.efi" };
	struct err err = { .code = OK };

	(void)state;
	image_entry("a", "elf /kernel\n");
	boot_on(FIRMWARE_BIOS);
	assert_status(ERR_UNSUPPORTED, boot_commit(&fake->platform, &plan, &err), &err);
	assert_trail(&err, "cannot start the image /kernel.efi");
}

#define image_test(function) cmocka_unit_test_setup_teardown(function, set_up, end_boot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		image_test(test_linux), image_test(test_programs),     image_test(test_failures_go_on),
		image_test(test_bios),  image_test(test_no_operation),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
