/* SPDX-License-Identifier: MIT */
/* NUL-terminated strings for freestanding code. "nocase" folds A-Z only: what configuration files and FAT names need. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);
bool text_equal_nocase(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);
int text_compare(const char *a, const char *b); /* as strcmp */
char text_lower(char c);

/* A decimal number that fills the whole text and fits 64 bits; false otherwise. */
bool text_to_number(const char *text, uint64_t *value);
