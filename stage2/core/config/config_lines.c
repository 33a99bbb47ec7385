/* SPDX-License-Identifier: MIT */
/* Splits configuration text into keys and values. */
#include "core/config/config_lines.h"

#include "core/base/text.h"

bool config_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What follows the first `bytes` bytes; `data` is never NULL, so that empty values can be copied like others. */
static struct span behind(struct span text, size_t bytes)
{
	return span_of(text.data + bytes, text.bytes - bytes);
}

static struct span trim(struct span text)
{
	while (text.bytes > 0 && config_is_blank(text.data[0]))
		text = behind(text, 1);
	while (text.bytes > 0 && config_is_blank(text.data[text.bytes - 1]))
		text.bytes--;
	return text;
}

void config_lines_init(struct config_lines *lines, struct span text)
{
	static const uint8_t byte_order_mark[] = { 0xef, 0xbb, 0xbf };
	struct span head = span_part(text, 0, sizeof byte_order_mark);

	if (span_equal(head, byte_order_mark, sizeof byte_order_mark))
		text = span_part(text, sizeof byte_order_mark, text.bytes);
	*lines = (struct config_lines){ .rest = text };
}

/* Cuts one line off the rest, without its LF. */
static struct span take_line(struct config_lines *lines)
{
	struct span rest = lines->rest;
	size_t length = 0;

	while (length < rest.bytes && rest.data[length] != '\n')
		length++;
	lines->rest = behind(rest, length < rest.bytes ? length + 1 : length);
	lines->number++;
	return span_of(rest.data, length);
}

static bool has_nul(struct span text)
{
	for (size_t i = 0; i < text.bytes; i++) {
		if (text.data[i] == '\0')
			return true;
	}
	return false;
}

size_t config_word_bytes(struct span text)
{
	bool quoted = false;
	size_t length = 0;

	for (; length < text.bytes && (quoted || !config_is_blank(text.data[length])); length++)
		quoted = quoted != (text.data[length] == '"');
	return length;
}

/* As some editors write text: its byte order mark, at the start of the first line that says something. */
static bool is_utf16(struct span text)
{
	return text.bytes >= 2 && ((text.data[0] == 0xFF && text.data[1] == 0xFE) || (text.data[0] == 0xFE && text.data[1] == 0xFF));
}

void config_split(struct span text, struct span *head, struct span *tail)
{
	size_t length = 0;

	while (length < text.bytes && !config_is_blank(text.data[length]))
		length++;
	*head = span_of(text.data, length);
	*tail = trim(behind(text, length));
}

bool config_lines_next(struct config_lines *lines, struct config_line *line)
{
	struct span text;

	do {
		if (lines->rest.bytes == 0)
			return false;
		text = trim(take_line(lines));
	} while (text.bytes == 0 || text.data[0] == '#');

	*line = (struct config_line){ .number = lines->number, .key = span_of("", 0), .value = span_of("", 0), .status = OK };
	if (has_nul(text)) {
		line->status = ERR_CORRUPT;
		line->flaw = is_utf16(text) ? "the text is UTF-16, and it has to be UTF-8" : "NUL bytes where text should be";
	} else if (text.bytes > CONFIG_LINE_MAX) {
		line->status = ERR_TOO_BIG;
		line->flaw = "the line is longer than 4096 bytes";
	} else {
		config_split(text, &line->key, &line->value);
	}
	return true;
}

bool config_text_is(struct span text, const char *literal)
{
	return span_equal(text, literal, text_length(literal));
}
