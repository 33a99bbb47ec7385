/* SPDX-License-Identifier: MIT */
/* Finding the Multiboot2 header, and its tags. */
#include "kernel-handoff/image/multiboot2_header.h"

#include "core/base/checked.h"
#include "core/base/span.h"

enum { ARCHITECTURE_I386 = 0, FIXED_WORDS = 4, FIXED_BYTES = 16, HEADER_ALIGN = 8, TAG_BYTES = 8, TAG_OPTIONAL = 1 };

static const char make_optional[] = "if the kernel can do without it, set the optional bit in the flags of the tag";

static bool accept_architecture(const uint8_t *words, const char **reason, uint64_t *value)
{
	uint32_t architecture = get_le32(words + 4);

	if (architecture == ARCHITECTURE_I386)
		return true;
	*reason = "{s}: the Multiboot2 header at offset {a:x} is for architecture {b}, not for x86";
	*value = architecture;
	return false;
}

static const struct multiboot_pattern pattern = {
	.name = "Multiboot2",
	.magic = 0xE85250D6,
	.words = FIXED_WORDS,
	.window = MULTIBOOT2_SEARCH_BYTES,
	.align = HEADER_ALIGN,
	.accept = accept_architecture,
};

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
			(void)err_set(err, ERR_UNSUPPORTED, "it requires information of type {a}, which is not known", NULL,
				      get_le32(bytes), 0);
			(void)err_add(err, "{s}: the information request tag at offset {a:x} cannot be served", file->path, tag->offset, 0);
			return err_hint(err, make_optional);
		}
	}
	return OK;
}

static enum status read_address(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->address_tag = tag->offset;
	header->addresses.header = reader_le32(&tag->reader);
	header->addresses.load = reader_le32(&tag->reader);
	header->addresses.load_end = reader_le32(&tag->reader);
	header->addresses.bss_end = reader_le32(&tag->reader);
	header->addresses.from_file_start = header->addresses.load == UINT32_MAX;
	return OK;
}

static enum status read_entry(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->entry_tag = tag->offset;
	header->entry = reader_le32(&tag->reader);
	return OK;
}

static enum status read_console(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->console_tag = tag->offset;
	header->console_flags = reader_le32(&tag->reader);
	return OK;
}

static enum status read_framebuffer(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	(void)file, (void)err;
	header->framebuffer_tag = tag->offset;
	header->width = reader_le32(&tag->reader);
	header->height = reader_le32(&tag->reader);
	header->depth = reader_le32(&tag->reader);
	return OK;
}

static enum status read_relocatable(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	header->relocatable_tag = tag->offset;
	header->min_address = reader_le32(&tag->reader);
	header->max_address = reader_le32(&tag->reader);
	header->align = reader_le32(&tag->reader);
	header->preference = reader_le32(&tag->reader);
	if (header->align == 0)
		header->align = 1;
	if (!is_power_of_two(header->align))
		return err_set(err, ERR_CORRUPT,
			       "{s}: the relocatable tag at offset {a:x} asks for the alignment {b:x}, which is not a power of two",
			       file->path, tag->offset, header->align);
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
	header->entry_efi_64_tag = tag->offset;
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
	const char *name;
	uint32_t least_bytes;
	enum status (*read)(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err);
} tag_types[] = {
	[1] = { "information request", 8, read_information_request },
	[2] = { "address", 24, read_address },
	[3] = { "entry address", 12, read_entry },
	[4] = { "flags", 12, read_console },
	[5] = { "framebuffer", 20, read_framebuffer },
	[6] = { "module alignment", 8, read_nothing },
	[7] = { "EFI boot services", 8, read_boot_services },
	[8] = { "EFI i386 entry address", 12, read_nothing },
	[9] = { "EFI amd64 entry address", 12, read_entry_efi_64 },
	[10] = { "relocatable", 24, read_relocatable },
};

enum { TAG_TYPES = sizeof tag_types / sizeof *tag_types };

static const char *tag_name(uint16_t type)
{
	if (type == 0)
		return "end";
	return type < TAG_TYPES ? tag_types[type].name : "unknown";
}

static enum status read_tag(struct file *file, struct tag *tag, struct multiboot2_header *header, struct err *err)
{
	const struct tag_type *type = &tag_types[tag->type < TAG_TYPES ? tag->type : 0];
	uint8_t bytes[16];

