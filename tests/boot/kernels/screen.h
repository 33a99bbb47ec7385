/* SPDX-License-Identifier: MIT */
/* A linear framebuffer that a verdict kernel was told of: it is reported, and painted so that a picture of the screen proves it. */
#pragma once

#include "support.h"

struct kernel_screen {
	uint64_t start;
	uint32_t pitch, width, height, depth;
	struct {
		uint8_t position, bits;
	} red, green, blue;
};

/*
 * Reports screen.start, .pitch, .width, .height, .depth, .red, .green and .blue (as masks), and checks that the lines have room for their
 * pixels. Then the left upper quarter becomes red, the right one green, the left lower one blue and the right one white. The machine has
 * to stay for somebody to see it: verdict_stay().
 */
void screen_paint(const struct kernel_screen *screen);
