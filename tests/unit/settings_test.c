/* SPDX-License-Identifier: MIT */
/* Settings of entries: their values, and the kinds that they fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/print.h"
#include "core/config/settings.h"

static struct entry_settings settings;
static const char *expected;

static enum setting_result take(const char *key, const char *value)
{
	return setting_take(span_of(key, strlen(key)), span_of(value, strlen(value)), &settings, &expected);
}

static void assert_mode(const char *value, uint32_t width, uint32_t height, uint32_t depth)
{
	assert_int_equal(take("video", value), SETTING_OK);
	assert_int_equal(settings.video.kind, VIDEO_MODE);
	assert_int_equal(settings.video.width, width);
	assert_int_equal(settings.video.height, height);
	assert_int_equal(settings.video.depth, depth);
}

static void video_modes_are_read(void **state)
{
	static const char *const bad[] = { "",          "x",           "1024",          "1024x",          "x768",
					   "1024x768x", "1024x768x64", "1024x768x32x1", "1024x768x32x",   "10x768",
					   "1024x-768", "99999x768",   "1024 x768",     "4294967296x768", "TEXT" };

	(void)state;
	assert_mode("1024x768", 1024, 768, 0);
	assert_mode("800x600x16", 800, 600, 16);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(take("video", bad[i]), SETTING_BAD_VALUE);
		assert_string_equal(expected, "text, keep, native or WIDTHxHEIGHT[xDEPTH]");
		assert_int_equal(settings.video.width, 800);
	}
	assert_int_equal(take("video", "text"), SETTING_OK);
	assert_int_equal(settings.video.kind, VIDEO_TEXT);
	assert_int_equal(take("video", "native"), SETTING_OK);
	assert_int_equal(settings.video.kind, VIDEO_NATIVE);
	assert_int_equal(take("video", "keep"), SETTING_OK);
	assert_int_equal(settings.video.kind, VIDEO_KEEP);
}

static void video_is_printed_as_it_is_written(void **state)
{
	static const char *const values[] = { "1024x768", "800x600x16", "text", "keep" };
	const struct video_setting unset = { .kind = VIDEO_UNSET };
	struct text_buffer text;
	char data[32];

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		assert_int_equal(take("video", values[i]), SETTING_OK);
		text_buffer_init(&text, data, sizeof data);
		video_setting_print(&text.sink, &settings.video);
		assert_string_equal(data, values[i]);
	}
	text_buffer_init(&text, data, sizeof data);
	video_setting_print(&text.sink, &unset);
	assert_string_equal(data, "");
}

static void words_are_read(void **state)
{
	(void)state;
	memset(&settings, 0, sizeof settings);
	assert_int_equal(take("preflight", "strict"), SETTING_OK);
	assert_int_equal(settings.preflight, PREFLIGHT_STRICT);
	assert_int_equal(take("preflight", "maybe"), SETTING_BAD_VALUE);
	assert_int_equal(take("kaslr", "off"), SETTING_OK);
	assert_true(settings.kaslr_off);
	assert_int_equal(take("kaslr", "no"), SETTING_BAD_VALUE);
	assert_int_equal(take("multiboot-uefi", "on"), SETTING_OK);
	assert_true(settings.multiboot_uefi);
	assert_int_equal(take("modules", "on"), SETTING_UNKNOWN);
	assert_null(setting_name(span_of("modules", 7)));
	assert_string_equal(setting_name(span_of("video", 5)), "video");
}

static void each_fits_its_kind(void **state)
{
	(void)state;
	memset(&settings, 0, sizeof settings);
	assert_null(settings_misfit(&settings, "linux"));
	assert_int_equal(take("kaslr", "off"), SETTING_OK);
	assert_null(settings_misfit(&settings, "elf"));
	assert_string_equal(settings_misfit(&settings, "linux"), "kaslr");
	assert_int_equal(take("kaslr", "on"), SETTING_OK);
	assert_int_equal(take("multiboot-uefi", "on"), SETTING_OK);
	assert_string_equal(settings_misfit(&settings, "multiboot2"), "multiboot-uefi");
	assert_null(settings_misfit(&settings, "multiboot"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(video_modes_are_read),
		cmocka_unit_test(video_is_printed_as_it_is_written),
		cmocka_unit_test(words_are_read),
		cmocka_unit_test(each_fits_its_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
