/* SPDX-License-Identifier: MIT */
/* Screens for the tests; and a firmware's video functions: two linear modes, and what VBE says of them. */
#pragma once

#include "kernel-handoff/screen.h"

enum { TEST_MODE_800 = 0x115, TEST_MODE_1024 = 0x118 };

#define TEST_FRAMEBUFFER 0xFD000000u

/* The initialisers of a sound linear screen of 32 bits a pixel. */
#define TEST_SCREEN(at, w, h)                                                                                                              \
	.kind = SCREEN_LINEAR, .phys = (at), .pitch_bytes = 4 * (w), .width = (w), .height = (h), .bits_per_pixel = 32, .red = { 16, 8 },  \
	.green = { 8, 8 }, .blue = { 0, 8 }

extern const struct video_source test_video;
extern const struct vbe_information test_vbe; /* of TEST_MODE_800 */
