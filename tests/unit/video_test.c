/* SPDX-License-Identifier: MIT */
/* Which screen a kernel gets: from its wish, the user's word and a machine's list of modes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/print.h"
#include "kernel-handoff/video.h"
#include "support_handoff.h"

enum { MIB = 1 << 20, FRAMEBUFFER = 0xE0000000 };

static struct bench bench;
static struct video_mode list[VIDEO_MODES_MAX];
static unsigned listed, asked, described;
static bool describes;
static char notes[512];

static void modes(const struct video_mode **mode, unsigned *count)
{
	asked++;
	*mode = list;
	*count = listed;
}

static bool vbe(uint32_t number, struct vbe_information *information)
{
	described++;
	if (describes)
		information->mode = (uint16_t)number;
	return describes;
}

static const struct video_source bios_source = { .modes = modes, .vbe = vbe }, uefi_source = { .modes = modes };

static struct screen linear(uint32_t width, uint32_t height, uint32_t depth)
{
	return (struct screen){
		.kind = SCREEN_LINEAR,
		.phys = FRAMEBUFFER,
		.pitch_bytes = width * ((depth + 7) / 8),
		.width = width,
		.height = height,
		.bits_per_pixel = depth,
		.red = { 10, 5 },
		.green = { 5, 5 },
		.blue = { 0, 5 },
	};
}

static void add_mode(uint32_t width, uint32_t height, uint32_t depth)
{
	list[listed] = (struct video_mode){ 0x100 + listed, linear(width, height, depth) };
	listed++;
}

/* A machine in a text mode with QEMU's usual sizes. */
static void start(void)
{
	bench_init(&bench, 64 * MIB, "test", NULL, 0);
	arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
	bench.machine.video = &bios_source;
	listed = asked = described = 0;
	describes = true;
	for (unsigned depth = 16; depth <= 32; depth += 8) {
		add_mode(1280, 1024, depth);
		add_mode(640, 480, depth);
		add_mode(1024, 768, depth);
		add_mode(800, 600, depth);
	}
}

static void start_uefi(void)
{
	start();
	bench_use_uefi(&bench);
	bench.machine.screen = linear(1280, 800, 32);
	bench.machine.video = &uefi_source;
	add_mode(1280, 800, 32);
}

static void choose(struct video_setting setting, struct video_wish wish)
{
	struct text_buffer text;

	bench.request.settings.video = setting;
	bench.plan = (struct plan){ .memory = &bench.memory, .video.screen = bench.machine.screen };
	video_choose(&bench.request, &wish, &bench.plan, &bench.arena);
	text_buffer_init(&text, notes, sizeof notes);
	plan_print_notes(&bench.plan, &text.sink, "", "hint: ");
}

static void assert_mode(uint32_t width, uint32_t height, uint32_t depth)
{
	const struct plan_video *video = &bench.plan.video;

	assert_true(video->set);
	assert_int_equal(video->screen.kind, SCREEN_LINEAR);
	assert_int_equal(video->screen.width, width);
	assert_int_equal(video->screen.height, height);
	assert_int_equal(video->screen.bits_per_pixel, depth);
	assert_memory_equal(&video->screen, &list[video->number - 0x100].screen, sizeof video->screen);
}

static void assert_stays(void)
{
	assert_false(bench.plan.video.set);
	assert_memory_equal(&bench.plan.video.screen, &bench.machine.screen, sizeof bench.machine.screen);
	assert_null(bench.plan.video.vbe);
}

#define MODE(w, h, d) ((struct video_setting){ VIDEO_MODE, w, h, d })
#define WISH(...)     ((struct video_wish){ __VA_ARGS__ })

static const struct video_setting unset = { .kind = VIDEO_UNSET }, keep = { .kind = VIDEO_KEEP }, text = { .kind = VIDEO_TEXT };
static const struct video_wish either = { .text = true, .linear = true }, pixels = { .linear = true }, cells = { .text = true }, nothing;

