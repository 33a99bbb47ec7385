/* SPDX-License-Identifier: MIT */
/* Walks the notes of an ELF file. */
#include "kernel-handoff/image/elf_notes.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "core/base/text.h"

enum { NOTE_HEADER_BYTES = 12 };

/* A note as its header says it; offsets are those of the file. */
struct note {
	uint64_t name_offset, desc_offset, end; /* end: where the next one begins */
	uint32_t name_bytes, desc_bytes, type;
};

struct walk {
	const struct elf *elf;
	const char *owner;
	uint32_t type;
	unsigned notes; /* seen so far */
};

/* The note at `offset` of a segment that ends at `end`. Lengths have 32 bits and `end` lies in the file, so no sum wraps. */
static enum status read_note(struct file *file, uint64_t offset, uint64_t end, uint64_t align, struct note *note, struct err *err)
{
	uint8_t header[NOTE_HEADER_BYTES];
	uint64_t desc_offset, desc_end;

	if (file_read(file, offset, sizeof header, header, err) != OK)
		return err->code;
	note->name_bytes = get_le32(header);
	note->desc_bytes = get_le32(header + 4);
	note->type = get_le32(header + 8);
	note->name_offset = offset + NOTE_HEADER_BYTES;
	desc_offset = offset + align_down(NOTE_HEADER_BYTES + (uint64_t)note->name_bytes + align - 1, align);
	desc_end = desc_offset + note->desc_bytes;
	if (note->name_offset + note->name_bytes > end || (note->desc_bytes > 0 && desc_end > end))
		return err_set(err, ERR_CORRUPT, "the note at offset {a:x} goes on past its segment, which ends at {b:x}", NULL, offset,
			       end);
	/* The last note may lack its padding. */
	note->desc_offset = min_u64(desc_offset, end);
	note->end = offset + align_down(desc_end - offset + align - 1, align);
	return OK;
}

static enum status is_wanted(const struct walk *walk, const struct note *note, bool *wanted, struct err *err)
{
	size_t owner_bytes = text_length(walk->owner) + 1;
	uint8_t name[ELF_NOTE_OWNER_BYTES];

	*wanted = false;
	if (note->type != walk->type || note->name_bytes != owner_bytes)
		return OK;
	if (file_read(walk->elf->file, note->name_offset, owner_bytes, name, err) != OK)
		return err->code;
	*wanted = memcmp(name, walk->owner, owner_bytes) == 0;
	return OK;
}

/* ERR_NOT_FOUND if this segment has no such note. */
static enum status find_in_segment(struct walk *walk, const struct elf_program *program, struct note *note, struct err *err)
{
	struct file *file = walk->elf->file;
	uint64_t align = program->align == 8 ? 8 : 4, end;
	bool wanted = false;

	if (!checked_add(program->file_offset, program->file_bytes, &end) || end > file->bytes)
		return err_set(err, ERR_CORRUPT, "{s} is cut off: it has {a} bytes", file->path, file->bytes, 0);
	for (uint64_t at = program->file_offset; at < end && end - at >= NOTE_HEADER_BYTES; at = note->end) {
		if (++walk->notes > ELF_NOTES_MAX)
			return err_set(err, ERR_TOO_BIG, "{s} has more than {a} notes", file->path, ELF_NOTES_MAX, 0);
		if (read_note(file, at, end, align, note, err) != OK || is_wanted(walk, note, &wanted, err) != OK)
			return err->code;
		if (wanted)
			return OK;
	}
	return err_set(err, ERR_NOT_FOUND, "no note of \"{s}\" has the type {a}", walk->owner, walk->type, 0);
}

enum status elf_note_find(const struct elf *elf, const char *owner, uint32_t type, void *desc, size_t room, size_t *bytes, struct err *err)
{
	struct walk walk = { .elf = elf, .owner = owner, .type = type };
	enum status status = ERR_NOT_FOUND;
	struct note note = { .type = type };

	for (unsigned i = 0; i < elf->program_count && status == ERR_NOT_FOUND; i++) {
		struct elf_program program;

		if (elf_program_read(elf, i, &program, err) != OK)
			return err->code;
		if (program.type != ELF_PROGRAM_NOTE)
			continue;
		status = find_in_segment(&walk, &program, &note, err);
		if (status != OK && status != ERR_NOT_FOUND)
			return err_add(err, "the notes of program header {a} cannot be read", NULL, i, 0);
	}
	if (status != OK)
		return err_set(err, ERR_NOT_FOUND, "no note of \"{s}\" has the type {a}", owner, type, 0);
	if (file_read(elf->file, note.desc_offset, min_u64(note.desc_bytes, room), desc, err) != OK)
		return err->code;
	*bytes = note.desc_bytes;
	return OK;
}
