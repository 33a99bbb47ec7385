/* SPDX-License-Identifier: MIT */
/*
 * Settings of an entry: how its kernel is started, beyond what is started. One table in settings.c says which keys there are, which kinds
 * of entries they fit, and what their values are.
 */
#pragma once

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* `video`: what the screen shows when the kernel is entered. */
enum video_kind {
	VIDEO_UNSET, /* the kernel's own wish counts */
	VIDEO_KEEP,  /* as the firmware left it, whatever the kernel wishes */
	VIDEO_TEXT,
	VIDEO_NATIVE, /* the mode that the display likes best, as its EDID says */
	VIDEO_MODE,   /* a linear framebuffer of this size, or the nearest that the machine has */
};

struct video_setting {
	enum video_kind kind;
	uint32_t width, height, depth; /* VIDEO_MODE; pixels, bits per pixel; depth 0: the deepest */
};

/* `preflight`: the checks before a hypervisor starts. */
enum preflight_setting {
	PREFLIGHT_UNSET,  /* warn for a kernel that is known to be a hypervisor, else off */
	PREFLIGHT_OFF,    /* no checks */
	PREFLIGHT_WARN,   /* tell what is wrong, and start */
	PREFLIGHT_STRICT, /* do not start if anything is wrong */
};

struct entry_settings {
	struct video_setting video;
	enum preflight_setting preflight;
	bool kaslr_off;      /* `kaslr off`: an ELF kernel of type ET_DYN lies where it is linked */
	bool multiboot_uefi; /* `multiboot-uefi on`: start a Multiboot 1 kernel although UEFI means nothing to it */
};

enum setting_result { SETTING_OK, SETTING_UNKNOWN, SETTING_BAD_VALUE };

struct nearest_word;
struct sink;

/* Prints the value as it stands in a file: "1024x768x32"; nothing for VIDEO_UNSET. */
void video_setting_print(struct sink *sink, const struct video_setting *video);

/* The name of a setting, if `key` is one: a literal; NULL otherwise. */
const char *setting_name(struct span key);

/* Offers the names of all settings. */
void settings_offer(struct nearest_word *nearest);

/* Reads one line. SETTING_BAD_VALUE leaves the settings as they were; *expected then says what would do: "on or off". */
enum setting_result setting_take(struct span key, struct span value, struct entry_settings *settings, const char **expected);

/* NULL if what was set fits a kernel by the key `kind` ("elf"), else the setting that does not. */
const char *settings_misfit(const struct entry_settings *settings, const char *kind);
