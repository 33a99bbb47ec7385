/* SPDX-License-Identifier: MIT */
/* CRC-32, one table lookup per byte. */
#include "core/hash/crc32.h"

/*
 * The CRC is linear: the table entry of a byte is the XOR of the entries of its set bits. Those eight are given (the last is the
 * polynomial itself, the one before it that shifted on by one, ...), and the compiler makes the other 248.
 */
#define BIT(i, n, entry) (((i) >> (n)&1) != 0 ? (entry) : 0u)
#define ENTRY(i)                                                                                                                           \
	(BIT(i, 0, 0x77073096u) ^ BIT(i, 1, 0xEE0E612Cu) ^ BIT(i, 2, 0x076DC419u) ^ BIT(i, 3, 0x0EDB8832u) ^ BIT(i, 4, 0x1DB71064u) ^      \
	 BIT(i, 5, 0x3B6E20C8u) ^ BIT(i, 6, 0x76DC4190u) ^ BIT(i, 7, 0xEDB88320u))
#define FOUR(i)       ENTRY(i), ENTRY((i) + 1), ENTRY((i) + 2), ENTRY((i) + 3)
#define SIXTEEN(i)    FOUR(i), FOUR((i) + 4), FOUR((i) + 8), FOUR((i) + 12)
#define SIXTY_FOUR(i) SIXTEEN(i), SIXTEEN((i) + 16), SIXTEEN((i) + 32), SIXTEEN((i) + 48)

static const uint32_t table[256] = { SIXTY_FOUR(0), SIXTY_FOUR(64), SIXTY_FOUR(128), SIXTY_FOUR(192) };

uint32_t crc32_update(uint32_t crc, const void *data, size_t bytes)
{
	const uint8_t *at = data;
	const uint8_t *end = at + bytes;

	crc = ~crc;
	while (at < end)
		crc = table[(crc ^ *at++) & 0xFF] ^ crc >> 8;
	return ~crc;
}
