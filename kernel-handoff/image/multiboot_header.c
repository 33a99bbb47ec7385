/* SPDX-License-Identifier: MIT */
/* Reading the Multiboot 1 header. */
#include "kernel-handoff/image/multiboot_header.h"

#include "core/base/checked.h"
#include "core/base/span.h"

enum { FIXED_WORDS = 3, FIXED_BYTES = 12, ADDRESSES_END = 32, VIDEO_END = 48, REQUIREMENT_BITS = 16 };

static const struct multiboot_pattern pattern = {
	.name = "Multiboot 1", .magic = 0x1BADB002, .words = FIXED_WORDS, .window = MULTIBOOT_SEARCH_BYTES, .align = 4
};

static enum status check_flags(const struct file *file, const struct multiboot_header *header, struct err *err)
{
	const uint32_t known = MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO | MULTIBOOT_VIDEO;
	uint32_t unknown = header->flags & ((1u << REQUIREMENT_BITS) - 1) & ~known;
	unsigned bit = 0;

	if (unknown == 0)
		return OK;
	while ((unknown >> bit & 1) == 0)
		bit++;
	(void)err_set(err, ERR_UNSUPPORTED, "bit {a} of the flags {b:x} is a requirement that is not known", NULL, bit, header->flags);
	(void)err_add(err, "the Multiboot 1 header of {s} at offset {a:x} cannot be served", file->path, header->offset, 0);
	return err_hint(err, "clear the bit in the kernel's header: bits 3 to 15 have no meaning, and loaders must refuse them");
}

/* Each group of fields has its fixed place, whether those before it count or not. */
static uint32_t header_bytes(uint32_t flags)
{
	if (flags & MULTIBOOT_VIDEO)
		return VIDEO_END;
	return flags & MULTIBOOT_ADDRESSES ? ADDRESSES_END : FIXED_BYTES;
}

static void read_fields(struct reader *reader, struct multiboot_header *header)
{
	reader_skip(reader, FIXED_BYTES);
	if (header->flags & MULTIBOOT_ADDRESSES) {
		header->addresses.header = reader_le32(reader);
		header->addresses.load = reader_le32(reader);
		header->addresses.load_end = reader_le32(reader);
		header->addresses.bss_end = reader_le32(reader);
		header->entry = reader_le32(reader);
	} else if (header->flags & MULTIBOOT_VIDEO) {
		reader_skip(reader, ADDRESSES_END - FIXED_BYTES);
	}
	if (header->flags & MULTIBOOT_VIDEO) {
		header->mode_type = reader_le32(reader);
		header->width = reader_le32(reader);
		header->height = reader_le32(reader);
		header->depth = reader_le32(reader);
	}
}

enum status multiboot_header_find(struct file *file, struct arena *arena, struct multiboot_header *header, struct err *err)
{
	struct multiboot_header found = { 0 };
	uint32_t words[MULTIBOOT_WORDS_MAX], bytes;
	uint8_t data[VIDEO_END] = { 0 };
	struct reader reader = reader_at(span_of(data, sizeof data), 0);

	if (multiboot_search(file, &pattern, arena, &found.offset, words, err) != OK)
		return err->code;
	found.flags = words[1];
	if ((found.flags & MULTIBOOT_ADDRESSES) == 0 && multiboot_refuse_program(file, &pattern, err) != OK)
		return err->code;
	if (check_flags(file, &found, err) != OK)
		return err->code;
	bytes = header_bytes(found.flags);
	if (bytes > min_u64(file->bytes, MULTIBOOT_SEARCH_BYTES) - found.offset) {
		(void)err_set(err, ERR_CORRUPT, "by its flags {a:x} it has {b} bytes", NULL, found.flags, bytes);
		return err_add(err, "{s}: the Multiboot 1 header at offset {a:x} does not fit the first {b} bytes, or the file", file->path,
			       found.offset, MULTIBOOT_SEARCH_BYTES);
	}
	if (file_read(file, found.offset, bytes, data, err) != OK)
		return err->code;
	read_fields(&reader, &found);
	*header = found;
	return OK;
}
