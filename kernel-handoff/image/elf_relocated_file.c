/* SPDX-License-Identifier: MIT */
/* Files that are patched while they are read. */
#include "kernel-handoff/image/elf_relocated_file.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"

struct relocated_file {
	struct file file;
	struct file *kernel;
	struct elf_relocations tables;
	struct elf_file_part part; /* at its address in the file */
	uint64_t offset;
};

/* One read of a relocated file: [start, start + bytes) has been read to `to` and is being patched. */
struct patch {
	struct elf_relocation_visitor visitor;
	const struct relocated_file *file;
	uint64_t start, bytes;
	uint8_t *to;
};

/* The eight bytes of the file at `at`: those read, or, where the read begins or ends within them, read again. */
static enum status original_word(const struct patch *patch, uint64_t at, uint64_t *word, struct err *err)
{
	uint8_t bytes[ELF_WORD_BYTES];

	if (at >= patch->start && patch->bytes >= ELF_WORD_BYTES && at - patch->start <= patch->bytes - ELF_WORD_BYTES) {
		*word = get_le64(patch->to + (at - patch->start));
		return OK;
	}
	if (file_read(patch->file->kernel, at, ELF_WORD_BYTES, bytes, err) != OK)
		return err->code;
	*word = get_le64(bytes);
	return OK;
}

static enum status patch_one(struct elf_relocation_visitor *visitor, const struct elf_relocation *relocation, struct err *err)
{
	const struct patch *patch = (const struct patch *)visitor;
	uint64_t word = relocation->addend, at, from, end;
	uint8_t bytes[ELF_WORD_BYTES];

	if (!elf_file_part_find(&patch->file->part, relocation->target, ELF_WORD_BYTES, &at))
		return OK;
	from = max_u64(at, patch->start);
	end = min_u64(at + ELF_WORD_BYTES, patch->start + patch->bytes);
	if (from >= end)
		return OK;
	if (relocation->in_place && original_word(patch, at, &word, err) != OK)
		return err->code;
	put_le64(bytes, word + patch->file->offset);
	memcpy(patch->to + (from - patch->start), bytes + (from - at), end - from);
	return OK;
}

static enum status relocated_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	const struct relocated_file *relocated = (const struct relocated_file *)file;
	struct patch patch = { .visitor = { .visit = patch_one }, .file = relocated, .start = offset, .bytes = bytes, .to = to };

	if (file_read(relocated->kernel, offset, bytes, to, err) != OK)
		return err->code;
	return elf_relocations_each(relocated->kernel, &relocated->tables, &patch.visitor, err);
}

struct file **elf_relocated_files(const struct elf *elf, const struct elf_relocations *relocations, uint64_t offset, struct arena *arena)
{
	static const struct file_ops ops = { .read = relocated_read };
	struct relocated_file *relocated = ARENA_NEW_ARRAY(arena, struct relocated_file, elf->segment_count);
	struct file **files = ARENA_NEW_ARRAY(arena, struct file *, elf->segment_count);

	if (relocated == NULL || files == NULL)
		return NULL;
	for (unsigned i = 0; i < elf->segment_count; i++) {
		relocated[i] = (struct relocated_file){ .file = { .ops = &ops, .path = elf->file->path, .bytes = elf->file->bytes },
							.kernel = elf->file,
							.tables = *relocations,
							.part = elf_file_part(&elf->segment[i]),
							.offset = offset };
		files[i] = &relocated[i].file;
	}
	return files;
}
