/* SPDX-License-Identifier: MIT */
/* UTF-8 to UTF-16, and UTF-16 to what a console can print. */
#include "uefi/utf16.h"

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/base/utf8.h"

enum { REPLACEMENT = 0xFFFD };

uint16_t *utf16_from_utf8(struct arena *arena, const char *text, size_t *units)
{
	/* No character has more units than it has bytes. */
	size_t length = text_length(text), count = 0;
	uint16_t *converted = ARENA_NEW_ARRAY(arena, uint16_t, length + 1);

	if (!converted)
		return NULL;
	for (size_t at = 0, used; at < length; at += used) {
		uint32_t code = utf8_take(text + at, length - at, &used);

		if (code == UTF8_INVALID)
			code = REPLACEMENT;
		if (code >= 0x10000) {
			converted[count++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
			code = 0xDC00 + ((code - 0x10000) & 0x3FF);
		}
		converted[count++] = (uint16_t)code;
	}
	*units = count + 1; /* the arena's memory is zero */
	return converted;
}

char *ascii_from_utf16(struct arena *arena, const uint16_t *text, size_t units)
{
	size_t length = 0;
	char *converted;

	while (length < units && text[length] != 0)
		length++;
	converted = ARENA_NEW_ARRAY(arena, char, length + 1);
	if (!converted)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\r' || text[i] == '\n' || text[i] == '\t')
			converted[i] = ' ';
		else
			converted[i] = text[i] >= 0x20 && text[i] < 0x7F ? (char)text[i] : '?';
	}
	return converted;
}
