/* SPDX-License-Identifier: MIT */
/* The video modes of a BIOS: good firmware, and firmware as the field has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "stage2/bios/video.h"
#include "support_bios.h"
#include "support_video_bios.h"

static int reset(void **state)
{
	(void)state;
	fake_bios_reset();
	video_bios_reset();
	return 0;
}

static unsigned list_modes(const struct video_mode **mode)
{
	unsigned count = 12345;

	vbe_source.modes(mode, &count);
	return count;
}

static unsigned count_modes(void)
{
	const struct video_mode *mode;

	return list_modes(&mode);
}

static void modes_of_a_good_firmware(void **state)
{
	const struct video_mode *mode;

	(void)state;
	video_bios_add(0x112, 640, 480, 32);
	video_bios_add(0x114, 800, 600, 16);
	for (unsigned carry = 0; carry < 2; carry++) { /* which says nothing */
		video_bios.carry = carry;
		assert_int_equal(list_modes(&mode), 2);
		assert_int_equal(mode[0].number, 0x112);
		assert_int_equal(mode[0].screen.kind, SCREEN_LINEAR);
		assert_int_equal(mode[0].screen.phys, VIDEO_BIOS_FRAMEBUFFER);
		assert_int_equal(mode[0].screen.pitch_bytes, 2560);
		assert_int_equal(mode[0].screen.width, 640);
		assert_int_equal(mode[0].screen.height, 480);
		assert_int_equal(mode[0].screen.bits_per_pixel, 32);
		assert_true(mode[0].screen.red.position == 16 && mode[0].screen.red.bits == 8);
		assert_true(mode[0].screen.blue.position == 0 && mode[0].screen.blue.bits == 8);
		assert_true(mode[0].screen.reserved.position == 24 && mode[0].screen.reserved.bits == 8);
		assert_int_equal(mode[1].number, 0x114);
		assert_true(mode[1].screen.green.position == 5 && mode[1].screen.green.bits == 6);
	}
}

/* From version 3 on a mode has fields of its own for the linear framebuffer; some leave them empty. */
static void linear_fields_are_of_version_3(void **state)
{
	const struct video_mode *mode;
	struct video_bios_mode *padded = video_bios_add(0x118, 1024, 768, 32);

	(void)state;
	padded->linear_pitch = 8192;
	padded->linear_masks[1] = 0;
	padded->linear_masks[5] = 16;
	assert_int_equal(list_modes(&mode), 1);
	assert_int_equal(mode[0].screen.pitch_bytes, 8192);
	assert_int_equal(mode[0].screen.red.position, 0);
	video_bios.version = 0x0200;
	assert_int_equal(list_modes(&mode), 1);
	assert_int_equal(mode[0].screen.pitch_bytes, 4096);
	assert_int_equal(mode[0].screen.red.position, 16);
	video_bios.version = 0x0300;
	padded->linear_pitch = 0;
	assert_int_equal(list_modes(&mode), 1);
	assert_int_equal(mode[0].screen.pitch_bytes, 4096);
	assert_int_equal(mode[0].screen.red.position, 16);
}

/* Modes of packed pixels had their colours where every card has them. */
static void packed_pixels_need_no_masks(void **state)
{
	static const struct {
		uint8_t depth, red, green, blue, green_position;
	} cases[] = { { 15, 5, 5, 5, 5 }, { 16, 5, 6, 5, 5 }, { 24, 8, 8, 8, 8 }, { 32, 8, 8, 8, 8 } };
	const struct video_mode *mode;

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct video_bios_mode *added = video_bios_add((uint16_t)(0x110 + i), 640, 480, cases[i].depth);

		added->model = 4;
		memset(added->masks, 0, 8);
		memset(added->linear_masks, 0, 8);
	}
	assert_int_equal(list_modes(&mode), 4);
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(mode[i].screen.red.bits, cases[i].red);
		assert_int_equal(mode[i].screen.green.bits, cases[i].green);
		assert_int_equal(mode[i].screen.blue.bits, cases[i].blue);
		assert_int_equal(mode[i].screen.green.position, cases[i].green_position);
		assert_int_equal(mode[i].screen.red.position, cases[i].green_position + cases[i].green);
	}
}

static void modes_that_are_not_for_us(void **state)
{
	static const uint16_t lacking[] = { 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 7 };

	(void)state;
	for (unsigned i = 0; i < sizeof lacking / sizeof *lacking; i++)
		video_bios_add((uint16_t)(0x120 + i), 640, 480, 32)->attributes = VIDEO_BIOS_ATTRIBUTES & (uint16_t)~lacking[i];
	video_bios_add(0x101, 640, 480, 8)->model = 4; /* a palette */
	video_bios_add(0x102, 640, 480, 4)->model = 3; /* planes */
	video_bios_add(0x103, 640, 480, 32)->base = 0;
	video_bios_add(0x104, 640, 480, 32)->linear_pitch = 2559;
	video_bios_add(0x105, 0, 480, 32);
	video_bios_add(0x106, 640, 0, 32);
	video_bios_add(0x107, 640, 480, 0);
	video_bios_add(0x108, 640, 480, 200);
	video_bios_add(0x109, 640, 480, 32)->base = 0xFFFFF000; /* beyond 4 GiB */
	video_bios_add(0x10A, 640, 480, 32)->linear_masks[1] = 30;
	video_bios_add(0x8111, 640, 480, 32); /* a flag in the number */
	video_bios_add(0x4111, 640, 480, 32);
	assert_int_equal(count_modes(), 0);
	video_bios_add(0x111, 640, 480, 32);
	assert_int_equal(count_modes(), 1);
}

