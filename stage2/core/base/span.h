/* SPDX-License-Identifier: MIT */
/*
 * Untrusted bytes and the only ways to read them.
 *
 * A `span` is a run of bytes. A `reader` walks over a span; a read past its end yields zero and makes the reader fail for good, so a
 * parser reads all fields of a structure and asks once. All multi-byte numbers are little-endian unless the name says otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *data;
	size_t bytes;
};

struct reader {
	struct span span;
	size_t offset; /* of the next byte; at most span.bytes */
	bool failed;   /* a read went past the end; stays set */
};

static inline struct span span_of(const void *data, size_t bytes)
{
	return (struct span){ .data = data, .bytes = bytes };
}

/* True if [offset, offset + bytes) lies within the span. Never overflows. */
static inline bool span_contains(struct span span, uint64_t offset, uint64_t bytes)
{
	return offset <= span.bytes && bytes <= span.bytes - offset;
}

/* The part [offset, offset + bytes), cut to what the span has; empty if it starts past the end. */
struct span span_part(struct span span, uint64_t offset, uint64_t bytes);

bool span_equal(struct span span, const void *data, size_t bytes);

/* The checksum of ACPI and SMBIOS: all bytes of a structure, the checksum among them, add up to 0 in a byte. */
bool span_sums_to_zero(struct span span);

/* Single fields at known offsets; false (and *value untouched) if they are not inside. */
bool span_le16(struct span span, uint64_t offset, uint16_t *value);
bool span_le32(struct span span, uint64_t offset, uint32_t *value);

/* A reader that starts at `offset`; failed from the start if that is past the end. */
struct reader reader_at(struct span span, uint64_t offset);

uint8_t reader_u8(struct reader *reader);
uint16_t reader_le16(struct reader *reader);
uint32_t reader_le32(struct reader *reader);
uint64_t reader_le64(struct reader *reader);
struct span reader_take(struct reader *reader, uint64_t bytes); /* empty after a failure */
void reader_skip(struct reader *reader, uint64_t bytes);

/*
 * For what we write ourselves, for trusted memory, and for hot loops whose bounds were checked before. The builtin is one move
 * instruction, where memcpy() would be a call in freestanding code.
 */
static inline uint16_t get_le16(const void *at)
{
	uint16_t value;

	__builtin_memcpy(&value, at, sizeof value);
	return value;
}

static inline uint32_t get_le32(const void *at)
{
	uint32_t value;

	__builtin_memcpy(&value, at, sizeof value);
	return value;
}

static inline uint64_t get_le64(const void *at)
{
	uint64_t value;

	__builtin_memcpy(&value, at, sizeof value);
	return value;
}

static inline void put_le16(void *at, uint16_t value)
{
	__builtin_memcpy(at, &value, sizeof value);
}

static inline void put_le32(void *at, uint32_t value)
{
	__builtin_memcpy(at, &value, sizeof value);
}

static inline void put_le64(void *at, uint64_t value)
{
	__builtin_memcpy(at, &value, sizeof value);
}
