/* SPDX-License-Identifier: MIT */
/* Looks for a note in an ELF file. */
#include "kernel-handoff/image/elf_notes.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"

enum { HEADER_BYTES = 12, PADDING = 4, PADDING_WIDE = 8 };

/* What is read at once: a note may begin at any place of a step, and goes on behind it. */
enum { STEP_BYTES = 512, CHUNK_BYTES = STEP_BYTES + HEADER_BYTES + ELF_NOTE_OWNER_BYTES + PADDING };

/* A note as its header says it; offsets are those of the file. */
struct note {
	uint64_t name_end, desc_offset, next;
	uint32_t desc_bytes;
};

/* Notes in the file, from a segment or a section. */
struct run {
	uint64_t start, end, padding;
};

struct search {
	struct file *file;
	const char *owner;
	size_t owner_bytes; /* with the NUL */
	uint32_t type;
	uint64_t bytes_left; /* that may still be looked at */
};

/* Lengths have 32 bits, and `offset` lies in a file, so no sum wraps. */
static void read_note(const uint8_t *header, uint64_t offset, uint64_t padding, struct note *note)
{
	uint64_t desc_at = align_down(HEADER_BYTES + (uint64_t)get_le32(header) + padding - 1, padding);

	note->name_end = offset + HEADER_BYTES + get_le32(header);
	note->desc_bytes = get_le32(header + 4);
	note->desc_offset = offset + desc_at;
	note->next = offset + align_down(desc_at + note->desc_bytes + padding - 1, padding);
}

/* The last note may lack its padding. */
static bool fits(const struct note *note, uint64_t end)
{
	return note->name_end <= end && (note->desc_bytes == 0 || note->desc_offset + note->desc_bytes <= end);
}

static enum status refuse(uint64_t offset, uint64_t end, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "the note at offset {a:x} goes on past its segment, which ends at {b:x}", NULL, offset, end);
}

/* Goes from note to note; *rest: the bytes behind the last one. ERR_CORRUPT if one does not fit. */
static enum status walk(const struct search *search, const struct run *run, uint64_t padding, uint64_t *rest, struct err *err)
{
	uint64_t at = run->start;

	while (at < run->end && run->end - at >= HEADER_BYTES) {
		uint8_t header[HEADER_BYTES];
		struct note note;

		if (file_read(search->file, at, sizeof header, header, err) != OK)
			return err->code;
		read_note(header, at, padding, &note);
		if (!fits(&note, run->end))
			return refuse(at, run->end, err);
		at = note.next;
	}
	*rest = at < run->end ? run->end - at : 0;
	return OK;
}

/* The rule of elf_notes.h. */
static enum status find_padding(const struct search *search, uint64_t align, struct run *run, struct err *err)
{
	uint64_t rest = 0;
	enum status status;

	run->padding = PADDING;
	if (align != PADDING_WIDE || run->end <= run->start || run->end - run->start > search->bytes_left)
		return OK;
	status = walk(search, run, PADDING_WIDE, &rest, err);
	if (status == OK && rest < PADDING_WIDE)
		run->padding = PADDING_WIDE;
	return status == ERR_CORRUPT ? OK : status;
}

static bool is_wanted(const struct search *search, const uint8_t *header)
{
	return get_le32(header) == search->owner_bytes && get_le32(header + 8) == search->type &&
	       memcmp(header + HEADER_BYTES, search->owner, search->owner_bytes) == 0;
}

/* Padding is zero: damage that makes notes look wider than they are does not shift what they say. */
static uint64_t padding_of(const struct run *run, const uint8_t *header, uint64_t bytes)
{
	uint64_t desc_at = align_down(HEADER_BYTES + (uint64_t)get_le32(header) + PADDING - 1, PADDING);

	return desc_at + PADDING <= bytes && get_le32(header + desc_at) != 0 ? PADDING : run->padding;
}

/* ERR_NOT_FOUND: this run has no such note; ERR_CORRUPT: only one that does not fit. */
static enum status find_in_run(struct search *search, const struct run *run, struct note *note, struct err *err)
{
	const uint64_t least = HEADER_BYTES + search->owner_bytes;
	uint8_t chunk[CHUNK_BYTES];
	enum status status = ERR_NOT_FOUND;

