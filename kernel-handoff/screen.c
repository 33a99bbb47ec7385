/* SPDX-License-Identifier: MIT */
/* What a linear screen can be. */
#include "kernel-handoff/screen.h"

enum { DEPTH_MIN = 15, DEPTH_MAX = 32 };

bool screen_is_sound(const struct screen *screen)
{
	uint32_t pixel_bytes = (screen->bits_per_pixel + 7) / 8;
	const uint8_t colours[][2] = {
		{ screen->red.position, screen->red.bits },
		{ screen->green.position, screen->green.bits },
		{ screen->blue.position, screen->blue.bits },
	};

	if (screen->kind != SCREEN_LINEAR || screen->phys == 0 || screen->bits_per_pixel < DEPTH_MIN || screen->bits_per_pixel > DEPTH_MAX)
		return false;
	if (screen->width == 0 || screen->width > SCREEN_SIDE_MAX || screen->height == 0 || screen->height > SCREEN_SIDE_MAX)
		return false;
	if (screen->pitch_bytes < screen->width * pixel_bytes || screen->pitch_bytes > UINT16_MAX || screen_end(screen) < screen->phys)
		return false;
	for (unsigned i = 0; i < sizeof colours / sizeof *colours; i++) {
		if (colours[i][1] == 0 || colours[i][0] + colours[i][1] > pixel_bytes * 8)
			return false;
	}
	return true;
}
