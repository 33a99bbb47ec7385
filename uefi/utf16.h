/* SPDX-License-Identifier: MIT */
/* Text as the firmware takes and gives it: UTF-16, little-endian, with a NUL. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * UTF-16 of a UTF-8 text, in `arena`; a byte that is not part of valid UTF-8 becomes U+FFFD. *units counts the NUL. NULL if the arena is
 * full.
 */
uint16_t *utf16_from_utf8(struct arena *arena, const char *text, size_t *units);

/* ASCII of at most `units` units up to a NUL, in `arena`: blanks for line ends, '?' for other characters. NULL if the arena is full. */
char *ascii_from_utf16(struct arena *arena, const uint16_t *text, size_t units);
