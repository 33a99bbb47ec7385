/* SPDX-License-Identifier: MIT */
/* A screen as a kernel finds it, and the modes that a firmware can set. */
#pragma once

#include "kernel-handoff/edid.h"

#include <stdbool.h>
#include <stdint.h>

/* How the screen can be used at the jump. */
enum screen_kind { SCREEN_NONE, SCREEN_TEXT, SCREEN_LINEAR };

struct screen {
	enum screen_kind kind;
	uint64_t phys;                                             /* 0xB8000 for text */
	uint32_t pitch_bytes, width, height, bits_per_pixel;       /* text: columns, lines, 16 bits a cell */
	uint8_t cursor_column, cursor_line, text_mode, font_lines; /* SCREEN_TEXT: BIOS video mode (3, 7), height of a glyph */
	struct {
		uint8_t position, bits;
	} red, green, blue, reserved; /* SCREEN_LINEAR */
};

/* The largest side of a framebuffer that is believed; a line of it must also fit the 16 bits that boot protocols have for its length. */
enum { SCREEN_SIDE_MAX = 16384 };

/* Whether a linear screen can be what it says: no empty side, lines as long as their pixels, 15 to 32 bits with a place for each colour. */
bool screen_is_sound(const struct screen *screen);

/* [phys, phys + bytes) of a linear screen; a sound one does not wrap. */
static inline uint64_t screen_end(const struct screen *screen)
{
	return screen->phys + (uint64_t)screen->pitch_bytes * screen->height;
}

/* VBE 3.0, sections 4.3, 4.4 and 4.13: what the Multiboot VBE fields and tag have, for the mode that is set at the kernel's entry. */
struct vbe_information {
	uint16_t mode, interface_segment, interface_offset, interface_bytes;
	uint8_t control[512], mode_information[256];
};

/* A mode that the screen can be put in. */
struct video_mode {
	uint32_t number; /* the firmware's own: VBE mode, or index of the graphics output protocol */
	struct screen screen;
};

enum { VIDEO_MODES_MAX = 128 };

/*
 * The firmware's video functions. Asked only when somebody wants another mode than the present one: some firmware is slow or wrong there.
 */
struct video_source {
	/* All linear modes, at most VIDEO_MODES_MAX, in no order; *count may be 0. The list is valid until the next call. */
	void (*modes)(const struct video_mode **mode, unsigned *count);
	/* The first block of the display's EDID; false if there is none. Asked only when the user wants it: it can take a second. */
	bool (*edid)(uint8_t block[EDID_BYTES]);
	/* BIOS only, NULL elsewhere: fills *information for a mode of the list; false if the firmware does not answer. */
	bool (*vbe)(uint32_t number, struct vbe_information *information);
};
