/* SPDX-License-Identifier: MIT */
/* The headers of an ELF file. */
#include "kernel-handoff/image/elf.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "kernel-handoff/image/elf_foreign.h"

enum {
	HEADER_BYTES_32 = 52,
	HEADER_BYTES_64 = 64,
	PROGRAM_BYTES_32 = 32,
	PROGRAM_BYTES_64 = 56,
	SECTION_BYTES_32 = 40,
	SECTION_BYTES_64 = 64
};
enum { CLASS_64 = 2 };

/* A field that is 32 bits wide in ELF32 and 64 in ELF64. */
static uint64_t read_word(struct reader *reader, bool is_64)
{
	return is_64 ? reader_le64(reader) : reader_le32(reader);
}

static enum status check_identity(struct file *file, const uint8_t *identity, struct err *err)
{
	if (memcmp(identity, "\177ELF", 4) != 0)
		return err_set(err, ERR_NOT_FOUND, "{s} is not an ELF file", file->path, 0, 0);
	return elf_check_identity(file->path, identity, err);
}

static enum status read_header(struct file *file, struct elf *elf, struct err *err)
{
	uint8_t bytes[HEADER_BYTES_64];
	struct reader reader = reader_at(span_of(bytes, sizeof bytes), 16);

	if (file->bytes < HEADER_BYTES_32)
		return err_set(err, ERR_NOT_FOUND, "{s} is not an ELF file: it has {a} bytes", file->path, file->bytes, 0);
	memset(bytes, 0, sizeof bytes);
	if (file_read(file, 0, HEADER_BYTES_32, bytes, err) != OK || check_identity(file, bytes, err) != OK)
		return err->code;
	*elf = (struct elf){ .file = file, .is_64 = bytes[4] == CLASS_64 };
	if (elf->is_64 && file_read(file, 0, HEADER_BYTES_64, bytes, err) != OK)
		return err->code;

	elf->type = reader_le16(&reader);
	elf->machine = reader_le16(&reader);
	reader_skip(&reader, 4); /* e_version */
	elf->entry = read_word(&reader, elf->is_64);
	elf->programs_offset = read_word(&reader, elf->is_64);
	elf->sections_offset = read_word(&reader, elf->is_64);
	reader_skip(&reader, 4 + 2); /* e_flags, e_ehsize */
	elf->program_bytes = reader_le16(&reader);
	elf->program_count = reader_le16(&reader);
	elf->section_bytes = reader_le16(&reader);
	elf->section_count = reader_le16(&reader);
	elf->section_names = reader_le16(&reader);
	if (elf_check_machine(file->path, elf->machine, err) != OK)
		return err->code;
	if (elf->type == ELF_TYPE_EXEC || elf->type == ELF_TYPE_DYN)
		return OK;
	if (elf->type == ELF_TYPE_CORE || elf->program_count == 0)
		return elf_refuse_type(file->path, elf->type, err);
	elf->departures |= DEPARTS_ELF_TYPE;
	return OK;
}

/* The section headers serve debuggers only, so a table that cannot be right is left out instead of failing the boot. */
static void check_sections(struct elf *elf)
{
	uint64_t least = elf->is_64 ? SECTION_BYTES_64 : SECTION_BYTES_32;

	if (elf->sections_offset == 0 || elf->section_bytes < least || elf->section_bytes > 2 * least ||
	    elf->section_count > ELF_SECTIONS_MAX ||
	    !file_has(elf->file, elf->sections_offset, (uint64_t)elf->section_count * elf->section_bytes))
		elf->section_count = 0;
}

static enum status check_segment(const struct elf *elf, const struct elf_segment *segment, struct err *err)
{
	const char *path = elf->file->path;
	uint64_t end;

	if (segment->file_bytes > segment->bytes)
		return err_set(err, ERR_CORRUPT, "{s}: program header {a} has more bytes in the file than in memory", path, segment->index,
			       0);
	if (!file_has(elf->file, segment->file_offset, segment->file_bytes)) {
		(void)err_set(err, ERR_CORRUPT, "the file has {a} bytes", NULL, elf->file->bytes, 0);
		return err_add(err, "{s} is cut off: program header {a} has its bytes at offset {b:x}", path, segment->index,
			       segment->file_offset);
	}
	/* The last byte counts: a kernel may lie at the very end of the virtual addresses. No memory is at the end of the physical ones. */
	if (!checked_add(segment->phys, segment->bytes, &end) || !checked_add(segment->virt, segment->bytes - 1, &end))
		return err_set(err, ERR_CORRUPT, "{s}: the addresses of program header {a} wrap around", path, segment->index, 0);
	return OK;
}

/* The fields stand in another order in ELF32. */
static void parse_program(struct span span, bool is_64, struct elf_program *program)
{
	struct reader reader = reader_at(span, 0);

	program->type = reader_le32(&reader);
	if (is_64)
		program->flags = reader_le32(&reader);
	program->file_offset = read_word(&reader, is_64);
	program->virt = read_word(&reader, is_64);
	program->phys = read_word(&reader, is_64);
	program->file_bytes = read_word(&reader, is_64);
	program->bytes = read_word(&reader, is_64);
	if (!is_64)
		program->flags = reader_le32(&reader);
	program->align = read_word(&reader, is_64);
}

/* What a program header has at least. */
static unsigned program_bytes(const struct elf *elf)
{
	return elf->is_64 ? PROGRAM_BYTES_64 : PROGRAM_BYTES_32;
}

enum status elf_program_read(const struct elf *elf, unsigned index, struct elf_program *program, struct err *err)
{
	unsigned least = program_bytes(elf);
	uint8_t bytes[PROGRAM_BYTES_64];
	uint64_t offset;

