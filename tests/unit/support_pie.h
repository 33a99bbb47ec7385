/* SPDX-License-Identifier: MIT */
/* Position-independent kernels with relocations of any kind, made piece by piece. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Virtual addresses in the file, behind the base that pie_begin() is given; file offsets of the segments are other ones. */
enum {
	PIE_TEXT = 0x0,
	PIE_TEXT_BYTES = 0x1800,
	PIE_ENTRY = 0x40,
	PIE_DATA = 0x2000,  /* what follows, up to PIE_BSS, is in the file */
	PIE_RELA = 0x2100,  /* room for 40 entries */
	PIE_RELR = 0x2600,  /* room for 64 words */
	PIE_WORDS = 0x2800, /* words to relocate */
	PIE_BSS = 0x3000,
	PIE_BYTES = 0x5000,
	PIE_SEGMENTS = 2, /* segment 0: text, 1: data; program header 2 is PT_DYNAMIC, 3 PT_NOTE */
	PIE_NOTE_HEADER = 3,
};

enum { PIE_RELATIVE = 8 };

/* Tags of the dynamic section. */
enum {
	PIE_DT_NEEDED = 1,
	PIE_DT_PLTRELSZ = 2,
	PIE_DT_RELA = 7,
	PIE_DT_RELASZ = 8,
	PIE_DT_RELAENT = 9,
	PIE_DT_RELSZ = 18,
	PIE_DT_RELRSZ = 35,
	PIE_DT_RELR = 36,
	PIE_DT_RELRENT = 37
};

/* Begins a kernel that is linked at `base`, without relocations, dynamic entries and notes. */
void pie_begin(uint8_t *image, uint64_t base);

void pie_dynamic(uint64_t tag, uint64_t value);
void pie_rela(uint64_t target, uint64_t info, uint64_t addend); /* `target` counts from the base */
void pie_relr(uint64_t word);

/* The word at `virt`, which counts from the base, as the file has it. */
void pie_word(uint64_t virt, uint64_t value);

/* Adds the entries for the tables that were filled. Returns the image's length. */
size_t pie_end(void);

/* A small kernel with relocations of both kinds: as at the words that follow. */
enum { PIE_RELA_WORD = PIE_WORDS, PIE_RELR_WORD = PIE_WORDS + 0x40 };
size_t pie_make(uint8_t *image, uint64_t base);

/* Sets a field of a program header, by its offset in that. */
void pie_set_header(unsigned index, unsigned at, uint64_t value);

/* A note with the first `bytes` bytes of a request, in header PIE_NOTE_HEADER. */
void pie_note(const void *request, size_t bytes);
