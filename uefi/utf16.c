/* SPDX-License-Identifier: MIT */
/* UTF-8 to UTF-16, and UTF-16 to what a console can print. */
#include "uefi/utf16.h"

#include "core/base/arena.h"
#include "core/base/text.h"

#include <stdbool.h>

enum { REPLACEMENT = 0xFFFD, SURROGATES = 0xD800, SURROGATES_END = 0xE000, CODE_MAX = 0x10FFFF };

/* Lead byte of a character: its fixed bits, its free bits, the bytes that follow, and the lowest code that needs that many. */
static const struct utf8_form {
	uint8_t fixed, free, more;
	uint32_t lowest;
} forms[] = { { 0x00, 0x7F, 0, 0 }, { 0xC0, 0x1F, 1, 0x80 }, { 0xE0, 0x0F, 2, 0x800 }, { 0xF0, 0x07, 3, 0x10000 } };

/* Takes one character off *text, or one byte if there is none. */
static uint32_t take_character(const char **text)
{
	const uint8_t *at = (const uint8_t *)*text;

	*text += 1;
	for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct utf8_form *form = &forms[i];
		uint32_t code = at[0] & form->free;
		unsigned used = 1;

		if ((at[0] & ~form->free) != form->fixed)
			continue;
		while (used <= form->more && (at[used] & 0xC0) == 0x80)
			code = code << 6 | (at[used++] & 0x3F);
		if (used <= form->more || code < form->lowest || code > CODE_MAX || (code >= SURROGATES && code < SURROGATES_END))
			return REPLACEMENT;
		*text += form->more;
		return code;
	}
	return REPLACEMENT;
}

uint16_t *utf16_from_utf8(struct arena *arena, const char *text, size_t *units)
{
	/* No character has more units than it has bytes. */
	uint16_t *converted = ARENA_NEW_ARRAY(arena, uint16_t, text_length(text) + 1);
	size_t count = 0;

	if (!converted)
		return NULL;
	while (*text != '\0') {
		uint32_t code = take_character(&text);

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
