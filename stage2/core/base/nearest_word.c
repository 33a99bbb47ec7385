/* SPDX-License-Identifier: MIT */
/* Levenshtein's distance, letter case aside. */
#include "core/base/nearest_word.h"

#include "core/base/text.h"

enum { WORD_MAX = 32, DISTANCE_MAX = 3 };

/* Words longer than WORD_MAX are far from everything. */
static size_t distance(const char *a, size_t a_length, const char *b)
{
	size_t row[WORD_MAX + 1], b_length = text_length(b);

	if (a_length > WORD_MAX || b_length > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t best = diagonal + (text_lower(a[i - 1]) != text_lower(b[j - 1]));

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_length];
}

void nearest_word_start(struct nearest_word *nearest, const char *word, size_t bytes)
{
	size_t limit = bytes / 2 < DISTANCE_MAX ? bytes / 2 : DISTANCE_MAX;

	*nearest = (struct nearest_word){ .word = word, .bytes = bytes, .distance = limit + 1 };
}

void nearest_word_offer(struct nearest_word *nearest, const char *candidate)
{
	size_t far = distance(nearest->word, nearest->bytes, candidate);

	if (far < nearest->distance) {
		nearest->distance = far;
		nearest->best = candidate;
	}
}
