/* SPDX-License-Identifier: MIT */
/* Data for the example kernel that fill a page of 2 MiB. */
#include <stdint.h>

enum { PAGE_BYTES = 2 << 20 };

extern uint8_t large_data[PAGE_BYTES];
_Alignas(PAGE_BYTES) uint8_t large_data[PAGE_BYTES];
