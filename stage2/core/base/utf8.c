/* SPDX-License-Identifier: MIT */
/* UTF-8. */
#include "core/base/utf8.h"

enum { SURROGATES = 0xD800, SURROGATES_END = 0xE000, CODE_MAX = 0x10FFFF };

/* Lead byte of a character: its fixed bits, its free bits, the bytes that follow, and the lowest code that needs that many. */
static const struct utf8_form {
	uint8_t fixed, free, more;
	uint32_t lowest;
} forms[] = { { 0x00, 0x7F, 0, 0 }, { 0xC0, 0x1F, 1, 0x80 }, { 0xE0, 0x0F, 2, 0x800 }, { 0xF0, 0x07, 3, 0x10000 } };

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

uint32_t utf8_take(const char *text, size_t bytes, size_t *used)
{
	const uint8_t *at = (const uint8_t *)text;

	*used = 1;
	for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct utf8_form *form = &forms[i];
		uint32_t code = at[0] & form->free;
		unsigned taken = 1;

		if ((at[0] & ~form->free) != form->fixed)
			continue;
		while (taken <= form->more && taken < bytes && (at[taken] & 0xC0) == 0x80)
			code = code << 6 | (at[taken++] & 0x3F);
		if (taken <= form->more || code < form->lowest || code > CODE_MAX || (code >= SURROGATES && code < SURROGATES_END))
			return UTF8_INVALID;
		*used = taken;
		return code;
	}
	return UTF8_INVALID;
}

bool utf8_is_printable(uint32_t code)
{
	static const struct range hidden[] = {
		{ 0x00, 0x1F },     { 0x7F, 0x9F }, /* C1: 9Bh alone begins an escape sequence */
		{ 0x61C, 0x61C },                   /* marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm */
		{ 0x200E, 0x200F },                 //
		{ 0x202A, 0x202E },                 //
		{ 0x2066, 0x2069 },                 //
		{ 0x2028, 0x2029 },                 /* line and paragraph separator */
		{ 0xFEFF, 0xFEFF },                 /* a byte order mark */
		{ 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F }, /* tags */
	};

	return code <= CODE_MAX && !in_ranges(hidden, sizeof hidden / sizeof hidden[0], code);
}

unsigned utf8_columns(uint32_t code)
{
	/* Unicode's East_Asian_Width W and F, in blocks, and the marks that are common in titles. */
	static const struct range wide[] = {
		{ 0x1100, 0x115F },   { 0x2E80, 0x303E },   { 0x3041, 0xA4CF },   { 0xA960, 0xA97F }, { 0xAC00, 0xD7A3 },
		{ 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },   { 0xFF01, 0xFF60 },   { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F },
		{ 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
	};
	static const struct range marks[] = {
		{ 0x300, 0x36F },   { 0x483, 0x489 },   { 0x591, 0x5BD },   { 0x64B, 0x65F },
		{ 0x200B, 0x200D }, { 0x20D0, 0x20F0 }, { 0xFE00, 0xFE0F }, { 0x1160, 0x11FF },
	};

	if (in_ranges(marks, sizeof marks / sizeof marks[0], code))
		return 0;
	return in_ranges(wide, sizeof wide / sizeof wide[0], code) ? 2 : 1;
}

size_t utf8_text_columns(const char *text, size_t bytes)
{
	size_t columns = 0;

	for (size_t at = 0, used; at < bytes; at += used)
		columns += utf8_columns(utf8_take(text + at, bytes - at, &used));
	return columns;
}
