/* SPDX-License-Identifier: MIT */
/* Shell patterns for the `default` key. */
#include "core/base/text.h"
#include "core/config/entry.h"

/* Length of the set "[...]" at `pattern` with its brackets; 0 if it is never closed. "]" right after the start is a member. */
static size_t set_length(const char *pattern)
{
	size_t i = pattern[1] == '!' ? 2 : 1;

	if (pattern[i] == ']')
		i++;
	while (pattern[i] != '\0' && pattern[i] != ']')
		i++;
	return pattern[i] == ']' ? i + 1 : 0;
}

static bool in_set(const char *pattern, size_t length, char c)
{
	bool inverted = pattern[1] == '!';
	bool found = false;

	for (size_t i = inverted ? 2 : 1; i < length - 1; i++) {
		char first = text_lower(pattern[i]), last = first;

		if (pattern[i + 1] == '-' && i + 2 < length - 1) {
			last = text_lower(pattern[i + 2]);
			i += 2;
		}
		found = found || (first <= c && c <= last);
	}
	return found != inverted;
}

/* How many bytes of the pattern stand for `c`; 0 if they do not match it. */
static size_t match_one(const char *pattern, char c)
{
	size_t length;

	c = text_lower(c);
	switch (*pattern) {
	case '\0':
		return 0;
	case '?':
		return 1;
	case '[':
		length = set_length(pattern);
		if (length > 0)
			return in_set(pattern, length, c) ? length : 0;
		break;
	}
	return text_lower(*pattern) == c ? 1 : 0;
}

/* Only the last '*' is ever tried again, so the work is at most the product of the lengths. */
bool glob_match(const char *pattern, const char *text)
{
	const char *after_star = NULL; /* pattern behind the last '*' */
	const char *resume = NULL;     /* text where that '*' ends at present */

	while (*text != '\0') {
		size_t used = *pattern == '*' ? 0 : match_one(pattern, *text);

		if (*pattern == '*') {
			after_star = ++pattern;
			resume = text;
		} else if (used > 0) {
			pattern += used;
			text++;
		} else if (after_star) {
			pattern = after_star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
