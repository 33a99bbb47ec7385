/* SPDX-License-Identifier: MIT */
/* Bounds-checked reading of untrusted bytes. */
#include "core/base/span.h"

#include "core/base/checked.h"
#include "core/base/memory.h"

struct span span_part(struct span span, uint64_t offset, uint64_t bytes)
{
	if (offset >= span.bytes)
		return (struct span){ 0 };
	return (struct span){ .data = span.data + offset, .bytes = (size_t)min_u64(bytes, span.bytes - offset) };
}

bool span_equal(struct span span, const void *data, size_t bytes)
{
	return span.bytes == bytes && memcmp(span.data, data, bytes) == 0;
}

bool span_sums_to_zero(struct span span)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < span.bytes; i++)
		sum = (uint8_t)(sum + span.data[i]);
	return sum == 0;
}

bool span_le16(struct span span, uint64_t offset, uint16_t *value)
{
	if (!span_contains(span, offset, sizeof *value))
		return false;
	*value = get_le16(span.data + offset);
	return true;
}

bool span_le32(struct span span, uint64_t offset, uint32_t *value)
{
	if (!span_contains(span, offset, sizeof *value))
		return false;
	*value = get_le32(span.data + offset);
	return true;
}

struct reader reader_at(struct span span, uint64_t offset)
{
	if (offset > span.bytes)
		return (struct reader){ .span = span, .offset = span.bytes, .failed = true };
	return (struct reader){ .span = span, .offset = (size_t)offset };
}

/* The next `bytes` bytes, or NULL after a failure. */
static const uint8_t *advance(struct reader *reader, uint64_t bytes)
{
	const uint8_t *at;

	if (reader->failed || !span_contains(reader->span, reader->offset, bytes)) {
		reader->failed = true;
		return NULL;
	}
	at = reader->span.data + reader->offset;
	reader->offset += (size_t)bytes;
	return at;
}

uint8_t reader_u8(struct reader *reader)
{
	const uint8_t *at = advance(reader, 1);

	return at ? *at : 0;
}

uint16_t reader_le16(struct reader *reader)
{
	const uint8_t *at = advance(reader, 2);

	return at ? get_le16(at) : 0;
}

uint32_t reader_le32(struct reader *reader)
{
	const uint8_t *at = advance(reader, 4);

	return at ? get_le32(at) : 0;
}

uint64_t reader_le64(struct reader *reader)
{
	const uint8_t *at = advance(reader, 8);

	return at ? get_le64(at) : 0;
}

struct span reader_take(struct reader *reader, uint64_t bytes)
{
	const uint8_t *at = advance(reader, bytes);

	return at ? (struct span){ .data = at, .bytes = (size_t)bytes } : (struct span){ 0 };
}

void reader_skip(struct reader *reader, uint64_t bytes)
{
	advance(reader, bytes);
}
