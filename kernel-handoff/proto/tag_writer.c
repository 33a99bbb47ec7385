/* SPDX-License-Identifier: MIT */
/* Counting and writing in one code path. */
#include "kernel-handoff/proto/tag_writer.h"

#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"

void write_bytes(struct tag_writer *writer, const void *data, size_t bytes)
{
	if (writer->data != NULL && bytes > 0)
		memcpy(writer->data + writer->bytes, data, bytes);
	writer->bytes += bytes;
}

void write_u8(struct tag_writer *writer, uint8_t value)
{
	write_bytes(writer, &value, sizeof value);
}

void write_u16(struct tag_writer *writer, uint16_t value)
{
	uint8_t bytes[2];

	put_le16(bytes, value);
	write_bytes(writer, bytes, sizeof bytes);
}

void write_u32(struct tag_writer *writer, uint32_t value)
{
	uint8_t bytes[4];

	put_le32(bytes, value);
	write_bytes(writer, bytes, sizeof bytes);
}

void write_u64(struct tag_writer *writer, uint64_t value)
{
	uint8_t bytes[8];

	put_le64(bytes, value);
	write_bytes(writer, bytes, sizeof bytes);
}

void write_text(struct tag_writer *writer, const char *first, const char *second)
{
	write_bytes(writer, first, text_length(first));
	if (second != NULL && second[0] != '\0') {
		write_u8(writer, ' ');
		write_bytes(writer, second, text_length(second));
	}
	write_u8(writer, 0);
}

size_t tag_begin(struct tag_writer *writer, uint32_t type)
{
	size_t at = writer->bytes;

	write_u32(writer, type);
	write_u32(writer, 0);
	return at;
}

void tag_end(struct tag_writer *writer, size_t at)
{
	if (writer->data != NULL)
		put_le32(writer->data + at + 4, (uint32_t)(writer->bytes - at));
	writer->bytes = (writer->bytes + 7) & ~(size_t)7; /* the buffer is zeroed, so is the padding */
}
