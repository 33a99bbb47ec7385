/* SPDX-License-Identifier: MIT */
/* Video modes on the way to a kernel: when they are set, and that a screen is no reason to go without the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "flow/flow.h"
#include "support_boot.h"
#include "support_image.h"
#include "support_linux.h"
#include "support_pe.h"
#include "support_shell.h"
#include "support_video.h"

static const struct video_mode mode = {
	.number = 0x118,
	.screen = { TEST_SCREEN(0xE0000000, 1024, 768) },
};

static struct platform_ops ops;

static void modes(const struct video_mode **list, unsigned *count)
{
	*list = &mode;
	*count = 1;
}

static const struct video_source source = { .modes = modes };

static enum status start_image(struct platform *platform, const struct plan *plan, struct err *err)
{
	(void)platform;
	assert_int_equal(fake->videos_set, plan->video.set); /* the image finds the screen as it was planned */
	return err_set(err, ERR_DENIED, "the image came back", NULL, 0, 0);
}

static void prepare(enum firmware firmware)
{
	image_make("disk.img");
	fake = fake_platform_new("disk.img");
	fake->platform.machine.firmware = firmware;
	fake->platform.machine.video = &source;
	ops = *fake->platform.ops;
	ops.start_image = start_image;
	fake->platform.ops = &ops;
}

static int set_up(void **state)
{
	uint8_t image[PE_IMAGE_MAX] = { 0 };
	size_t bytes = pe_make(image, ".linux");

	(void)state;
	image_begin();
	image_bytes("program.efi", image, bytes);
	linux_start(0x020F, 64 << 20);
	image_bytes("linux", linux_image, LINUX_IMAGE_BYTES);
	return 0;
}

static void the_mode_of_the_entry(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "video text\n");
	image_entry("a", "linux /linux\nvideo 1024x768\n");
	prepare(FIRMWARE_BIOS);
	boot_run(&fake->platform);
	assert_int_equal(fake->jumps, 1);
	assert_int_equal(fake->videos_set, 1);
	assert_int_equal(fake->videos_reset, 0);
	assert_int_equal(fake->plan.video.number, 0x118);
}

static void the_mode_of_loader_conf(void **state)
{
	(void)state;
	image_text("loader/loader.conf", "video 1024x768\n");
	image_entry("a", "linux /linux\n");
	prepare(FIRMWARE_BIOS);
	boot_run(&fake->platform);
	assert_int_equal(fake->jumps, 1);
	assert_int_equal(fake->videos_set, 1);
	image_entry("a", "linux /linux\nvideo keep\n");
	end_boot(state);
	prepare(FIRMWARE_BIOS);
	boot_run(&fake->platform);
	assert_int_equal(fake->jumps, 1);
	assert_int_equal(fake->videos_set, 0);
}

/* The same entry, with what the reservations of the first try have left. */
static void a_mode_that_fails_is_done_without(void **state)
{
	(void)state;
	image_entry("a", "linux /linux\nvideo 1024x768\n");
	prepare(FIRMWARE_BIOS);
	fake->video_fails = true;
	boot_run(&fake->platform);
	assert_int_equal(fake->jumps, 1);
	assert_null(fake->wrong);
	assert_int_equal(fake->videos_set, 1);
	assert_int_equal(fake->videos_reset, 0); /* set_video has done that */
	assert_false(fake->plan.video.set);
	assert_int_equal(fake->platform.memory.count, 1); /* and nothing is left of either */
	assert_console_has(fake, "mkboot: starting a (a.conf)\n"
				 "mkboot: note: the screen could not be set: mode 280 does not work; once more without\n"
				 "mkboot: note: this machine has no linear framebuffer: the screen stays as it is\n");
	assert_null(strstr(fake->console_bytes, "error"));
}

static void messages_after_the_mode_can_be_read(void **state)
{
	(void)state;
	image_entry("a", "linux /linux\nvideo 1024x768\n");
	image_entry("b", "linux /linux\nvideo text\n");
	prepare(FIRMWARE_BIOS);
	fake->quiesce_fails = true;
	boot_run(&fake->platform);
	assert_int_equal(fake->jumps, 0);
	assert_int_equal(fake->videos_set, 1);
	assert_int_equal(fake->videos_reset, 1); /* not for the one that set nothing */
	assert_console_has(fake, "cannot start a.conf: the firmware could not be left");
	assert_console_has(fake, "cannot start b.conf: the firmware could not be left");
}

static void images_find_the_mode_set(void **state)
{
	(void)state;
	image_entry("a", "efi /program.efi\nvideo 1024x768\n");
	image_entry("b", "efi /program.efi\n");
	prepare(FIRMWARE_UEFI);
	fake->platform.machine.screen = mode.screen;
	fake->platform.machine.screen.width = 800;
	fake->video_fails = false;
	boot_run(&fake->platform);
	assert_int_equal(fake->videos_set, 1);
	assert_int_equal(fake->videos_reset, 1);
	assert_console_has(fake, "cannot start a.conf: the image came back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_mode_of_the_entry, set_up, end_boot),
		cmocka_unit_test_setup_teardown(the_mode_of_loader_conf, set_up, end_boot),
		cmocka_unit_test_setup_teardown(a_mode_that_fails_is_done_without, set_up, end_boot),
		cmocka_unit_test_setup_teardown(messages_after_the_mode_can_be_read, set_up, end_boot),
		cmocka_unit_test_setup_teardown(images_find_the_mode_set, set_up, end_boot),
	};

	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
