/* SPDX-License-Identifier: MIT */
/* PE32+ images made by hand. */
#include "support_pe.h"

#include "core/base/span.h"

#include <string.h>

static void put_section(uint8_t *image, unsigned index, const char *name)
{
	uint8_t *header = image + PE_SECTIONS_AT + 40 * index;

	strncpy((char *)header, name, 8);
	put_le32(header + 8, 0x180);
	put_le32(header + 12, 0x1000 * (index + 1));
	put_le32(header + 16, PE_SECTION_DATA_BYTES);
	put_le32(header + 20, PE_DATA_AT + PE_SECTION_DATA_BYTES * index);
	put_le32(header + 36, 0x60000020);
}

size_t pe_make(uint8_t *image, const char *second)
{
	uint16_t sections = second != NULL ? 2 : 1;
	uint8_t *coff = image + PE_HEADER_AT, *optional = image + PE_OPTIONAL_AT;

	memset(image + PE_HEADER_AT, 0, PE_SECTIONS_AT - PE_HEADER_AT + 40u * sections);
	memcpy(image, "MZ", 2);
	put_le32(image + 0x3C, PE_HEADER_AT);
	memcpy(coff, "PE\0", 4);
	put_le16(coff + 4, 0x8664);
	put_le16(coff + 6, sections);
	put_le16(coff + 20, 240);
	put_le16(coff + 22, 0x206);
	put_le16(optional, 0x20B);
	put_le32(optional + 16, 0x1010);
	put_le32(optional + 32, 0x1000);
	put_le32(optional + 36, 0x200);
	put_le16(optional + 44, 1);
	put_le16(optional + 46, 1);
	put_le32(optional + 56, 0x1000 * (sections + 1u));
	put_le32(optional + 60, PE_DATA_AT);
	put_le16(optional + 68, 10);
	put_le16(optional + 70, 0x100);
	put_le32(optional + 108, 16);
	put_section(image, 0, ".text");
	if (second != NULL)
		put_section(image, 1, second);
	return PE_DATA_AT + (size_t)PE_SECTION_DATA_BYTES * sections;
}