	for (uint64_t offset = run->start; offset < run->end; offset += STEP_BYTES) {
		uint64_t bytes = min_u64(run->end - offset, sizeof chunk), step = min_u64(bytes, STEP_BYTES);

		if (search->bytes_left < step)
			return err_set(err, ERR_TOO_BIG, "{s} has more than {a} bytes of notes", search->file->path, ELF_NOTES_BYTES_MAX,
				       0);
		search->bytes_left -= step;
		if (file_read(search->file, offset, bytes, chunk, err) != OK)
			return err->code;
		for (uint64_t at = 0; at < step && at + least <= bytes; at += PADDING) {
			if (!is_wanted(search, chunk + at))
				continue;
			read_note(chunk + at, offset + at, padding_of(run, chunk + at, bytes - at), note);
			if (fits(note, run->end))
				return OK;
			status = refuse(offset + at, run->end, err);
		}
	}
	return status;
}

/* Of a segment that leaves the file, the part inside is looked at. ERR_NOT_FOUND: it has no such note and is sound. */
static enum status find_in_segment(struct search *search, const struct elf_program *program, struct note *note, struct err *err)
{
	struct file *file = search->file;
	bool is_whole = file_has(file, program->file_offset, program->file_bytes);
	struct run run = { .start = program->file_offset, .end = is_whole ? program->file_offset + program->file_bytes : file->bytes };
	uint64_t rest;
	enum status status;

	if (program->file_bytes == 0)
		return ERR_NOT_FOUND;
	if (find_padding(search, program->align, &run, err) != OK)
		return err->code;
	status = find_in_run(search, &run, note, err);
	if (status != ERR_NOT_FOUND)
		return status;
	if (!is_whole)
		return err_set(err, ERR_CORRUPT, "{s} is cut off: it has {a} bytes", file->path, file->bytes, 0);
	status = walk(search, &run, run.padding, &rest, err);
	return status == OK ? ERR_NOT_FOUND : status;
}

/* What is wrong with a segment is told only if the note is nowhere. */
static enum status find_in_segments(struct search *search, const struct elf *elf, struct note *note, struct err *err)
{
	struct err wrong = { .code = ERR_NOT_FOUND };

	for (unsigned i = 0; i < elf->program_count; i++) {
		struct elf_program program;
		enum status status;

		if (elf_program_read(elf, i, &program, err) != OK)
			return err->code;
		if (program.type != ELF_PROGRAM_NOTE)
			continue;
		status = find_in_segment(search, &program, note, err);
		if (status == OK)
			return OK;
		if (status != ERR_NOT_FOUND)
			(void)err_add(err, "the notes of program header {a} cannot be read", NULL, i, 0);
		if (status == ERR_IO)
			return status;
		if (status != ERR_NOT_FOUND && wrong.code == ERR_NOT_FOUND)
			wrong = *err;
	}
	*err = wrong;
	return wrong.code;
}

/* ERR_NOT_FOUND also for damage: kernels do without their sections. */
static enum status find_in_sections(struct search *search, const struct elf *elf, struct note *note, struct err *err)
{
	for (unsigned i = 0; i < elf->section_count; i++) {
		struct elf_section section;
		struct run run = { .padding = PADDING };
		enum status status;

		if (elf_section_read(elf, i, &section, err) != OK)
			return err->code;
		if (section.type != ELF_SECTION_NOTE || !file_has(elf->file, section.file_offset, section.bytes))
			continue;
		run.start = section.file_offset;
		run.end = run.start + section.bytes;
		status = find_in_run(search, &run, note, err);
		if (status == OK || status == ERR_IO)
			return status;
	}
	return ERR_NOT_FOUND;
}

enum status elf_note_find(const struct elf *elf, const char *owner, uint32_t type, void *desc, size_t room, size_t *bytes, struct err *err)
{
	struct search search = {
		.file = elf->file,
		.owner = owner,
		.owner_bytes = text_length(owner) + 1,
		.type = type,
		.bytes_left = ELF_NOTES_BYTES_MAX,
	};
	struct note note = { .desc_bytes = 0 };
	enum status status = find_in_segments(&search, elf, &note, err);

	if (status != OK && status != ERR_IO) {
		const struct err wrong = *err;

		status = find_in_sections(&search, elf, &note, err);
		if (status == ERR_NOT_FOUND) {
			*err = wrong;
			status = wrong.code;
		}
	}
	if (status == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND, "no note of \"{s}\" has the type {a}", owner, type, 0);
	if (status != OK || file_read(elf->file, note.desc_offset, min_u64(note.desc_bytes, room), desc, err) != OK)
		return err->code;
	*bytes = note.desc_bytes;
	return OK;
}
