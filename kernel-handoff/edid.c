/* SPDX-License-Identifier: MIT */
/* The preferred mode of a display. */
#include "kernel-handoff/edid.h"

#include "core/base/memory.h"

/* Offsets in the block, and in a detailed timing. */
enum { FIRST_TIMING = 54, PIXEL_CLOCK = 0, WIDTH = 2, WIDTH_HIGH = 4, HEIGHT = 5, HEIGHT_HIGH = 7, FLAGS = 17 };
enum { INTERLACED = 1 << 7 };

static bool is_sound(const uint8_t block[EDID_BYTES])
{
	static const uint8_t header[] = { 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00 };
	uint8_t sum = 0;

	for (unsigned i = 0; i < EDID_BYTES; i++)
		sum = (uint8_t)(sum + block[i]);
	return sum == 0 && memcmp(block, header, sizeof header) == 0;
}

bool edid_preferred(const uint8_t block[EDID_BYTES], uint32_t *width, uint32_t *height)
{
	const uint8_t *timing = block + FIRST_TIMING;
	uint32_t columns = timing[WIDTH] | (timing[WIDTH_HIGH] & 0xF0u) << 4, lines = timing[HEIGHT] | (timing[HEIGHT_HIGH] & 0xF0u) << 4;

	/* Without a pixel clock it is another kind of descriptor. */
	if (!is_sound(block) || (timing[PIXEL_CLOCK] == 0 && timing[PIXEL_CLOCK + 1] == 0) || columns == 0 || lines == 0)
		return false;
	*width = columns;
	*height = (timing[FLAGS] & INTERLACED) != 0 ? 2 * lines : lines; /* the timing counts those of one field */
	return true;
}
