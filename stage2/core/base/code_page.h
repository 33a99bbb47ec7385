/* SPDX-License-Identifier: MIT */
/* What a PC's text screen can show: the font in its ROM has the characters of code page 437. */
#pragma once

#include <stdint.h>

/* The code of a character in that font; 0 if it has none. */
uint8_t code_page_437(uint32_t code);
