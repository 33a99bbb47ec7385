/* SPDX-License-Identifier: MIT */
/* `video native`: the size that the display prefers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/print.h"
#include "kernel-handoff/video.h"
#include "support_handoff.h"
#include "support_video.h"

enum { MIB = 1 << 20 };

static struct bench bench;
static char notes[512];
static uint8_t edid_block[EDID_BYTES];
static bool has_edid;

static void modes(const struct video_mode **mode, unsigned *count)
{
	static struct video_mode list[2];

	list[0] = (struct video_mode){ 0x143, { TEST_SCREEN(0xE0000000, 800, 600) } };
	list[1] = (struct video_mode){ 0x145, { TEST_SCREEN(0xE0000000, 1280, 1024) } };
	*mode = list;
	*count = 2;
}

static bool edid(uint8_t block[EDID_BYTES])
{
	if (has_edid)
		memcpy(block, edid_block, EDID_BYTES);
	return has_edid;
}

static void start(void)
{
	static const struct video_source source = { .modes = modes, .edid = edid };

	bench_init(&bench, 64 * MIB, "test", NULL, 0);
	arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
	bench.machine.video = &source;
	bench.request.settings.video.kind = VIDEO_NATIVE;
}

static void choose_native(void)
{
	struct text_buffer text;

	bench.plan = (struct plan){ .memory = &bench.memory, .video.screen = bench.machine.screen };
	video_choose(&bench.request, &(struct video_wish){ .text = true, .linear = true }, &bench.plan, &bench.arena);
	text_buffer_init(&text, notes, sizeof notes);
	plan_print_notes(&bench.plan, &text.sink, "", "hint: ");
}

static void assert_size(uint32_t width, uint32_t height)
{
	assert_true(bench.plan.video.set);
	assert_int_equal(bench.plan.video.screen.width, width);
	assert_int_equal(bench.plan.video.screen.height, height);
}

static void assert_stays(void)
{
	assert_false(bench.plan.video.set);
	assert_int_equal(bench.plan.video.screen.kind, bench.machine.screen.kind);
}

/* A display that prefers so much; the checksum is right. */
static void make_edid(uint32_t width, uint32_t height, uint8_t flags)
{
	uint8_t sum = 0;

	memset(edid_block, 0, sizeof edid_block);
	memset(edid_block + 1, 0xFF, 6);
	edid_block[54] = 1;
	edid_block[56] = (uint8_t)width;
	edid_block[58] = (uint8_t)(width >> 8 << 4 | 0xF);
	edid_block[59] = (uint8_t)height;
	edid_block[61] = (uint8_t)(height >> 8 << 4 | 0xF);
	edid_block[71] = flags;
	for (unsigned i = 0; i < EDID_BYTES - 1; i++)
		sum = (uint8_t)(sum + edid_block[i]);
	edid_block[EDID_BYTES - 1] = (uint8_t)-sum;
	has_edid = true;
}

static void the_display_is_asked_when_the_user_says_so(void **state)
{
	static const char none[] = "the display does not say which mode it likes best (EDID): the screen stays as it is\n"
				   "hint: name a mode: video WIDTHxHEIGHT\n";

	(void)state;
	start();
	make_edid(800, 600, 0);
	choose_native();
	assert_size(800, 600);
	assert_string_equal(notes, "");
	make_edid(1280, 512, 0x80); /* interlaced */
	choose_native();
	assert_size(1280, 1024);
	make_edid(1920, 1080, 0);
	choose_native();
	assert_size(1280, 1024);
	assert_string_equal(notes, "this machine has no video mode 1920x1080: the nearest is 1280x1024x32\n");
	for (unsigned i = 0; i < EDID_BYTES; i++) { /* any damaged byte */
		make_edid(800, 600, 0);
		edid_block[i] ^= 0x40;
		choose_native();
		assert_stays();
		assert_string_equal(notes, none);
	}
	make_edid(0, 600, 0);
	choose_native();
	assert_stays();
	has_edid = false;
	choose_native();
	assert_stays();
	assert_string_equal(notes, none);
	bench.machine.video = NULL;
	choose_native();
	assert_string_equal(notes, none);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_display_is_asked_when_the_user_says_so) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
