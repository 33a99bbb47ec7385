/* SPDX-License-Identifier: MIT */
/* Finding the Multiboot2 header, and its tags. */
#include "kernel-handoff/image/multiboot2_header.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/span.h"

#define HEADER_MAGIC 0xE85250D6u
enum { ARCHITECTURE_I386 = 0, FIXED_BYTES = 16, HEADER_ALIGN = 8, TAG_BYTES = 8, TAG_OPTIONAL = 1, CHUNK_BYTES = 4096 };

static const char make_optional[] = "if the kernel can do without it, set the optional bit in the flags of the tag";

/* What the search has seen. Offsets are UINT64_MAX as long as there is nothing. */
struct candidates {
	uint64_t good;
	uint32_t good_bytes; /* header_length */
	uint64_t bad_checksum, other_architecture;
	uint32_t architecture;
};

static void candidates_look(struct candidates *seen, struct span header, uint64_t offset)
{
	struct reader reader = reader_at(header, 0);
	uint32_t magic = reader_le32(&reader), architecture = reader_le32(&reader);
	uint32_t bytes = reader_le32(&reader), checksum = reader_le32(&reader);

	if (reader.failed || magic != HEADER_MAGIC)
		return;
	if (magic + architecture + bytes + checksum != 0) {
		seen->bad_checksum = min_u64(seen->bad_checksum, offset);
	} else if (architecture != ARCHITECTURE_I386) {
		seen->other_architecture = min_u64(seen->other_architecture, offset);
		seen->architecture = architecture;
	} else {
		seen->good = offset;
		seen->good_bytes = bytes;
	}
}

/* Looks at every multiple of 8, the alignment being that of the offset in the file. */
static enum status candidates_search(struct file *file, uint8_t *chunk, struct candidates *seen, struct err *err)
{
	uint64_t end = min_u64(file->bytes, MULTIBOOT2_SEARCH_BYTES);

	for (uint64_t offset = 0; offset < end && seen->good == UINT64_MAX; offset += CHUNK_BYTES) {
		/* A header may begin at the end of a chunk, so its fixed part is read with it. */
		uint64_t bytes = min_u64(end - offset, CHUNK_BYTES + FIXED_BYTES - HEADER_ALIGN);

		if (file_read(file, offset, bytes, chunk, err) != OK)
			return err->code;
		for (uint64_t at = 0; at < bytes && at < CHUNK_BYTES && seen->good == UINT64_MAX; at += HEADER_ALIGN)
			candidates_look(seen, span_part(span_of(chunk, (size_t)bytes), at, FIXED_BYTES), offset + at);
	}
	return OK;
}

static enum status search(struct file *file, struct arena *arena, struct candidates *seen, struct err *err)
{
	size_t mark = arena_mark(arena);
	uint8_t *chunk = ARENA_NEW_ARRAY(arena, uint8_t, CHUNK_BYTES + FIXED_BYTES);
	enum status status;

	if (chunk == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory to search {s} for a Multiboot2 header", file->path, 0, 0);
	status = candidates_search(file, chunk, seen, err);
	arena_reset(arena, mark);
	if (status != OK || seen->good != UINT64_MAX)
		return status;
	if (seen->bad_checksum != UINT64_MAX) {
		(void)err_set(err, ERR_CORRUPT, "the Multiboot2 header at offset {a:x} has a bad checksum", NULL, seen->bad_checksum, 0);
		(void)err_add(err, "{s} is damaged", file->path, 0, 0);
		return err_hint(err,
				"copy the kernel again, or build it again: magic, architecture, length and checksum have to add up to 0");
	}
	if (seen->other_architecture != UINT64_MAX)
		return err_set(err, ERR_UNSUPPORTED, "{s}: the Multiboot2 header at offset {a:x} is for architecture {b}, not for x86",
			       file->path, seen->other_architecture, seen->architecture);
	return err_set(err, ERR_NOT_FOUND, "{s} has no Multiboot2 header in its first {a} bytes", file->path, MULTIBOOT2_SEARCH_BYTES, 0);
}

/* One tag: its flags, and a reader over what follows its first 8 bytes. */
struct tag {
	uint16_t type, flags;
	uint32_t bytes;
	uint64_t offset;
	struct reader reader;
};

static enum status read_information_request(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)header;
	if (tag->flags & TAG_OPTIONAL)
		return OK;
	for (uint32_t at = TAG_BYTES; at + 4 <= tag->bytes; at += 4) {
		uint8_t bytes[4];

		if (file_read(file, tag->offset + at, sizeof bytes, bytes, err) != OK)
			return err->code;
		if (get_le32(bytes) > MULTIBOOT2_INFORMATION_TAGS) {
			(void)err_set(err, ERR_UNSUPPORTED, "{s} requires information of type {a}, which is not known", file->path,
				      get_le32(bytes), 0);
			return err_hint(err, make_optional);
		}
	}
	return OK;
}

static enum status read_address(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->has_address = true;
	header->header_address = reader_le32(&tag->reader);
	header->load_address = reader_le32(&tag->reader);
	header->load_end_address = reader_le32(&tag->reader);
	header->bss_end_address = reader_le32(&tag->reader);
	return OK;
}

static enum status read_entry(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->has_entry = true;
	header->entry = reader_le32(&tag->reader);
	return OK;
}

static enum status read_console(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->console_flags = reader_le32(&tag->reader);
	return OK;
}

static enum status read_framebuffer(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->has_framebuffer = true;
	header->width = reader_le32(&tag->reader);
	header->height = reader_le32(&tag->reader);
	header->depth = reader_le32(&tag->reader);
	return OK;
}