	if (type->read == NULL) {
		if (tag->flags & TAG_OPTIONAL)
			return OK;
		(void)err_set(err, ERR_UNSUPPORTED, "{s} requires the Multiboot2 header tag {a} at offset {b:x}, which is not known",
			      file->path, tag->type, tag->offset);
		return err_hint(err, make_optional);
	}
	if (tag->bytes < type->least_bytes) {
		(void)err_set(err, ERR_CORRUPT, "the {s} tag at offset {a:x} has {b} bytes, too few for its type", type->name, tag->offset,
			      tag->bytes);
		return err_add(err, "{s} has a Multiboot2 header that is damaged", file->path, 0, 0);
	}
	if (file_read(file, tag->offset + TAG_BYTES, min_u64(tag->bytes - TAG_BYTES, sizeof bytes), bytes, err) != OK)
		return err->code;
	tag->reader = reader_at(span_of(bytes, sizeof bytes), 0);
	return type->read(file, tag, header, err);
}

/*
 * Walks over the tags of [offset, end). Ends at the end tag or at the end; *ended: at the former. Every step moves on by at least 8.
 */
static enum status read_tags(struct file *file, uint64_t offset, uint64_t end, struct multiboot2_header *header, bool *ended,
			     struct err *err)
{
	*ended = false;
	while (!*ended && offset + TAG_BYTES <= end) {
		struct tag tag = { .offset = offset };
		uint8_t bytes[TAG_BYTES];

		if (file_read(file, offset, sizeof bytes, bytes, err) != OK)
			return err->code;
		tag.type = get_le16(bytes);
		tag.flags = get_le16(bytes + 2);
		tag.bytes = get_le32(bytes + 4);
		if (tag.bytes < TAG_BYTES || tag.bytes > end - offset) {
			(void)err_set(err, ERR_CORRUPT, "the {s} tag, type {a}, says that it has {b} bytes", tag_name(tag.type), tag.type,
				      tag.bytes);
			(void)err_add(err, "{s}: the tag at offset {a:x} does not fit the Multiboot2 header, which ends at {b:x}",
				      file->path, offset, end);
			return err_hint(err, "each tag has to start at a multiple of 8 bytes");
		}
		*ended = tag.type == 0;
		if (!*ended && read_tag(file, &tag, header, err) != OK)
			return err->code;
		offset += align_down((uint64_t)tag.bytes + 7, 8);
	}
	return OK;
}

/* By its length, which may leave out the end tag. */
static enum status read_by_length(struct file *file, uint64_t window, uint32_t bytes, struct multiboot2_header *header, bool *ended,
				  struct err *err)
{
	if (bytes < FIXED_BYTES || bytes > window - header->offset) {
		*ended = false;
		(void)err_set(err, ERR_CORRUPT, "it says that it has {a} bytes", NULL, bytes, 0);
		return err_add(err, "{s}: the Multiboot2 header at offset {a:x} does not fit the first {b} bytes, or the file", file->path,
			       header->offset, MULTIBOOT2_SEARCH_BYTES);
	}
	return read_tags(file, header->offset + FIXED_BYTES, header->offset + bytes, header, ended, err);
}

/*
 * GRUB never looks at the length and goes on to the end tag. The authors of kernels that count themselves wrongly were never told, and what
 * they mean is read so, too: *found gets it if there is an end tag.
 */
static enum status read_by_end_tag(struct file *file, uint64_t window, struct multiboot2_header *found, bool *ended, struct err *err)
{
	struct multiboot2_header header = { .offset = found->offset, .departures = DEPARTS_MULTIBOOT2_LENGTH };
	struct err why;
	enum status status = read_tags(file, header.offset + FIXED_BYTES, window, &header, ended, &why);

	if (status == ERR_IO)
		*err = why;
	else if (status != OK)
		*ended = false;
	if (*ended)
		*found = header;
	return status == ERR_IO ? status : OK;
}

enum status multiboot2_header_find(struct file *file, struct arena *arena, struct multiboot2_header *header, struct err *err)
{
	struct multiboot2_header found = { 0 };
	uint64_t window = min_u64(file->bytes, MULTIBOOT2_SEARCH_BYTES);
	uint32_t words[MULTIBOOT_WORDS_MAX];
	bool ended;
	enum status status;

	if (multiboot_search(file, &pattern, arena, &found.offset, words, err) != OK)
		return err->code;
	status = read_by_length(file, window, words[2], &found, &ended, err);
	if (!ended && status != ERR_IO) {
		if (read_by_end_tag(file, window, &found, &ended, err) != OK)
			return err->code;
		status = ended ? OK : status;
	}
	if (status != OK)
		return status;
	if (found.address_tag == 0 && multiboot_refuse_program(file, &pattern, err) != OK)
		return err->code;
	*header = found;
	return OK;
}
