/* SPDX-License-Identifier: MIT */
/*
 * The screen at a kernel's entry: from what the kernel asks for, what the user says and what the machine has.
 *
 * Two kinds of screens are told to kernels: text, and a linear framebuffer of 15 to 32 bits a pixel. EDID is asked for only by the user's
 * word `native`: on a BIOS it can take a second or hang. What a firmware lists, its screen is taken to show.
 */
#pragma once

#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"

/* What a kernel's own header, or its protocol, says that it can use. All zero: nothing is known. */
struct video_wish {
	bool text;                     /* the kernel can use a text screen */
	bool linear;                   /* ...and a linear framebuffer */
	uint32_t width, height, depth; /* of the framebuffer it would like; 0: any */
};

/*
 * Sets plan->video, where boot_plan() has put the present screen. For every protocol; call it once plan->memory is known, and tell the
 * kernel of plan->video.screen then, never of machine->screen.
 *
 * request->settings.video counts first, then the wish:
 *   - `keep`: the screen stays as it is;
 *   - `text`: the same, because a BIOS is in a text mode; UEFI has none, which is a note;
 *   - `native`: the size that the display's EDID prefers, by the rules of a mode; without EDID the screen stays, which is a note;
 *   - a mode: the one of that size, else the largest that is smaller in both directions, else the smallest; of several depths the one
 *     that was named, else the deepest. A mode that is not the one named is a note;
 *   - nothing: if the kernel names a size, the mode for that by the same rules, but without a note; if it can only use a framebuffer and
 *     there is none, a mode of 1024x768 or the nearest; otherwise the screen stays as it is.
 *
 * The present mode is one of those to choose from, and the firmware is not even asked for others if it is the one. Modes that cannot be
 * (screen_is_sound()), or whose framebuffer would be in RAM, are passed over. A kernel starts whatever the screen will be: that it cannot
 * use what it gets, as far as the wish says, is a note. A protocol whose kernel requires a kind of screen compares for itself.
 */
void video_choose(const struct boot_request *request, const struct video_wish *wish, struct plan *plan, struct arena *arena);
