/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known word that is nearest to one that is not known. */
#pragma once

#include <stddef.h>

/* Start it, offer all words that are known, and look at `best`. */
struct nearest_word {
	const char *word;
	size_t bytes;     /* of the word, which need not end with NUL */
	size_t distance;  /* of `best`; without one, the limit */
	const char *best; /* NULL: none is near */
};

void nearest_word_start(struct nearest_word *nearest, const char *word, size_t bytes);

/* `candidate` has to live as long as `best` is used. */
void nearest_word_offer(struct nearest_word *nearest, const char *candidate);
