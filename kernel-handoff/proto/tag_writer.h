/* SPDX-License-Identifier: MIT */
/*
 * Writes a sequence of little-endian structures of unknown length. The same code runs twice: without a buffer it only counts, with one of
 * that length it writes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tag_writer {
	uint8_t *data; /* NULL: count only; zeroed, and as long as the counting said */
	size_t bytes;  /* so far */
};

void write_u8(struct tag_writer *writer, uint8_t value);
void write_u16(struct tag_writer *writer, uint16_t value);
void write_u32(struct tag_writer *writer, uint32_t value);
void write_u64(struct tag_writer *writer, uint64_t value);
void write_bytes(struct tag_writer *writer, const void *data, size_t bytes);

/* "first second", or only "first" if second is empty or NULL, with the NUL. */
void write_text(struct tag_writer *writer, const char *first, const char *second);

/* A tag is u32 type, u32 size without padding, and starts at a multiple of 8. tag_begin() returns what tag_end() needs. */
size_t tag_begin(struct tag_writer *writer, uint32_t type);
void tag_end(struct tag_writer *writer, size_t at);
