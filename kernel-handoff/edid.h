/* SPDX-License-Identifier: MIT */
/* EDID (VESA Enhanced EDID 1.4): what a display says of itself; here only the mode that it likes best, in the first block. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { EDID_BYTES = 128 };

/*
 * The size of the preferred mode, which is the first detailed timing (section 3.10.2). False, and nothing written, if the block is damaged
 * (header, checksum), or has no such timing.
 */
bool edid_preferred(const uint8_t block[EDID_BYTES], uint32_t *width, uint32_t *height);
