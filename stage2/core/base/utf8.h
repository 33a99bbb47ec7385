/* SPDX-License-Identifier: MIT */
/* Characters of untrusted UTF-8 text (RFC 3629), and what may be shown of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_INVALID = 0xFFFFFFFFu };

/*
 * The character at `text`, of which there are `bytes` bytes (1 or more); *used: its bytes. UTF8_INVALID with *used = 1 for a byte that
 * begins no character: cut off, too long a form, a surrogate, above U+10FFFF.
 */
uint32_t utf8_take(const char *text, size_t bytes, size_t *used);

/* False for what must not reach a terminal: control characters, and those that turn the direction of writing or end a line. */
bool utf8_is_printable(uint32_t code);

/* How many columns of a screen a printable character takes: 2 in East Asian scripts, 0 if it is put on the one before, else 1. */
unsigned utf8_columns(uint32_t code);

/* The columns of a text; bytes that are not UTF-8 take one each. */
size_t utf8_text_columns(const char *text, size_t bytes);
