/* SPDX-License-Identifier: MIT */
/* The screen: the graphics output protocol (UEFI specification 2.10, section 12.9). */
#pragma once

#include "core/base/status.h"
#include "kernel-handoff/machine.h"

struct plan_video;
struct platform;

/* Fills machine->screen with the mode that is set now, if it has memory to write to, and then machine->video with the list of modes. */
void video_find(struct machine *machine);

/* platform_ops.set_video and .reset_video. */
enum status video_set(struct platform *platform, const struct plan_video *video, struct err *err);
void video_reset(struct platform *platform);
