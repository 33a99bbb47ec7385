/* SPDX-License-Identifier: MIT */
/* The video functions of a BIOS of the tests. */
#include "support_video.h"

static const struct video_mode list[] = {
	{ .number = TEST_MODE_1024, .screen = { TEST_SCREEN(TEST_FRAMEBUFFER, 1024, 768) } },
	{ .number = TEST_MODE_800, .screen = { TEST_SCREEN(TEST_FRAMEBUFFER, 800, 600) } },
};

const struct vbe_information test_vbe = {
	.mode = 0x4115,
	.interface_segment = 0xC000,
	.interface_offset = 0x1234,
	.interface_bytes = 0x56,
	.control = { 'V', 'E', 'S', 'A', 0, 3, [511] = 0xAA },
	.mode_information = { 0x9B, [255] = 0x55 },
};

static void modes(const struct video_mode **mode, unsigned *count)
{
	*mode = list;
	*count = sizeof list / sizeof *list;
}

static bool vbe(uint32_t number, struct vbe_information *information)
{
	if (number != TEST_MODE_800)
		return false;
	*information = test_vbe;
	return true;
}

const struct video_source test_video = { .modes = modes, .vbe = vbe };