static enum status read_relocatable(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	header->relocatable = true;
	header->min_address = reader_le32(&tag->reader);
	header->max_address = reader_le32(&tag->reader);
	header->align = reader_le32(&tag->reader);
	header->preference = reader_le32(&tag->reader);
	if (header->align == 0)
		header->align = 1;
	if (!is_power_of_two(header->align))
		return err_set(err, ERR_CORRUPT, "{s} asks for the alignment {a:x}, which is not a power of two", file->path, header->align,
			       0);
	return OK;
}

static enum status read_boot_services(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)tag, (void)err;
	header->keeps_boot_services = true;
	return OK;
}

static enum status read_entry_efi_64(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->has_entry_efi_64 = true;
	header->entry_efi_64 = reader_le32(&tag->reader);
	return OK;
}

/*
 * Tag 6 asks for page-aligned modules, which all kernels get; tag 8 is the entry for UEFI of 32 bits, which is never what runs us. Required
 * or not (ACRN, NOVA and Xen have tag 7 on a BIOS, too), they change nothing.
 */
static enum status read_nothing(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)tag, (void)header, (void)err;
	return OK;
}

static const struct tag_type {
	uint32_t least_bytes;
	enum status (*read)(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err);
} tag_types[] = {
	[1] = { 8, read_information_request }, [2] = { 24, read_address },      [3] = { 12, read_entry },        [4] = { 12, read_console },
	[5] = { 20, read_framebuffer },        [6] = { 8, read_nothing },       [7] = { 8, read_boot_services }, [8] = { 12, read_nothing },
	[9] = { 12, read_entry_efi_64 },       [10] = { 24, read_relocatable },
};

enum { TAG_TYPES = sizeof tag_types / sizeof *tag_types };

static enum status read_tag(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	const struct tag_type *type = tag->type < TAG_TYPES ? &tag_types[tag->type] : NULL;
	uint8_t bytes[16];

	if (type == NULL || type->read == NULL) {
		if (tag->flags & TAG_OPTIONAL)
			return OK;
		(void)err_set(err, ERR_UNSUPPORTED, "{s} requires the Multiboot2 header tag {a} at offset {b:x}, which is not known",
			      file->path, tag->type, tag->offset);
		return err_hint(err, make_optional);
	}
	if (tag->bytes < type->least_bytes)
		return err_set(err, ERR_CORRUPT, "{s}: the Multiboot2 header tag {a} at offset {b:x} is too short for its type", file->path,
			       tag->type, tag->offset);
	if (file_read(file, tag->offset + TAG_BYTES, min_u64(tag->bytes - TAG_BYTES, sizeof bytes), bytes, err) != OK)
		return err->code;
	tag->reader = reader_at(span_of(bytes, sizeof bytes), 0);
	return type->read(file, tag, header, err);
}

/* Walks over the tags of [offset, end). Ends at the end tag or at the end of the header; every step moves on by at least 8. */
static enum status read_tags(struct file *file, uint64_t offset, uint64_t end, struct multiboot2_header *header, struct err *err)
{
	while (offset + TAG_BYTES <= end) {
		struct tag tag = { .offset = offset };
		uint8_t bytes[TAG_BYTES];

		if (file_read(file, offset, sizeof bytes, bytes, err) != OK)
			return err->code;
		tag.type = get_le16(bytes);
		tag.flags = get_le16(bytes + 2);
		tag.bytes = get_le32(bytes + 4);
		if (tag.bytes < TAG_BYTES || tag.bytes > end - offset) {
			(void)err_set(err, ERR_CORRUPT, "tag {a} says that it has {b} bytes", NULL, tag.type, tag.bytes);
			(void)err_add(err, "{s}: the tag at offset {a:x} does not fit the Multiboot2 header, which ends at {b:x}",
				      file->path, offset, end);
			return err_hint(err, "each tag has to start at a multiple of 8 bytes");
		}
		if (tag.type == 0)
			return OK;
		if (read_tag(file, &tag, header, err) != OK)
			return err->code;
		offset += align_down((uint64_t)tag.bytes + 7, 8);
	}
	return OK;
}

enum status multiboot2_header_find(struct file *file, struct arena *arena, struct multiboot2_header *header, struct err *err)
{
	struct candidates seen = { UINT64_MAX, 0, UINT64_MAX, UINT64_MAX, 0 };
	struct multiboot2_header found = { 0 };
	uint8_t start[2];

	if (file->bytes >= sizeof start) {
		if (file_read(file, 0, sizeof start, start, err) != OK)
			return err->code;
		if (start[0] == 'M' && start[1] == 'Z') {
			(void)err_set(err, ERR_NOT_FOUND, "{s} is a DOS or EFI program, not a Multiboot2 kernel", file->path, 0, 0);
			return err_hint(err, "name the kernel's own file (xen.gz, not xen.efi), or use a \"linux\" entry for a bzImage");
		}
	}
	if (search(file, arena, &seen, err) != OK)
		return err->code;
	found.offset = seen.good;
	if (seen.good_bytes < FIXED_BYTES || seen.good_bytes > min_u64(file->bytes, MULTIBOOT2_SEARCH_BYTES) - seen.good)
		return err_set(err, ERR_CORRUPT, "{s}: the Multiboot2 header at offset {a:x} does not fit: it says that it has {b} bytes",
			       file->path, seen.good, seen.good_bytes);
	if (read_tags(file, seen.good + FIXED_BYTES, seen.good + seen.good_bytes, &found, err) != OK)
		return err->code;
	*header = found;
	return OK;
}
