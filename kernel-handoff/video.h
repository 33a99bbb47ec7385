/* SPDX-License-Identifier: MIT */
/* The screen at a kernel's entry: from what the kernel asks for, what the user says and what the machine has. */
#pragma once

#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"

/* What a kernel's own header asks for. All zero: nothing. */
struct video_wish {
	bool text;                     /* the kernel can use a text screen */
	bool linear;                   /* ...and a linear framebuffer */
	uint32_t width, height, depth; /* of the framebuffer it would like; 0: any */
};

/*
 * Sets plan->video. request->settings.video comes first, then the wish:
 *   - `keep`, or a wish for nothing: the screen stays as it is;
 *   - `text`, or a kernel that can use text and names no size: text, where the machine can show it (BIOS), else it stays;
 *   - a mode, or a kernel that names a size or can only use a framebuffer: the mode of that size, else the largest that is smaller in
 *     both directions, else the smallest of all; of two depths the wished one, else the deepest.
 * The present mode counts as one of the list and is not set again. What the machine cannot do is a note of the plan: a kernel starts all
 * the same, unless it says itself that it needs the screen (then the protocol compares plan->video.screen with its header).
 */
void video_choose(const struct boot_request *request, const struct video_wish *wish, struct plan *plan, struct arena *arena);