static void the_mode_that_is_named(void **state)
{
	(void)state;
	start();
	choose(MODE(1024, 768, 32), either);
	assert_mode(1024, 768, 32);
	assert_string_equal(notes, "");
	assert_non_null(bench.plan.video.vbe);
	assert_int_equal(bench.plan.video.vbe->mode, bench.plan.video.number);
	choose(MODE(800, 600, 16), either);
	assert_mode(800, 600, 16);
	choose(MODE(800, 600, 0), either); /* the deepest */
	assert_mode(800, 600, 32);
	assert_string_equal(notes, "");
	describes = false;
	choose(MODE(800, 600, 0), either);
	assert_mode(800, 600, 32);
	assert_null(bench.plan.video.vbe);
	bench.arena.fail_at = bench.arena.calls + 1; /* no memory for it is no reason either */
	describes = true;
	choose(MODE(800, 600, 0), either);
	assert_mode(800, 600, 32);
	assert_null(bench.plan.video.vbe);
}

static void the_nearest_mode_is_a_note(void **state)
{
	static const struct {
		struct video_setting said;
		uint32_t width, height, depth;
		const char *note;
	} cases[] = {
		/* The largest that is smaller in both directions. */
		{ { VIDEO_MODE, 1100, 1000, 0 }, 1024, 768, 32, "this machine has no video mode 1100x1000: the nearest is 1024x768x32\n" },
		{ { VIDEO_MODE, 1279, 1024, 16 },
		  1024,
		  768,
		  16,
		  "this machine has no video mode 1279x1024x16: the nearest is 1024x768x16\n" },
		{ { VIDEO_MODE, 4000, 599, 0 }, 640, 480, 32, "this machine has no video mode 4000x599: the nearest is 640x480x32\n" },
		/* None is: the smallest. */
		{ { VIDEO_MODE, 320, 2000, 24 }, 640, 480, 24, "this machine has no video mode 320x2000x24: the nearest is 640x480x24\n" },
		/* Not in that depth. */
		{ { VIDEO_MODE, 800, 600, 15 }, 800, 600, 32, "this machine has no video mode 800x600x15: the nearest is 800x600x32\n" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		start();
		choose(cases[i].said, either);
		assert_mode(cases[i].width, cases[i].height, cases[i].depth);
		assert_string_equal(notes, cases[i].note);
	}
}

static void without_modes(void **state)
{
	(void)state;
	start();
	listed = 0;
	choose(MODE(1024, 768, 0), either);
	assert_stays();
	assert_string_equal(notes, "this machine has no linear framebuffer: the screen stays as it is\n");
	bench.machine.video = NULL;
	choose(MODE(1024, 768, 0), either);
	assert_stays();
	assert_string_equal(notes, "this machine has no linear framebuffer: the screen stays as it is\n");
	bench.machine.screen = (struct screen){ .kind = SCREEN_NONE };
	choose(text, either);
	assert_stays();
	assert_string_equal(notes, "");
}

static void the_present_mode_is_one_of_them(void **state)
{
	(void)state;
	start_uefi();
	choose(MODE(1280, 800, 0), either);
	assert_stays();
	choose(MODE(1280, 800, 32), either);
	assert_stays();
	assert_int_equal(asked, 0); /* some firmware is slow there */
	assert_string_equal(notes, "");
	choose(MODE(1280, 900, 0), either); /* still the best */
	assert_stays();
	assert_int_equal(asked, 1);
	assert_string_equal(notes, "this machine has no video mode 1280x900: the nearest is 1280x800x32\n");
	choose(MODE(1280, 1024, 0), either);
	assert_mode(1280, 1024, 32);
	assert_null(bench.plan.video.vbe);
	listed = 0;
	choose(MODE(640, 480, 0), either);
	assert_stays();
	assert_string_equal(notes, "this machine has no video mode 640x480: the nearest is 1280x800x32\n");
}

static void keep_is_final(void **state)
{
	(void)state;
	start();
	choose(keep, WISH(.linear = true, .width = 1024, .height = 768));
	assert_stays();
	assert_string_equal(notes, "this kernel can only use a linear framebuffer, and it gets none\n"
				   "hint: take the line \"video\" out of its entry, or out of loader.conf\n");
	choose(keep, WISH(.text = true, .linear = true, .width = 1024, .height = 768));
	assert_stays();
	assert_string_equal(notes, "");
	start_uefi();
	choose(keep, WISH(.linear = true, .width = 1024, .height = 768));
	assert_stays();
	assert_string_equal(notes, "");
	assert_int_equal(asked, 0);
}

static void text_where_there_is_one(void **state)
{
	(void)state;
	start();
	choose(text, either);
	assert_stays();
	assert_string_equal(notes, "");
	choose(text, pixels);
	assert_stays();
	assert_non_null(strstr(notes, "can only use a linear framebuffer"));
	start_uefi();
	choose(text, either);
	assert_stays();
	assert_string_equal(notes, "this machine's firmware shows pixels only: there is no text screen\n");
	assert_int_equal(asked, 0);
}

static void a_kernel_without_a_wish_changes_nothing(void **state)
{
	static const struct video_wish wishes[] = { { 0 },
						    { .text = true },
						    { .text = true, .linear = true },
						    { .text = true, .width = 800, .height = 600 },
						    { .text = true, .linear = true, .width = 800 } };

	(void)state;
	for (unsigned i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		start();
		choose(unset, wishes[i]);
		assert_stays();
		start_uefi();
		choose(unset, wishes[i]);
		assert_stays();
		assert_string_equal(notes, "");
		assert_int_equal(asked, 0);
	}
}

static void a_kernel_that_names_a_size(void **state)
{
	(void)state;
	start();
	choose(unset, WISH(.text = true, .linear = true, .width = 800, .height = 600));
	assert_mode(800, 600, 32);
	choose(unset, WISH(.linear = true, .width = 1000, .height = 1000, .depth = 24));
	assert_mode(800, 600, 24);
	assert_string_equal(notes, ""); /* it is a preference */
	listed = 0;
	choose(unset, WISH(.text = true, .linear = true, .width = 800, .height = 600));
	assert_stays();
	assert_string_equal(notes, "");
	start_uefi();
	choose(unset, WISH(.linear = true, .width = 800, .height = 600));
	assert_mode(800, 600, 32);
}

static void a_kernel_that_needs_pixels(void **state)
{
	(void)state;
	start();
	choose(unset, pixels);
	assert_mode(1024, 768, 32);
	choose(unset, WISH(.linear = true, .depth = 16));
	assert_mode(1024, 768, 16);
	assert_string_equal(notes, "");
	listed = 0;
	choose(unset, pixels);
	assert_stays();
	assert_string_equal(notes, "this kernel can only use a linear framebuffer, and it gets none\n");
	start_uefi();
	choose(unset, pixels);
	assert_stays();
	assert_string_equal(notes, "");
}

static void the_user_may_know_better(void **state)
{
	(void)state;
	start();
	choose(MODE(800, 600, 0), cells);
	assert_mode(800, 600, 32);
	assert_string_equal(notes, "this kernel says that it uses a text screen: it may show nothing\n"
				   "hint: write \"video text\" into its entry\n");
	choose(MODE(800, 600, 0), nothing);
	assert_mode(800, 600, 32);
	assert_string_equal(notes, "");
	start_uefi(); /* nothing else was there before */
	choose(MODE(800, 600, 0), cells);
	assert_mode(800, 600, 32);
	assert_string_equal(notes, "");
}

static void spoil_size(struct screen *screen)
{
	screen->pitch_bytes = 0;
}

static void spoil_memory(struct screen *screen)
{
	screen->phys = 32 * MIB; /* RAM */
}

static void spoil_memory_end(struct screen *screen)
{
	screen->phys = MIB - 4096; /* begins below it */
}

static void what_cannot_be_is_passed_over(void **state)
{
	static void (*const spoil[])(struct screen * screen) = { spoil_size, spoil_memory, spoil_memory_end };

	(void)state;
	for (unsigned i = 0; i < sizeof spoil / sizeof *spoil; i++) {
		start();
		add_mode(1152, 864, 32);
		choose(MODE(1152, 864, 32), either);
		assert_mode(1152, 864, 32);
		spoil[i](&list[listed - 1].screen);
		choose(MODE(1152, 864, 32), either);
		assert_mode(1024, 768, 32);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mode_that_is_named),
		cmocka_unit_test(the_nearest_mode_is_a_note),
		cmocka_unit_test(without_modes),
		cmocka_unit_test(the_present_mode_is_one_of_them),
		cmocka_unit_test(keep_is_final),
		cmocka_unit_test(text_where_there_is_one),
		cmocka_unit_test(a_kernel_without_a_wish_changes_nothing),
		cmocka_unit_test(a_kernel_that_names_a_size),
		cmocka_unit_test(a_kernel_that_needs_pixels),
		cmocka_unit_test(the_user_may_know_better),
		cmocka_unit_test(what_cannot_be_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
