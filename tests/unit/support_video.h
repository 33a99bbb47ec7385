/* SPDX-License-Identifier: MIT */
/* A firmware's video functions for the tests of protocols: two linear modes, and what VBE says of them. */
#pragma once

#include "kernel-handoff/machine.h"

enum { TEST_MODE_800 = 0x115, TEST_MODE_1024 = 0x118 };

#define TEST_FRAMEBUFFER 0xFD000000u

extern const struct video_source test_video;
extern const struct vbe_information test_vbe; /* of TEST_MODE_800 */
