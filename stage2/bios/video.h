/* SPDX-License-Identifier: MIT */
/* Linear video modes of the VESA BIOS Extension (VBE 3.0; 2.0 is the oldest that has linear framebuffers). */
#pragma once

#include "core/base/status.h"
#include "kernel-handoff/screen.h"

/* Asks the firmware each time. Its blocks lie in LOW_FIRMWARE_BUFFER while it does. */
extern const struct video_source vbe_source;

/*
 * Sets a mode of the list, with its linear framebuffer. ERR_IO: the firmware says no; what the screen shows then is not known. The text
 * screen is gone afterwards in both cases.
 */
MUST_CHECK enum status vbe_set_mode(uint32_t number, struct err *err);
