/* SPDX-License-Identifier: MIT */
/* FAT names: 8.3, and long ones in UTF-16 (section "FAT Long Directory Entries"), both to UTF-8. */
#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/fs/fat.h"

enum {
	SHORT_BYTES = 11,
	SHORT_BASE_BYTES = 8,
	CASE_OFFSET = 12, /* Windows NT: which parts of an 8.3 name are shown in lower case */
	CASE_LOWER_BASE = 0x08,
	CASE_LOWER_EXTENSION = 0x10,
	LONG_LAST = 0x40, /* in the ordinal of the entry that comes first on disk */
	LONG_CHECKSUM_OFFSET = 13,
	LONG_UNITS = 13,
	LONG_SLOTS_MAX = 20,
	REPLACEMENT = 0xFFFD,
};

static unsigned put_utf8(char *at, uint32_t code)
{
	static const struct {
		uint32_t end;
		uint8_t lead;
	} form[] = { { 0x80, 0 }, { 0x800, 0xC0 }, { 0x10000, 0xE0 }, { 0x110000, 0xF0 } };
	unsigned more = 0; /* bytes after the first */

	while (code >= form[more].end)
		more++;
	at[0] = (char)(form[more].lead | code >> 6 * more);
	for (unsigned i = 1; i <= more; i++)
		at[i] = (char)(0x80 | (code >> 6 * (more - i) & 0x3F));
	return more + 1;
}

/* No name may contain these: a path made of it would lead elsewhere, a console would obey it. */
static uint32_t clean(uint32_t code)
{
	return code < 0x20 || code == '/' || code == 0x7F ? REPLACEMENT : code;
}

/* The code page of a byte above 7Fh is not recorded anywhere, so it is not guessed. */
static uint32_t clean_oem(uint8_t byte)
{
	return byte >= 0x80 ? REPLACEMENT : clean(byte);
}

static unsigned put_short_part(char *to, const uint8_t *part, unsigned bytes, bool lower)
{
	unsigned written = 0;

	while (bytes > 0 && part[bytes - 1] == ' ')
		bytes--;
	for (unsigned i = 0; i < bytes; i++) {
		uint8_t byte = lower ? (uint8_t)text_lower((char)part[i]) : part[i];

		written += put_utf8(to + written, clean_oem(byte));
	}
	return written;
}

void fat_short_name(struct span raw, bool with_case, char text[40])
{
	uint8_t flags = with_case ? raw.data[CASE_OFFSET] : 0;
	unsigned length = put_short_part(text, raw.data, SHORT_BASE_BYTES, (flags & CASE_LOWER_BASE) != 0);
	unsigned dot = length;

	text[length++] = '.';
	length += put_short_part(text + length, raw.data + SHORT_BASE_BYTES, SHORT_BYTES - SHORT_BASE_BYTES,
				 (flags & CASE_LOWER_EXTENSION) != 0);
	text[length == dot + 1 ? dot : length] = '\0';
}

void fat_label(const uint8_t raw[SHORT_BYTES], char text[64])
{
	text[put_short_part(text, raw, SHORT_BYTES, false)] = '\0';
}

void fat_long_name_add(struct fat_long_name *name, struct span raw)
{
	static const uint8_t unit_offset[LONG_UNITS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	uint8_t ordinal = raw.data[0];

	if ((ordinal & LONG_LAST) != 0) {
		ordinal &= (uint8_t)~LONG_LAST;
		name->slots = name->missing = ordinal;
		name->checksum = raw.data[LONG_CHECKSUM_OFFSET];
		name->valid = ordinal >= 1 && ordinal <= LONG_SLOTS_MAX;
	}
	if (!name->valid || ordinal != name->missing || raw.data[LONG_CHECKSUM_OFFSET] != name->checksum || ordinal == 0) {
		name->valid = false;
		return;
	}
	name->missing--;
	for (unsigned i = 0; i < LONG_UNITS; i++)
		(void)span_le16(raw, unit_offset[i], &name->unit[name->missing * LONG_UNITS + i]);
}

static uint8_t short_checksum(struct span raw)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < SHORT_BYTES; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + raw.data[i]);
	return sum;
}

bool fat_long_name_finish(const struct fat_long_name *name, struct span raw, char text[FS_NAME_MAX + 1])
{
	unsigned units = name->slots * LONG_UNITS;
	unsigned length = 0;

	if (!name->valid || name->missing != 0 || name->checksum != short_checksum(raw))
		return false;
	for (unsigned i = 0; i < units && name->unit[i] != 0; i++) {
		uint32_t code = name->unit[i];
		uint32_t low = i + 1 < units ? name->unit[i + 1] : 0;
		char bytes[4];

		if (code >= 0xD800 && code < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
			code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
			i++;
		} else if (code >= 0xD800 && code < 0xE000) {
			code = REPLACEMENT;
		}

		unsigned count = put_utf8(bytes, clean(code));

		if (length + count > FS_NAME_MAX)
			return false;
		memcpy(text + length, bytes, count);
		length += count;
	}
	text[length] = '\0';
	return length > 0;
}
