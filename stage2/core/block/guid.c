/* SPDX-License-Identifier: MIT */
/* The GUIDs that the suite knows, and how one is written. */
#include "core/block/partition.h"

/* The first three fields are little-endian on disk, the last two are runs of bytes. */
const uint8_t GUID_ESP[GUID_BYTES] = { 0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B };
const uint8_t GUID_XBOOTLDR[GUID_BYTES] = {
	0xFF, 0xC2, 0x13, 0xBC, 0xE6, 0x59, 0x62, 0x42, 0xA3, 0x52, 0xB2, 0x75, 0xFD, 0x6F, 0x71, 0x72
};
const uint8_t GUID_BIOS_BOOT[GUID_BYTES] = {
	0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6F, 0x6E, 0x74, 0x4E, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49
};

void guid_format(const uint8_t guid[GUID_BYTES], char text[GUID_TEXT_BYTES])
{
	static const uint8_t order[GUID_BYTES] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < GUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		*text++ = digits[guid[order[i]] >> 4];
		*text++ = digits[guid[order[i]] & 0xF];
	}
	*text = '\0';
}
