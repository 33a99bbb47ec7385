/* SPDX-License-Identifier: MIT */
/* A video BIOS for the firmware of support_bios.h: VBE with the modes that a test puts in, and the faults of real ones. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	VIDEO_BIOS_MODES_MAX = 600,
	VIDEO_BIOS_LIST = 0xC1000,    /* in the video BIOS */
	VIDEO_BIOS_ATTRIBUTES = 0x9B, /* 0, 1, 3, 4, 7 */
	VIDEO_BIOS_FRAMEBUFFER = 0xFD000000,
	VIDEO_BIOS_INTERFACE_OFFSET = 0x1234,
	VIDEO_BIOS_INTERFACE_BYTES = 77,
};

struct video_bios_mode {
	uint16_t number, width, height, attributes;
	uint8_t depth, model;
	uint32_t base;
	uint16_t pitch, linear_pitch;
	uint8_t masks[8], linear_masks[8];
};

struct video_bios {
	bool absent; /* INT 10h returns without a word */
	bool carry;  /* ...sets CF with each success */
	bool fails;  /* AX=014Fh, "it did not work", with all its data */
	const char *signature;
	uint16_t version;
	uint32_t list_at; /* 0: in the block */
	bool endless;     /* the list has no end mark */
	bool has_interface, set_fails;
	struct video_bios_mode mode[VIDEO_BIOS_MODES_MAX];
	unsigned modes;
	unsigned mode_calls, set_calls;
	uint32_t set;
};

extern struct video_bios video_bios;

/* VBE 3.0 without modes behind INT 10h. Call after fake_bios_reset(). */
void video_bios_reset(void);

/* One more mode, good in all its fields, with direct colour. */
struct video_bios_mode *video_bios_add(uint16_t number, uint16_t width, uint16_t height, uint8_t depth);
