/* SPDX-License-Identifier: MIT */
/* The four-coloured screen. */
#include "screen.h"

enum { SIDE_MAX = 16384 };

static uint32_t colour(uint8_t position, uint8_t bits)
{
	return ((1u << bits) - 1) << position;
}

static void paint_line(uint64_t at, const struct kernel_screen *screen, uint32_t left, uint32_t right)
{
	uint32_t bytes = (screen->depth + 7) / 8;

	for (uint32_t x = 0; x < screen->width; x++) {
		uint32_t pixel = x < screen->width / 2 ? left : right;

		for (uint32_t i = 0; i < bytes; i++)
			*(volatile uint8_t *)(uintptr_t)(at + x * bytes + i) = (uint8_t)(pixel >> (8 * i));
	}
}

void screen_paint(const struct kernel_screen *screen)
{
	uint32_t red = colour(screen->red.position, screen->red.bits), green = colour(screen->green.position, screen->green.bits),
		 blue = colour(screen->blue.position, screen->blue.bits);

	report_hex("screen.start", screen->start);
	report_number("screen.pitch", screen->pitch);
	report_number("screen.width", screen->width);
	report_number("screen.height", screen->height);
	report_number("screen.depth", screen->depth);
	report_hex("screen.red", red);
	report_hex("screen.green", green);
	report_hex("screen.blue", blue);
	require(screen->start != 0 && screen->width != 0 && screen->width <= SIDE_MAX && screen->height != 0 &&
			screen->height <= SIDE_MAX && screen->depth >= 15 && screen->depth <= 32 &&
			screen->pitch >= screen->width * ((screen->depth + 7) / 8),
		"the framebuffer cannot be");
	for (uint32_t y = 0; y < screen->height; y++) {
		bool upper = y < screen->height / 2;

		paint_line(screen->start + (uint64_t)y * screen->pitch, screen, upper ? red : blue, upper ? green : red | green | blue);
	}
}
