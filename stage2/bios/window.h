/* SPDX-License-Identifier: MIT */
/* The memory that the loader can reach: the first 4 GiB through its page tables, and a piece above them at a time. */
#pragma once

#include <stdint.h>

/* platform_ops.window: any range that ends at or below 4 GiB, or lies above in two neighbouring GiB below 512 GiB. */
void *window_open(uint64_t phys, uint64_t bytes);
