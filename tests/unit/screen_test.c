/* SPDX-License-Identifier: MIT */
/* What no linear screen can be, whoever says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel-handoff/screen.h"
#include "support_video.h"

static const struct screen good = { TEST_SCREEN(0xE0000000, 1024, 768) };

static void spoil_kind(struct screen *screen)
{
	screen->kind = SCREEN_TEXT;
}

static void spoil_base(struct screen *screen)
{
	screen->phys = 0;
}

static void spoil_end(struct screen *screen)
{
	screen->phys = UINT64_MAX - 1000;
}

static void spoil_pitch(struct screen *screen)
{
	screen->pitch_bytes--;
}

static void spoil_long_line(struct screen *screen)
{
	screen->pitch_bytes = 65536;
}

static void spoil_width(struct screen *screen)
{
	screen->width = 0;
}

static void spoil_height(struct screen *screen)
{
	screen->height = 0;
}

static void spoil_side(struct screen *screen)
{
	screen->height = SCREEN_SIDE_MAX + 1;
}

static void spoil_wrapped_side(struct screen *screen)
{
	screen->width = 0x40000001; /* four bytes each are four bytes again */
}

static void spoil_depth(struct screen *screen)
{
	screen->bits_per_pixel = 33;
}

static void spoil_palette(struct screen *screen)
{
	screen->bits_per_pixel = 8;
}

static void spoil_colour(struct screen *screen)
{
	screen->green.bits = 0;
}

static void spoil_colour_place(struct screen *screen)
{
	screen->red.position = 28;
}

static void spoiled_screens_are_not_sound(void **state)
{
	static void (*const spoil[])(struct screen * screen) = {
		spoil_kind, spoil_base,         spoil_end,   spoil_pitch,   spoil_long_line, spoil_width,        spoil_height,
		spoil_side, spoil_wrapped_side, spoil_depth, spoil_palette, spoil_colour,    spoil_colour_place,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof spoil / sizeof *spoil; i++) {
		struct screen screen = good;

		assert_true(screen_is_sound(&screen));
		spoil[i](&screen);
		assert_false(screen_is_sound(&screen));
	}
}

static void odd_screens_are_sound(void **state)
{
	struct screen screen = good;

	(void)state;
	assert_int_equal(screen_end(&screen), 0xE0000000 + 4096 * 768);
	screen.pitch_bytes = 65535;
	assert_true(screen_is_sound(&screen));
	screen.phys = 0x4000000000; /* a large BAR */
	assert_true(screen_is_sound(&screen));
	screen = good;
	screen.bits_per_pixel = 15; /* in two bytes */
	screen.pitch_bytes = 2048;
	screen.red.position = 10;
	screen.red.bits = screen.green.bits = screen.blue.bits = 5;
	screen.green.position = 5;
	assert_true(screen_is_sound(&screen));
	screen.red.position = 11;
	assert_true(screen_is_sound(&screen));
	screen.red.position = 12;
	assert_false(screen_is_sound(&screen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spoiled_screens_are_not_sound),
		cmocka_unit_test(odd_screens_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
