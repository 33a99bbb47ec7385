/* SPDX-License-Identifier: MIT */
/* Which mode the screen gets. */
#include "kernel-handoff/video.h"

#include "core/base/arena.h"
#include "core/base/print.h"

struct size {
	uint32_t width, height, depth; /* depth 0: any */
};

/* A firmware starts in a mode that its screen can show; a kernel that needs pixels and names no size gets a small one. */
enum { ANY_WIDTH = 1024, ANY_HEIGHT = 768 };

static bool is_same_size(const struct screen *screen, const struct size *size)
{
	return screen->width == size->width && screen->height == size->height;
}

static bool is_exact(const struct screen *screen, const struct size *size)
{
	return screen->kind == SCREEN_LINEAR && is_same_size(screen, size) && (size->depth == 0 || screen->bits_per_pixel == size->depth);
}

/* How well a mode serves: the larger the better. Sizes first; then the wished depth, else the deepest. */
static uint64_t rank(const struct screen *screen, const struct size *size)
{
	enum { EXACT_SHIFT = 62, FITS_SHIFT = 61, PIXELS_SHIFT = 8, DEPTH_EXACT = 1 << 7 };
	const uint64_t most_pixels = 1ull << 40;
	uint64_t pixels = (uint64_t)screen->width * screen->height;
	bool fits = screen->width <= size->width && screen->height <= size->height;
	uint64_t by_size = fits ? pixels : most_pixels - pixels;
	uint64_t depth = screen->bits_per_pixel == size->depth ? DEPTH_EXACT : screen->bits_per_pixel;

	return (uint64_t)is_same_size(screen, size) << EXACT_SHIFT | (uint64_t)fits << FITS_SHIFT | by_size << PIXELS_SHIFT | depth;
}

static bool is_usable(const struct screen *screen, const struct plan *plan)
{
	return screen_is_sound(screen) && !memory_map_touches(&plan->memory->map, screen->phys, screen_end(screen), MEMORY_RAM);
}

static void set_mode(const struct video_source *source, const struct video_mode *mode, struct plan *plan, struct arena *arena)
{
	struct vbe_information *vbe = source->vbe != NULL ? ARENA_NEW(arena, struct vbe_information) : NULL;

	plan->video = (struct plan_video){ .set = true, .number = mode->number, .screen = mode->screen };
	if (vbe != NULL && source->vbe(mode->number, vbe))
		plan->video.vbe = vbe;
}

static void set_linear(const struct boot_request *request, const struct size *size, struct plan *plan, struct arena *arena)
{
	const struct video_source *source = request->machine->video;
	const struct screen *now = &request->machine->screen;
	uint64_t best_rank = now->kind == SCREEN_LINEAR ? rank(now, size) : 0;
	const struct video_mode *mode = NULL, *best = NULL;
	unsigned count = 0;

	if (source == NULL || is_exact(now, size))
		return;
	source->modes(&mode, &count);
	for (unsigned i = 0; i < count; i++) {
		if (!is_usable(&mode[i].screen, plan) || rank(&mode[i].screen, size) <= best_rank)
			continue;
		best = &mode[i];
		best_rank = rank(&best->screen, size);
	}
	if (best != NULL)
		set_mode(source, best, plan, arena);
}

/* Says so when a mode that the user has named is not the one that it will be. */
static void note_difference(const struct size *size, struct plan *plan, struct arena *arena)
{
	const struct screen *screen = &plan->video.screen;
	struct text_buffer text;
	char data[64];

	if (is_exact(screen, size))
		return;
	if (screen->kind != SCREEN_LINEAR) {
		plan_note(plan, "this machine has no linear framebuffer: the screen stays as it is", NULL, 0, 0, NULL);
		return;
	}
	text_buffer_init(&text, data, sizeof data);
	print(&text.sink, "%ux%u", size->width, size->height);
	if (size->depth != 0)
		print(&text.sink, "x%u", size->depth);
	print(&text.sink, ": the nearest is %ux%ux%u", screen->width, screen->height, screen->bits_per_pixel);
	plan_note(plan, "this machine has no video mode {s}", arena_copy_text(arena, text.data, text.length), 0, 0, NULL);
}

/* What the kernel says that it can use is not what it gets. */
static void note_misfit(const struct boot_request *request, const struct video_wish *wish, struct plan *plan)
{
	enum screen_kind kind = plan->video.screen.kind;
	bool said_otherwise = request->settings.video.kind == VIDEO_TEXT || request->settings.video.kind == VIDEO_KEEP;

	if (wish->linear && !wish->text && kind != SCREEN_LINEAR)
		plan_note(plan, "this kernel can only use a linear framebuffer, and it gets none", NULL, 0, 0,
			  said_otherwise ? "take the line \"video\" out of its entry, or out of loader.conf" : NULL);
	if (wish->text && !wish->linear && kind == SCREEN_LINEAR && request->machine->screen.kind == SCREEN_TEXT)
		plan_note(plan, "this kernel says that it uses a text screen: it may show nothing", NULL, 0, 0,
			  "write \"video text\" into its entry");
}

/* The display's own mode. */
static void set_native(const struct boot_request *request, struct plan *plan, struct arena *arena)
{
	const struct video_source *source = request->machine->video;
	struct size native = { .depth = 0 };
	uint8_t block[EDID_BYTES];

	if (source == NULL || !source->edid(block) || !edid_preferred(block, &native.width, &native.height)) {
		plan_note(plan, "the display does not say which mode it likes best (EDID): the screen stays as it is", NULL, 0, 0,
			  "name a mode: video WIDTHxHEIGHT");
		return;
	}
	set_linear(request, &native, plan, arena);
	note_difference(&native, plan, arena);
}

static void follow_wish(const struct boot_request *request, const struct video_wish *wish, struct plan *plan, struct arena *arena)
{
	const struct size named = { wish->width, wish->height, wish->depth };
	const struct size any = { ANY_WIDTH, ANY_HEIGHT, wish->depth };

	if (!wish->linear)
		return;
	if (wish->width != 0 && wish->height != 0)
		set_linear(request, &named, plan, arena);
	else if (!wish->text && request->machine->screen.kind != SCREEN_LINEAR)
		set_linear(request, &any, plan, arena);
}

void video_choose(const struct boot_request *request, const struct video_wish *wish, struct plan *plan, struct arena *arena)
{
	const struct video_setting *setting = &request->settings.video;
	const struct size said = { setting->width, setting->height, setting->depth };

	switch (setting->kind) {
	case VIDEO_KEEP:
		break;
	case VIDEO_TEXT:
		if (plan->video.screen.kind == SCREEN_LINEAR)
			plan_note(plan, "this machine's firmware shows pixels only: there is no text screen", NULL, 0, 0, NULL);
		break;
	case VIDEO_MODE:
		set_linear(request, &said, plan, arena);
		note_difference(&said, plan, arena);
		break;
	case VIDEO_NATIVE:
		set_native(request, plan, arena);
		break;
	case VIDEO_UNSET:
		follow_wish(request, wish, plan, arena);
		break;
	}
	note_misfit(request, wish, plan);
}
