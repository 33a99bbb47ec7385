/* SPDX-License-Identifier: MIT */
/* The memory that the loader can reach: the first 4 GiB through its page tables, and a piece above them at a time. */
#pragma once

#include <stdint.h>

/* A pointer that stays good as long as the loader runs: NULL if the range goes on above 4 GiB. */
void *window_fixed(uint64_t phys, uint64_t bytes);

/* platform_ops.window: any range below 4 GiB, and above it one that lies in two neighbouring GiB below 512 GiB. */
void *window_open(uint64_t phys, uint64_t bytes);
