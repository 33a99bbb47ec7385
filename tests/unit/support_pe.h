/* SPDX-License-Identifier: MIT */
/* PE32+ images made by hand. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	PE_HEADER_AT = 0x80, /* the PE signature; the COFF header follows it, and then: */
	PE_OPTIONAL_AT = PE_HEADER_AT + 24,
	PE_SECTIONS_AT = PE_OPTIONAL_AT + 240,
	PE_DATA_AT = 0x400,
	PE_SECTION_DATA_BYTES = 0x200,
	PE_IMAGE_MAX = PE_DATA_AT + 3 * PE_SECTION_DATA_BYTES,
};

/*
 * Writes the headers of an EFI application for x86-64 with .text and, if it is not NULL, a section `second` over `image`: everything else
 * of it stays. Returns the length that the file has to have.
 */
size_t pe_make(uint8_t *image, const char *second);