	if (!checked_add(elf->programs_offset, (uint64_t)index * elf->program_bytes, &offset))
		return err_set(err, ERR_CORRUPT, "{s}: the program headers at offset {a:x} wrap around", elf->file->path,
			       elf->programs_offset, 0);
	if (file_read(elf->file, offset, least, bytes, err) != OK)
		return err_add(err, "program header {a} of {b} cannot be read", NULL, index, elf->program_count);
	parse_program(span_of(bytes, least), elf->is_64, program);
	return OK;
}

/* Reads all program headers and keeps those that are to be loaded: counts them, or fills elf->segment if that is there. */
static enum status read_programs(struct elf *elf, struct err *err)
{
	elf->segment_count = 0;
	for (unsigned i = 0; i < elf->program_count; i++) {
		struct elf_program program;
		struct elf_segment segment;

		if (elf_program_read(elf, i, &program, err) != OK)
			return err->code;
		if (program.type != ELF_PROGRAM_LOAD || program.bytes == 0)
			continue;
		if (elf->segment_count == ELF_SEGMENTS_MAX)
			return err_set(err, ERR_TOO_BIG, "{s} has more than {a} segments to load", elf->file->path, ELF_SEGMENTS_MAX, 0);
		segment = (struct elf_segment){ .index = i,
						.flags = program.flags,
						.file_offset = program.file_offset,
						.file_bytes = program.file_bytes,
						.bytes = program.bytes,
						.virt = program.virt,
						.phys = program.phys };
		if (check_segment(elf, &segment, err) != OK)
			return err->code;
		if (elf->segment != NULL)
			elf->segment[elf->segment_count] = segment;
		elf->segment_count++;
	}
	return OK;
}

enum status elf_open(struct file *file, struct arena *arena, struct elf *elf, struct err *err)
{
	struct elf opened;
	unsigned least;

	if (read_header(file, &opened, err) != OK)
		return err->code;
	least = program_bytes(&opened);
	check_sections(&opened);
	if (opened.program_count > ELF_PROGRAM_HEADERS_MAX)
		return err_set(err, ERR_TOO_BIG, "{s} has {a} program headers; at most {b} are read", file->path, opened.program_count,
			       ELF_PROGRAM_HEADERS_MAX);
	if (opened.program_count > 0 && opened.program_bytes < least) {
		opened.program_bytes = least;
		opened.departures |= DEPARTS_ELF_HEADER_BYTES;
	}
	if (read_programs(&opened, err) != OK)
		return err->code;
	if (opened.segment_count > 0) {
		opened.segment = ARENA_NEW_ARRAY(arena, struct elf_segment, opened.segment_count);
		if (opened.segment == NULL)
			return err_set(err, ERR_NO_MEMORY, "no working memory for the {a} segments of {s}", file->path,
				       opened.segment_count, 0);
		if (read_programs(&opened, err) != OK)
			return err->code;
	}
	*elf = opened;
	return OK;
}

bool elf_to_physical(const struct elf *elf, uint64_t virt, uint64_t *phys)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segment[i];

		if (virt >= segment->virt && virt - segment->virt < segment->bytes) {
			*phys = segment->phys + (virt - segment->virt);
			return true;
		}
	}
	return false;
}

uint64_t elf_header_bytes(const struct elf *elf, const struct elf_segment *segment)
{
	enum { PAGE_BYTES = 4096, CHUNK_BYTES = 256 };
	uint64_t headers = elf->programs_offset + (uint64_t)elf->program_count * elf->program_bytes; /* inside the file */
	uint64_t end = min_u64(segment->file_bytes, PAGE_BYTES);
	uint8_t chunk[CHUNK_BYTES];
	struct err ignored;

	if (segment->file_offset != 0 || end < headers)
		return 0;
	for (uint64_t at = headers; at < end; at += sizeof chunk) {
		size_t bytes = (size_t)min_u64(end - at, sizeof chunk);

		if (file_read(elf->file, at, bytes, chunk, &ignored) != OK)
			return 0;
		for (size_t i = 0; i < bytes; i++) {
			if (chunk[i] != 0)
				return at + i;
		}
	}
	return end;
}

bool elf_has_physical(const struct elf *elf, uint64_t phys)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		if (phys >= elf->segment[i].phys && phys - elf->segment[i].phys < elf->segment[i].bytes)
			return true;
	}
	return false;
}

bool elf_span(const struct elf *elf, uint64_t *start, uint64_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (unsigned i = 0; i < elf->segment_count; i++) {
		*start = min_u64(*start, elf->segment[i].phys);
		*end = max_u64(*end, elf->segment[i].phys + elf->segment[i].bytes);
	}
	return elf->segment_count > 0;
}

enum status elf_section_read(const struct elf *elf, unsigned index, struct elf_section *section, struct err *err)
{
	unsigned bytes = elf->is_64 ? SECTION_BYTES_64 : SECTION_BYTES_32;
	uint8_t header[SECTION_BYTES_64];
	struct reader reader = reader_at(span_of(header, bytes), 4);

	if (file_read(elf->file, elf->sections_offset + (uint64_t)index * elf->section_bytes, bytes, header, err) != OK)
		return err_add(err, "section header {a} of {b} cannot be read", NULL, index, elf->section_count);
	section->type = reader_le32(&reader);
	reader_skip(&reader, elf->is_64 ? 8 : 4); /* sh_flags */
	section->address = read_word(&reader, elf->is_64);
	section->file_offset = read_word(&reader, elf->is_64);
	section->bytes = read_word(&reader, elf->is_64);
	return OK;
}

void elf_section_set_address(const struct elf *elf, void *header, uint64_t address)
{
	uint8_t *at = header;

	if (elf->is_64)
		put_le64(at + 16, address);
	else
		put_le32(at + 12, (uint32_t)address);
}
