/* SPDX-License-Identifier: MIT */
/*
 * The four functions that compilers call by themselves. The freestanding build has its own (memory.c); the host build takes the C
 * library's. This header is what portable code includes instead of <string.h>.
 */
#pragma once

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
