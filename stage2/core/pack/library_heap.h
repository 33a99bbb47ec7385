/* SPDX-License-Identifier: MIT */
/* The heap symbols that static libraries refer to; see library_heap.c. */
#pragma once

#include <stddef.h>

void *malloc(size_t bytes);
void free(void *memory);
