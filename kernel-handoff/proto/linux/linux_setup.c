/* SPDX-License-Identifier: MIT */
/* Filling the setup header of a kernel's real-mode part. */
#include "core/base/span.h"
#include "core/base/text.h"
#include "kernel-handoff/proto/linux/linux_real.h"

enum { SINCE_HEADER = 0x0200, SINCE_HEAP_END = 0x0201, SINCE_COMMAND_LINE = 0x0202 };
enum { LOADER_TYPE_UNDEFINED = 0xFF, CAN_USE_HEAP = 0x80, OLD_COMMAND_LINE_MAGIC = 0xA33F, HEAP_END_BIAS = 0x200 };

/* Offsets in the real-mode part. */
enum {
	OLD_COMMAND_LINE_MAGIC_AT = 0x20,
	OLD_COMMAND_LINE_OFFSET = 0x22,
	VIDEO_MODE_AT = 0x1FA,
	LOADER_TYPE = 0x210,
	LOAD_FLAGS = 0x211,
	SETUP_MOVE_SIZE = 0x212,
	INITRD_START = 0x218,
	INITRD_BYTES = 0x21C,
	HEAP_END = 0x224,
	COMMAND_LINE = 0x228,
};

/* A digit of any base up to 16; 16 for what is none. */
static unsigned digit(char c)
{
	c = text_lower(c);
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* In C notation: decimal, 0 octal, 0x hexadecimal. `text` ends at a blank. */
static bool parse_c_number(const char *text, uint16_t *number)
{
	unsigned base = 10, value = 0;

	if (text[0] == '0' && text_lower(text[1]) == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0') {
		base = 8;
	}
	if (digit(*text) >= base)
		return false;
	for (; digit(*text) < base; text++) {
		value = value * base + digit(*text);
		if (value > UINT16_MAX)
			return false;
	}
	*number = (uint16_t)value;
	return *text == '\0' || *text == ' ' || *text == '\t';
}

static bool is_word(const char *text, const char *word)
{
	size_t length = text_length(word);

	return text_starts_with(text, word) && (text[length] == '\0' || text[length] == ' ' || text[length] == '\t');
}

static bool parse_video_mode(const char *text, uint16_t *mode)
{
	static const struct {
		const char *name;
		uint16_t mode;
	} names[] = { { "normal", 0xFFFF }, { "ext", 0xFFFE }, { "ask", 0xFFFD } };

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (is_word(text, names[i].name)) {
			*mode = names[i].mode;
			return true;
		}
	}
	return parse_c_number(text, mode);
}

/* The kernel looks at vid_mode before it reads its command line. The last `vga=` counts. */
static void fill_video_mode(uint8_t *head, const char *options, struct plan *plan)
{
	static const char key[] = "vga=";
	uint16_t mode;

	for (const char *at = options; *at != '\0'; at++) {
		if ((at != options && at[-1] != ' ' && at[-1] != '\t') || !text_starts_with(at, key))
			continue;
		if (parse_video_mode(at + sizeof key - 1, &mode))
			put_le16(head + VIDEO_MODE_AT, mode);
		else
			plan_note(plan, "\"vga\" of the kernel's options is not used: its value is no video mode", NULL, 0, 0,
				  "its values are normal, ext, ask or a number up to 0xffff");
	}
}

void linux_setup_fill(uint8_t head[LINUX_SETUP_HEAD_BYTES], const struct bzimage *image, const struct linux_setup *setup,
		      uint64_t initrd_start, uint64_t initrd_bytes, const char *options, struct plan *plan)
{
	fill_video_mode(head, options, plan);
	if (image->version < SINCE_COMMAND_LINE) {
		put_le16(head + OLD_COMMAND_LINE_MAGIC_AT, OLD_COMMAND_LINE_MAGIC);
		put_le16(head + OLD_COMMAND_LINE_OFFSET, setup->heap_end);
	}
	if (image->version < SINCE_HEADER)
		return;
	head[LOADER_TYPE] = LOADER_TYPE_UNDEFINED;
	put_le32(head + INITRD_START, (uint32_t)initrd_start);
	put_le32(head + INITRD_BYTES, (uint32_t)initrd_bytes);
	if (image->version < SINCE_COMMAND_LINE)
		put_le16(head + SETUP_MOVE_SIZE, (uint16_t)(setup->heap_end + text_length(options) + 1));
	if (image->version >= SINCE_HEAP_END) {
		put_le16(head + HEAP_END, (uint16_t)(setup->heap_end - HEAP_END_BIAS));
		head[LOAD_FLAGS] |= CAN_USE_HEAP;
	}
	if (image->version >= SINCE_COMMAND_LINE)
		put_le32(head + COMMAND_LINE, setup->base + setup->heap_end);
}
