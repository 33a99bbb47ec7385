/* SPDX-License-Identifier: MIT */
/* Which mode the screen gets. */
#include "kernel-handoff/video.h"

#include "core/base/arena.h"

struct size {
	uint32_t width, height, depth; /* 0: any */
};

static uint64_t pixels(const struct screen *screen)
{
	return (uint64_t)screen->width * screen->height;
}

static bool is_same_size(const struct screen *screen, const struct size *size)
{
	return screen->width == size->width && screen->height == size->height;
}

static bool fits(const struct screen *screen, const struct size *size)
{
	return (size->width == 0 || screen->width <= size->width) && (size->height == 0 || screen->height <= size->height);
}

/* How well a mode serves: the larger the better. Sizes first; then the wished depth, else the deepest. */
static uint64_t rank(const struct screen *screen, const struct size *size)
{
	enum { EXACT_SHIFT = 62, FITS_SHIFT = 61, PIXELS_SHIFT = 8, DEPTH_EXACT = 1 << 7 };
	const uint64_t most_pixels = 1ull << 40;
	bool good = fits(screen, size);
	uint64_t by_size = good ? pixels(screen) : most_pixels - pixels(screen);
	uint64_t depth = screen->bits_per_pixel == size->depth ? DEPTH_EXACT : screen->bits_per_pixel;

	return (uint64_t)is_same_size(screen, size) << EXACT_SHIFT | (uint64_t)good << FITS_SHIFT | by_size << PIXELS_SHIFT | depth;
}

/* Firmware starts in a mode that its screen can show; a kernel that does not mind gets no larger one. */
static const struct size any_size = { .width = 1024, .height = 768 };

static void set_linear(const struct boot_request *request, const struct size *size, struct plan *plan, struct arena *arena)
{
	const struct machine *machine = request->machine;
	const struct screen *now = &machine->screen;
	const struct video_mode *mode = NULL, *best = NULL;
	unsigned count = 0;
	uint64_t best_rank = now->kind == SCREEN_LINEAR ? rank(now, size) : 0;
	struct vbe_information *vbe;

	if (machine->video != NULL)
		machine->video->modes(&mode, &count);
	for (unsigned i = 0; i < count; i++) {
		if (rank(&mode[i].screen, size) > best_rank) {
			best = &mode[i];
			best_rank = rank(&best->screen, size);
		}
	}
	if (best != NULL) {
		plan->video = (struct plan_video){ .set = true, .number = best->number, .screen = best->screen };
		vbe = machine->video->vbe != NULL ? ARENA_NEW(arena, struct vbe_information) : NULL;
		if (vbe != NULL && machine->video->vbe(best->number, vbe))
			plan->video.vbe = vbe;
	} else if (now->kind != SCREEN_LINEAR) {
		plan_note(plan, "this machine has no linear framebuffer; the screen stays as it is", NULL, 0, 0, NULL);
	}
}

static void set_text(const struct boot_request *request, struct plan *plan)
{
	if (request->machine->screen.kind == SCREEN_LINEAR && request->settings.video.kind == VIDEO_TEXT)
		plan_note(plan, "this machine's firmware shows pixels only: there is no text screen", NULL, 0, 0, NULL);
}

/* Says so when a mode that the user has named is not the one that it will be. */
static void note_difference(const struct size *size, struct plan *plan)
{
	const struct screen *screen = &plan->video.screen;

	if (screen->kind != SCREEN_LINEAR || is_same_size(screen, size))
		return;
	plan_note(plan, "the mode nearest to the one of \"video\" is {a}x{b}", NULL, screen->width, screen->height, NULL);
}

void video_choose(const struct boot_request *request, const struct video_wish *wish, struct plan *plan, struct arena *arena)
{
	const struct video_setting *setting = &request->settings.video;
	const struct size wished = { wish->width, wish->height, wish->depth };
	const struct size said = { setting->width, setting->height, setting->depth };
	bool names_size = wish->width != 0 && wish->height != 0;

	if (setting->kind == VIDEO_MODE) {
		set_linear(request, &said, plan, arena);
		note_difference(&said, plan);
	} else if (setting->kind == VIDEO_TEXT) {
		set_text(request, plan);
	} else if (setting->kind == VIDEO_UNSET && wish->linear && names_size) {
		set_linear(request, &wished, plan, arena);
	} else if (setting->kind == VIDEO_UNSET && wish->linear && !wish->text && request->machine->screen.kind != SCREEN_LINEAR) {
		set_linear(request, &any_size, plan, arena);
	}
}
