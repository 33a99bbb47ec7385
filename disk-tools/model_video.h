/* SPDX-License-Identifier: MIT */
/* The video modes of the model machines: those of QEMU's standard VGA, 16 MiB, without EDID. */
#pragma once

#include "kernel-handoff/screen.h"

/* As SeaBIOS's VGA BIOS lists them. */
const struct video_source *model_video_bios(void);

/* As OVMF lists them, with the framebuffer at `phys`. */
const struct video_source *model_video_uefi(uint64_t phys);