/* The list may lie in the very block that the next call uses. */
static void the_list_is_copied_first(void **state)
{
	const struct video_mode *mode;

	(void)state;
	video_bios.list_at = 0;
	for (uint16_t i = 0; i < 20; i++)
		video_bios_add((uint16_t)(0x110 + i), 640, 480, 32);
	assert_int_equal(list_modes(&mode), 20);
	for (uint16_t i = 0; i < 20; i++)
		assert_int_equal(mode[i].number, 0x110 + i);
}

static void no_vbe(void **state)
{
	struct vbe_information information = { .mode = 7 };

	(void)state;
	video_bios_add(0x111, 640, 480, 32);
	video_bios.absent = true; /* AX stays 4F00h */
	assert_int_equal(count_modes(), 0);
	assert_false(vbe_source.vbe(0x111, &information));
	fake_interrupt[0x10] = NULL;
	assert_int_equal(count_modes(), 0);
	reset(state);
	video_bios_add(0x111, 640, 480, 32);
	video_bios.fails = true;
	assert_int_equal(count_modes(), 0);
	video_bios.fails = false;
	video_bios.signature = "VBE2"; /* as we wrote it */
	assert_int_equal(count_modes(), 0);
	video_bios.signature = "VESA";
	video_bios.version = 0x0102; /* banks only */
	assert_int_equal(count_modes(), 0);
	assert_false(vbe_source.vbe(0x111, &information));
	assert_int_equal(information.mode, 7);
}

static void lists_of_garbage_end(void **state)
{
	const struct video_mode *mode;

	(void)state;
	/* One number over and over: each is asked about once. */
	video_bios_add(0x111, 640, 480, 32);
	video_bios.endless = true;
	for (unsigned i = 0; i < 4096; i++)
		put_le16(fake_low + VIDEO_BIOS_LIST + 2 * i, 0x111);
	assert_int_equal(list_modes(&mode), 1);
	assert_int_equal(video_bios.mode_calls, 1);
	/* Zeros up to the end of real mode's memory, and a pointer right to it. */
	for (uint32_t at = 0x10FFE0; at <= 0x10FFEE; at += 2) {
		reset(state);
		video_bios_add(0x111, 640, 480, 32);
		video_bios.endless = true;
		video_bios.list_at = at;
		assert_int_equal(count_modes(), 1);
	}
	/* All different, and all good: more than there is room for. */
	reset(state);
	for (uint16_t i = 0; i < VIDEO_BIOS_MODES_MAX; i++)
		video_bios_add((uint16_t)(0x100 + i), 640, 480, 32);
	video_bios.endless = true;
	assert_int_equal(list_modes(&mode), VIDEO_MODES_MAX);
	assert_int_equal(mode[VIDEO_MODES_MAX - 1].number, 0x100 + VIDEO_MODES_MAX - 1);
	/* All different, and nothing behind them. */
	reset(state);
	for (uint16_t i = 0; i < 0x800; i++)
		put_le16(fake_low + VIDEO_BIOS_LIST + 2 * i, i);
	video_bios.endless = true;
	assert_int_equal(count_modes(), 0);
	assert_int_equal(video_bios.mode_calls, 512);
}

static void what_kernels_of_multiboot_are_told(void **state)
{
	struct vbe_information information;

	(void)state;
	video_bios_add(0x118, 1024, 768, 32);
	assert_true(vbe_source.vbe(0x118, &information));
	assert_int_equal(information.mode, 0x4118);
	assert_memory_equal(information.control, "VESA", 4);
	assert_int_equal(get_le16(information.control + 4), 0x0300);
	assert_int_equal(get_le16(information.mode_information + 0x12), 1024);
	assert_int_equal(get_le32(information.mode_information + 0x28), VIDEO_BIOS_FRAMEBUFFER);
	assert_int_equal(information.interface_segment, 0xDEAD); /* what support_bios.c returns in ES */
	assert_int_equal(information.interface_offset, VIDEO_BIOS_INTERFACE_OFFSET);
	assert_int_equal(information.interface_bytes, VIDEO_BIOS_INTERFACE_BYTES);
	video_bios.has_interface = false;
	assert_true(vbe_source.vbe(0x118, &information));
	assert_int_equal(information.interface_segment, 0);
	assert_int_equal(information.interface_offset, 0);
	assert_int_equal(information.interface_bytes, 0);
	assert_false(vbe_source.vbe(0x119, &information));
	assert_int_equal(information.mode, 0x4118);
}

static void modes_are_set_with_their_linear_framebuffer(void **state)
{
	struct err err = { .code = OK };

	(void)state;
	assert_int_equal(vbe_set_mode(0x118, &err), OK);
	assert_int_equal(video_bios.set, 0x4118);
	video_bios.set_fails = true;
	assert_int_equal(vbe_set_mode(0x118, &err), ERR_IO);
	assert_int_equal(err.frame[0].a, 0x118);
	assert_int_equal(err.frame[0].b, 0x014F);
	video_bios.absent = true;
	assert_int_equal(vbe_set_mode(0x118, &err), ERR_IO);
	assert_int_equal(err.frame[0].b, 0x4F02);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(modes_of_a_good_firmware, reset),
		cmocka_unit_test_setup(linear_fields_are_of_version_3, reset),
		cmocka_unit_test_setup(packed_pixels_need_no_masks, reset),
		cmocka_unit_test_setup(modes_that_are_not_for_us, reset),
		cmocka_unit_test_setup(the_list_is_copied_first, reset),
		cmocka_unit_test_setup(no_vbe, reset),
		cmocka_unit_test_setup(lists_of_garbage_end, reset),
		cmocka_unit_test_setup(what_kernels_of_multiboot_are_told, reset),
		cmocka_unit_test_setup(modes_are_set_with_their_linear_framebuffer, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
