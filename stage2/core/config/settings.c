/* SPDX-License-Identifier: MIT */
/* The table of settings, and their values. */
#include "core/config/settings.h"

#include "core/base/memory.h"
#include "core/base/nearest_word.h"
#include "core/base/print.h"
#include "core/base/text.h"
#include "core/config/config_lines.h"

enum { SIDE_MIN = 160, SIDE_MAX = 16384, DEPTH_MIN = 8, DEPTH_MAX = 32 };

/* The digits at *at, and what follows them must be 'x' or the end: passes over both. False if it is no number in [min, max]. */
static bool take_number(struct span text, size_t *at, uint32_t min, uint32_t max, uint32_t *number)
{
	size_t first = *at;
	uint32_t value = 0;

	while (*at < text.bytes && text.data[*at] >= '0' && text.data[*at] <= '9' && value <= max)
		value = value * 10 + (uint32_t)(text.data[(*at)++] - '0');
	if (*at == first || value < min || value > max)
		return false;
	if (*at < text.bytes && text.data[(*at)++] != 'x')
		return false;
	*number = value;
	return true;
}

/* "1024x768" or "1024x768x32". */
static bool parse_mode(struct span text, struct video_setting *video)
{
	struct video_setting mode = { .kind = VIDEO_MODE };
	size_t at = 0;

	if (!take_number(text, &at, SIDE_MIN, SIDE_MAX, &mode.width) || !take_number(text, &at, SIDE_MIN, SIDE_MAX, &mode.height))
		return false;
	if (text.data[at - 1] == 'x' && (!take_number(text, &at, DEPTH_MIN, DEPTH_MAX, &mode.depth) || text.data[at - 1] == 'x'))
		return false;
	if (at != text.bytes)
		return false;
	*video = mode;
	return true;
}

static bool take_video(struct span value, struct entry_settings *settings)
{
	if (config_text_is(value, "text"))
		settings->video = (struct video_setting){ .kind = VIDEO_TEXT };
	else if (config_text_is(value, "keep"))
		settings->video = (struct video_setting){ .kind = VIDEO_KEEP };
	else if (config_text_is(value, "native"))
		settings->video = (struct video_setting){ .kind = VIDEO_NATIVE };
	else
		return parse_mode(value, &settings->video);
	return true;
}

void video_setting_print(struct sink *sink, const struct video_setting *video)
{
	switch (video->kind) {
	case VIDEO_UNSET:
		break;
	case VIDEO_KEEP:
		print(sink, "keep");
		break;
	case VIDEO_TEXT:
		print(sink, "text");
		break;
	case VIDEO_NATIVE:
		print(sink, "native");
		break;
	case VIDEO_MODE:
		print(sink, "%ux%u", video->width, video->height);
		if (video->depth != 0)
			print(sink, "x%u", video->depth);
		break;
	}
}

static bool take_preflight(struct span value, struct entry_settings *settings)
{
	if (config_text_is(value, "off"))
		settings->preflight = PREFLIGHT_OFF;
	else if (config_text_is(value, "warn"))
		settings->preflight = PREFLIGHT_WARN;
	else if (config_text_is(value, "strict"))
		settings->preflight = PREFLIGHT_STRICT;
	else
		return false;
	return true;
}

static bool parse_switch(struct span value, bool *on)
{
	if (!config_text_is(value, "on") && !config_text_is(value, "off"))
		return false;
	*on = config_text_is(value, "on");
	return true;
}

static bool take_kaslr(struct span value, struct entry_settings *settings)
{
	bool on;

	if (!parse_switch(value, &on))
		return false;
	settings->kaslr_off = !on;
	return true;
}

static bool take_multiboot_uefi(struct span value, struct entry_settings *settings)
{
	return parse_switch(value, &settings->multiboot_uefi);
}

static bool has_kaslr(const struct entry_settings *settings)
{
	return settings->kaslr_off;
}

static bool has_multiboot_uefi(const struct entry_settings *settings)
{
	return settings->multiboot_uefi;
}

static const struct {
	const char *name;
	bool (*take)(struct span value, struct entry_settings *settings);
	const char *expected;
	/* For settings of one kind of kernel only: the key of that kind, and whether an entry has the setting. */
	const char *kind;
	bool (*is_set)(const struct entry_settings *settings);
} table[] = {
	{ "video", take_video, "text, keep, native or WIDTHxHEIGHT[xDEPTH]", NULL, NULL },
	{ "preflight", take_preflight, "off, warn or strict", NULL, NULL },
	{ "kaslr", take_kaslr, "on or off", "elf", has_kaslr },
	{ "multiboot-uefi", take_multiboot_uefi, "on or off", "multiboot", has_multiboot_uefi },
};

enum { SETTINGS = sizeof table / sizeof *table };

static size_t find(struct span key)
{
	size_t i = 0;

	while (i < SETTINGS && !config_text_is(key, table[i].name))
		i++;
	return i;
}

const char *setting_name(struct span key)
{
	size_t i = find(key);

	return i < SETTINGS ? table[i].name : NULL;
}

void settings_offer(struct nearest_word *nearest)
{
	for (size_t i = 0; i < SETTINGS; i++)
		nearest_word_offer(nearest, table[i].name);
}

enum setting_result setting_take(struct span key, struct span value, struct entry_settings *settings, const char **expected)
{
	size_t i = find(key);

	if (i == SETTINGS)
		return SETTING_UNKNOWN;
	if (table[i].take(value, settings))
		return SETTING_OK;
	*expected = table[i].expected;
	return SETTING_BAD_VALUE;
}

const char *settings_misfit(const struct entry_settings *settings, const char *kind)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (table[i].is_set && table[i].is_set(settings) && !text_equal(kind, table[i].kind))
			return table[i].name;
	}
	return NULL;
}
