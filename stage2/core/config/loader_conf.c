/* SPDX-License-Identifier: MIT */
/* The parser of loader.conf: one table says what each key does. */
#include "core/config/loader_conf.h"

#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/base/nearest_word.h"
#include "core/base/text.h"
#include "core/config/config_lines.h"

enum { NUMBER_DIGITS_MAX = 20 };

struct word {
	const char *name;
	unsigned value;
};

struct parse {
	struct arena *arena;
	const struct config_listener *listener;
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

/* KEY "VALUE": what is wrong with it. */
static void report(const struct parse *parse, const struct config_line *line, const char *why)
{
	struct config_sentence sentence;
	struct sink *sink = config_sentence_begin(&sentence);

	print_untrusted_part(sink, (const char *)line->key.data, line->key.bytes, UINT32_MAX);
	print(sink, " ");
	config_quote(sink, line->value);
	print(sink, ": %s", why);
	config_notice(parse->listener, line->number, NOTICE_FAULT, &sentence);
}

static void report_not_used(const struct parse *parse, const struct config_line *line, struct span subject)
{
	struct config_sentence sentence;
	struct sink *sink = config_sentence_begin(&sentence);

	config_quote(sink, subject);
	print(sink, " is not used here");
	config_notice(parse->listener, line->number, NOTICE_NOT_USED, &sentence);
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
	/* systemd-boot's "@saved": it stands for a variable of UEFI. */
	if (line->value.bytes > 0 && line->value.data[0] == '@') {
		report_not_used(parse, line, line->value);
		return OK;
	}
	return entry_pattern_copy(line->value, parse->arena, &parse->conf.default_pattern, parse->err);
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
		report(parse, line, "not a number of seconds");
	} else if (seconds > TIMEOUT_MAX_SECONDS) {
		report(parse, line, "longer than a day; a day is used");
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
		report(parse, line, "its values are firmware, reboot and halt");
	return OK;
}

static enum status take_video(struct parse *parse, const struct config_line *line)
{
	struct entry_settings settings = { .video = parse->conf.video };
	const char *expected;

	if (setting_take(line->key, line->value, &settings, &expected) == SETTING_OK)
		parse->conf.video = settings.video;
	else
		report(parse, line, "its values are text, keep, native or WIDTHxHEIGHT[xDEPTH]");
	return OK;
}

static enum status pass_over(struct parse *parse, const struct config_line *line)
{
	report_not_used(parse, line, line->key);
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

static void report_unknown(const struct parse *parse, const struct config_line *line)
{
	struct config_sentence sentence;
	struct nearest_word nearest;

	nearest_word_start(&nearest, (const char *)line->key.data, line->key.bytes);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (keys[i].take != pass_over)
			nearest_word_offer(&nearest, keys[i].name);
	}
	config_print_unknown_key(config_sentence_begin(&sentence), line->key, nearest.best);
	config_notice(parse->listener, line->number, NOTICE_FAULT, &sentence);
}

static enum status take_line(struct parse *parse, const struct config_line *line)
{
	struct config_sentence sentence;

	if (line->flaw) {
		print(config_sentence_begin(&sentence), "%s; the line is not used", line->flaw);
		config_notice(parse->listener, line->number, NOTICE_FAULT, &sentence);
		return OK;
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (config_text_is(line->key, keys[i].name))
			return keys[i].take(parse, line);
	}
	report_unknown(parse, line);
	return OK;
}

void loader_conf_defaults(struct loader_conf *conf)
{
	*conf = (struct loader_conf){ .default_pattern = "", .timeout_seconds = TIMEOUT_NONE, .on_failure = FAILURE_FIRMWARE };
}

enum status loader_conf_parse(struct span text, struct arena *arena, const struct config_listener *listener, struct loader_conf *conf,
			      struct err *err)
{
	struct parse parse = { .arena = arena, .listener = listener, .err = err };
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
			return err_line(err, line.number);
	}
	*conf = parse.conf;
	return OK;
}
