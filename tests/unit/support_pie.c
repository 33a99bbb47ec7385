/* SPDX-License-Identifier: MIT */
/* Position-independent kernels. */
#include "support_pie.h"

#include "support_handoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { DYNAMIC_BYTES = 0x400, NOTE_BYTES = 0x100, PROGRAM_BYTES = 56, HEADER_BYTES = 64 };

static struct {
	uint8_t *image;
	uint64_t base;
	size_t bytes;
	unsigned dynamic_count, rela_count, relr_count;
} pie;

static uint64_t file_offset(unsigned header)
{
	return get_le64(pie.image + HEADER_BYTES + PROGRAM_BYTES * header + 8);
}

static uint8_t *at_virt(uint64_t virt)
{
	assert_true(virt >= PIE_DATA && virt + 8 <= PIE_BSS);
	return pie.image + file_offset(1) + (virt - PIE_DATA);
}

void pie_set_header(unsigned index, unsigned at, uint64_t value)
{
	put_le64(pie.image + HEADER_BYTES + PROGRAM_BYTES * index + at, value);
}

void pie_begin(uint8_t *image, uint64_t base)
{
	const struct test_segment segments[] = {
		{ .flags = 5, .virt = base + PIE_TEXT, .phys = 0x7000, .file_bytes = PIE_TEXT_BYTES, .bytes = PIE_TEXT_BYTES },
		{ .flags = 6, .virt = base + PIE_DATA, .phys = 0x9000, .file_bytes = PIE_BSS - PIE_DATA, .bytes = PIE_BYTES - PIE_DATA },
		{ .type = 2, .flags = 4, .virt = base, .file_bytes = DYNAMIC_BYTES, .bytes = DYNAMIC_BYTES },
		{ .type = 4, .flags = 4, .virt = base, .file_bytes = NOTE_BYTES, .bytes = NOTE_BYTES },
	};

	memset(&pie, 0, sizeof pie);
	pie.image = image;
	pie.base = base;
	pie.bytes = elf_make(image, true, base + PIE_ENTRY, segments, 4);
	put_le16(image + 16, 3); /* ET_DYN */
	memset(image + file_offset(2), 0, DYNAMIC_BYTES);
	pie_set_header(PIE_NOTE_HEADER, 32, 0);
}

void pie_dynamic(uint64_t tag, uint64_t value)
{
	uint8_t *at = pie.image + file_offset(2) + 16ul * pie.dynamic_count++;

	put_le64(at, tag);
	put_le64(at + 8, value);
}

void pie_rela(uint64_t target, uint64_t info, uint64_t addend)
{
	uint64_t entry = PIE_RELA + 24ul * pie.rela_count++;

	pie_word(entry, pie.base + target);
	pie_word(entry + 8, info);
	pie_word(entry + 16, addend);
}

void pie_relr(uint64_t word)
{
	pie_word(PIE_RELR + 8ul * pie.relr_count++, word);
}

void pie_word(uint64_t virt, uint64_t value)
{
	put_le64(at_virt(virt), value);
}

size_t pie_end(void)
{
	if (pie.rela_count > 0) {
		pie_dynamic(PIE_DT_RELA, pie.base + PIE_RELA);
		pie_dynamic(PIE_DT_RELASZ, 24ul * pie.rela_count);
		pie_dynamic(PIE_DT_RELAENT, 24);
	}
	if (pie.relr_count > 0) {
		pie_dynamic(PIE_DT_RELR, pie.base + PIE_RELR);
		pie_dynamic(PIE_DT_RELRSZ, 8ul * pie.relr_count);
		pie_dynamic(PIE_DT_RELRENT, 8);
	}
	return pie.bytes;
}

size_t pie_make(uint8_t *image, uint64_t base)
{
	pie_begin(image, base);
	pie_rela(PIE_RELA_WORD, PIE_RELATIVE, base + PIE_TEXT + 0x123);
	pie_word(PIE_RELR_WORD, base + PIE_DATA + 0x456);
	pie_relr(base + PIE_RELR_WORD);
	return pie_end();
}

void pie_note(const void *request, size_t bytes)
{
	uint8_t *at = pie.image + file_offset(PIE_NOTE_HEADER);

	assert_true(20 + bytes <= NOTE_BYTES);
	put_le32(at, sizeof "mkboot");
	put_le32(at + 4, (uint32_t)bytes);
	put_le32(at + 8, 1);
	memcpy(at + 12, "mkboot\0", 8);
	memcpy(at + 20, request, bytes);
	pie_set_header(PIE_NOTE_HEADER, 32, 20 + bytes);
}
