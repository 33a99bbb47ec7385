/* SPDX-License-Identifier: MIT */
/* The parser of loader.conf: one table says what each key does. */
#include "core/config/loader_conf.h"

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/config/config_lines.h"

enum { NUMBER_DIGITS_MAX = 20 };

struct word {
	const char *name;
	unsigned value;
};

struct parse {
	struct arena *arena;
	entry_notice_fn *notice;
	void *context;
	struct loader_conf conf;
	struct err *err;
};

struct key {
	const char *name;
	enum status (*take)(struct parse *parse, const struct config_line *line);
};

const char *const failure_action_names[FAILURE_ACTIONS] = {
	[FAILURE_FIRMWARE] = "firmware", [FAILURE_REBOOT] = "reboot", [FAILURE_HALT] = "halt"
};

static void report(const struct parse *parse, const struct config_line *line, const char *message, struct span subject)
{
	config_notice(parse->notice, parse->context, line->number, message, subject);
}

static const struct word *find_word(const struct word *words, size_t count, struct span text)
{
	for (size_t i = 0; i < count; i++) {
		if (config_text_is(text, words[i].name))
			return &words[i];
	}
	return NULL;
}

static enum status take_default(struct parse *parse, const struct config_line *line)
{
	const char *pattern;

	/* systemd-boot's "@saved": it stands for a variable of UEFI. */
	if (line->value.bytes > 0 && line->value.data[0] == '@') {
		report(parse, line, config_not_used, line->value);
		return OK;
	}
	pattern = arena_copy_text(parse->arena, (const char *)line->value.data, line->value.bytes);
	if (!pattern)
		return err_set(parse->err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
	parse->conf.default_pattern = pattern;
	return OK;
}

static bool parse_seconds(struct span text, uint64_t *seconds)
{
	char copy[NUMBER_DIGITS_MAX + 1] = "";

	if (text.bytes > NUMBER_DIGITS_MAX)
		return false;
	memcpy(copy, text.data, text.bytes);
	return text_to_number(copy, seconds);
}

static enum status take_timeout(struct parse *parse, const struct config_line *line)
{
	/* The words of systemd-boot. No machine is left at a prompt for ever, so "for ever" is a day. */
	static const struct word words[] = {
		{ "menu-force", TIMEOUT_MAX_SECONDS },
		{ "menu-hidden", TIMEOUT_NONE },
		{ "menu-disabled", TIMEOUT_NONE },
	};
	const struct word *word = find_word(words, sizeof words / sizeof *words, line->value);
	uint64_t seconds;

	if (word) {
		parse->conf.timeout_seconds = word->value;
	} else if (!parse_seconds(line->value, &seconds)) {
		report(parse, line, "timeout is not a number of seconds", line->value);
	} else if (seconds > TIMEOUT_MAX_SECONDS) {
		report(parse, line, "timeout is longer than a day; a day is used", line->value);
		parse->conf.timeout_seconds = TIMEOUT_MAX_SECONDS;
	} else {
		parse->conf.timeout_seconds = (unsigned)seconds;
	}
	return OK;
}

static enum status take_on_failure(struct parse *parse, const struct config_line *line)
{
	unsigned action = 0;

	while (action < FAILURE_ACTIONS && !config_text_is(line->value, failure_action_names[action]))
		action++;
	if (action < FAILURE_ACTIONS)
		parse->conf.on_failure = (enum failure_action)action;
	else
		report(parse, line, "on-failure is neither firmware nor reboot nor halt", line->value);
	return OK;
}

static enum status take_video(struct parse *parse, const struct config_line *line)
{
	struct entry_settings settings = { .video = parse->conf.video };
	const char *expected;

	if (setting_take(line->key, line->value, &settings, &expected) == SETTING_OK)
		parse->conf.video = settings.video;
	else
		report(parse, line, "video is neither text, keep nor native nor WIDTHxHEIGHT[xDEPTH]", line->value);
	return OK;
}

static enum status pass_over(struct parse *parse, const struct config_line *line)
{
	report(parse, line, config_not_used, line->key);
	return OK;
}

static const struct key keys[] = {
	{ "default", take_default },
	{ "timeout", take_timeout },
	{ "on-failure", take_on_failure },
	{ "video", take_video },
	/* systemd-boot's */
	{ "auto-entries", pass_over },
	{ "auto-firmware", pass_over },
	{ "auto-poweroff", pass_over },
	{ "auto-reboot", pass_over },
	{ "beep", pass_over },
	{ "console-mode", pass_over },
	{ "editor", pass_over },
	{ "log-level", pass_over },
	{ "preferred", pass_over },
	{ "random-seed-mode", pass_over },
	{ "reboot-for-bitlocker", pass_over },
	{ "reboot-on-error", pass_over },
	{ "secure-boot-enroll", pass_over },
	{ "secure-boot-enroll-action", pass_over },
	{ "secure-boot-enroll-timeout-sec", pass_over },
};

static enum status take_line(struct parse *parse, const struct config_line *line)
{
	if (line->flaw) {
		report(parse, line, line->flaw, span_of("the line is not used", text_length("the line is not used")));
		return OK;
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (config_text_is(line->key, keys[i].name))
			return keys[i].take(parse, line);
	}
	report(parse, line, "unknown key", line->key);
	return OK;
}

void loader_conf_defaults(struct loader_conf *conf)
{
	*conf = (struct loader_conf){ .default_pattern = "", .timeout_seconds = TIMEOUT_NONE, .on_failure = FAILURE_FIRMWARE };
}

enum status loader_conf_parse(struct span text, struct arena *arena, entry_notice_fn *notice, void *context, struct loader_conf *conf,
			      struct err *err)
{
	struct parse parse = { .arena = arena, .notice = notice, .context = context, .err = err };
	struct config_lines lines;
	struct config_line line;
	enum status status;

	if (text.bytes > CONFIG_FILE_MAX)
		return err_set(err, ERR_TOO_BIG, "a loader.conf of {a} bytes; the limit is {b}", NULL, text.bytes, CONFIG_FILE_MAX);
	loader_conf_defaults(&parse.conf);
	config_lines_init(&lines, text);
	while (config_lines_next(&lines, &line)) {
		status = take_line(&parse, &line);
		if (status != OK)
			return err_add(err, "line {a}", NULL, line.number, 0);
	}
	*conf = parse.conf;
	return OK;
}
