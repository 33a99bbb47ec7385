/* SPDX-License-Identifier: MIT */
/* Finding and reading the tables. */
#include "kernel-handoff/image/elf_relocations.h"

#include "core/base/checked.h"
#include "core/base/span.h"

enum { RELA_BYTES = 24, DYNAMIC_BYTES = 16, DYNAMIC_MAX = 1024, RELR_BITS = 63 };
enum { R_X86_64_NONE = 0, R_X86_64_RELATIVE = 8 };

/* Tables are read in chunks of whole entries of either kind; stacks are small. */
enum { CHUNK_BYTES = 85 * RELA_BYTES };

static const char link_hint[] =
	"link it with -static-pie (or ld -pie -z text --no-dynamic-linker), without undefined or weak symbols and IFUNCs";

bool elf_file_part_find(const struct elf_file_part *part, uint64_t virt, uint64_t bytes, uint64_t *file_offset)
{
	uint64_t at = virt - part->virt;

	if (virt < part->virt || at > part->bytes || bytes > part->bytes - at)
		return false;
	*file_offset = part->file_offset + at;
	return true;
}

/* The next chunk of a table of which `bytes` are left. */
static enum status read_chunk(struct file *file, uint64_t offset, uint64_t bytes, uint8_t *chunk, uint64_t *got, struct err *err)
{
	*got = min_u64(bytes, CHUNK_BYTES);
	if (file_read(file, offset, *got, chunk, err) != OK)
		return err_add(err, "the relocations at {a:x} cannot be read", NULL, offset, 0);
	return OK;
}

static enum status each_rela(struct file *file, const struct elf_relocations *tables, struct elf_relocation_visitor *visitor,
			     struct err *err)
{
	uint64_t bytes = tables->rela_count * RELA_BYTES, number = 0, got = 0;
	uint8_t chunk[CHUNK_BYTES];

	for (uint64_t done = 0; done < bytes; done += got) {
		if (read_chunk(file, tables->rela_offset + done, bytes - done, chunk, &got, err) != OK)
			return err->code;
		for (uint64_t at = 0; at < got; at += RELA_BYTES, number++) {
			struct elf_relocation relocation = { .number = number,
							     .target = get_le64(chunk + at),
							     .addend = get_le64(chunk + at + 16) };
			uint32_t type = get_le32(chunk + at + 8);

			if (type == R_X86_64_NONE)
				continue;
			if (type != R_X86_64_RELATIVE) {
				(void)err_set(err, ERR_UNSUPPORTED,
					      "relocation {a} of DT_RELA is of type {b}, and only R_X86_64_RELATIVE can be done", NULL,
					      number, type);
				return err_hint(err, link_hint);
			}
			if (visitor->visit(visitor, &relocation, err) != OK)
				return err->code;
		}
	}
	return OK;
}

/* Where a DT_RELR table is: the address behind the words that it has told of. */
struct relr_state {
	uint64_t next, number;
	bool begun;
};

/* An even entry is the address of a word; an odd one has a bit for each of the 63 words that follow. */
static enum status each_of_relr_entry(struct relr_state *state, uint64_t entry, struct elf_relocation_visitor *visitor, struct err *err)
{
	bool is_address = (entry & 1) == 0;
	uint64_t bits = is_address ? 1 : entry >> 1, start = is_address ? entry : state->next;

	if ((!is_address && !state->begun) || (is_address && state->begun && entry < state->next) ||
	    !checked_add(start, is_address ? ELF_WORD_BYTES : RELR_BITS * ELF_WORD_BYTES, &state->next))
		return err_set(err, ERR_CORRUPT, "the DT_RELR table has the entry {a:x} behind the address {b:x}", NULL, entry,
			       state->next);
	state->begun = true;
	for (; bits != 0; bits >>= 1, start += ELF_WORD_BYTES) {
		struct elf_relocation relocation = { .number = state->number, .target = start, .in_place = true };

		if ((bits & 1) == 0)
			continue;
		if (visitor->visit(visitor, &relocation, err) != OK)
			return err->code;
		state->number++;
	}
	return OK;
}

static enum status each_relr(struct file *file, const struct elf_relocations *tables, struct elf_relocation_visitor *visitor,
			     struct err *err)
{
	uint64_t bytes = tables->relr_count * ELF_WORD_BYTES, got = 0;
	struct relr_state state = { .begun = false };
	uint8_t chunk[CHUNK_BYTES];

	for (uint64_t done = 0; done < bytes; done += got) {
		if (read_chunk(file, tables->relr_offset + done, bytes - done, chunk, &got, err) != OK)
			return err->code;
		for (uint64_t at = 0; at < got; at += ELF_WORD_BYTES) {
			if (each_of_relr_entry(&state, get_le64(chunk + at), visitor, err) != OK)
				return err->code;
		}
	}
	return OK;
}

/* DT_RELR first: a word that both tables name gets the value of DT_RELA. */
enum status elf_relocations_each(struct file *file, const struct elf_relocations *tables, struct elf_relocation_visitor *visitor,
				 struct err *err)
{
	if (each_relr(file, tables, visitor, err) != OK)
		return err->code;
	return each_rela(file, tables, visitor, err);
}

/* Entries of the dynamic section (System V ABI, chapter 5) that a loader has to look at. */
enum {
	NEEDED,
	JUMP_BYTES,
	RELA,
	RELA_TABLE_BYTES,
	RELA_ENTRY_BYTES,
	REL_BYTES,
	RELR_TABLE_BYTES,
	RELR,
	RELR_ENTRY_BYTES,
	ANDROID_REL,
	ANDROID_RELA,
	ANDROID_RELR,
	TAGS
};

/* `refused`: what a kernel with this entry, not 0, has that cannot be done. */
static const struct {
	uint64_t tag;
	const char *refused;
} tags[TAGS] = {
	[NEEDED] = { 1, "it needs a shared library (DT_NEEDED)" },
	[JUMP_BYTES] = { 2, "it has a procedure linkage table to relocate (DT_JMPREL)" },
	[RELA] = { 7, NULL },
	[RELA_TABLE_BYTES] = { 8, NULL },
	[RELA_ENTRY_BYTES] = { 9, NULL },
	[REL_BYTES] = { 18, "it has relocations without addends (DT_REL)" },
	[RELR_TABLE_BYTES] = { 35, NULL },
	[RELR] = { 36, NULL },
	[RELR_ENTRY_BYTES] = { 37, NULL },
	[ANDROID_REL] = { 0x6000000F, "it has packed relocations (DT_ANDROID_REL)" },
	[ANDROID_RELA] = { 0x60000011, "it has packed relocations (DT_ANDROID_RELA)" },
	[ANDROID_RELR] = { 0x6FFFE000, "it has packed relocations (DT_ANDROID_RELR)" },
};

/* Reads the values of the tags, 0 for one that is not there. */
static enum status read_tags(struct file *file, const struct elf_program *dynamic, uint64_t value[TAGS], struct err *err)
{
	uint64_t count = dynamic->file_bytes / DYNAMIC_BYTES, tag = 1;
	uint8_t entry[DYNAMIC_BYTES];

	if (count > DYNAMIC_MAX)
		return err_set(err, ERR_TOO_BIG, "the dynamic section has {a} entries; at most {b} are read", NULL, count, DYNAMIC_MAX);
	for (uint64_t i = 0; i < count && tag != 0; i++) {
		uint64_t offset;

		if (!checked_add(dynamic->file_offset, i * DYNAMIC_BYTES, &offset))
			return err_set(err, ERR_CORRUPT, "the dynamic section at {a:x} wraps around", NULL, dynamic->file_offset, 0);
		if (file_read(file, offset, sizeof entry, entry, err) != OK)
			return err_add(err, "entry {a} of the dynamic section cannot be read", NULL, i, 0);
		tag = get_le64(entry);
		for (unsigned k = 0; k < TAGS; k++) {
			if (tag == tags[k].tag)
				value[k] = get_le64(entry + 8);
		}
	}
	for (unsigned k = 0; k < TAGS; k++) {
		if (tags[k].refused != NULL && value[k] != 0) {
			(void)err_set(err, ERR_UNSUPPORTED, "{s}", tags[k].refused, 0, 0);
			return err_hint(err, link_hint);
		}
	}
	return OK;
}

/* A table at a virtual address: where it is in the file, and how many entries it has. */
struct table {
	const char *name;
	uint64_t virt, bytes, entry_bytes, expected_entry_bytes;
};

static enum status find_table(const struct elf *elf, const struct table *table, uint64_t *offset, uint64_t *count, struct err *err)
{
	*offset = *count = 0;
	if (table->bytes == 0)
		return OK;
	if (table->entry_bytes != table->expected_entry_bytes || table->bytes % table->entry_bytes != 0)
		return err_set(err, ERR_CORRUPT, "the table {s} has {a} bytes in entries of {b}", table->name, table->bytes,
			       table->entry_bytes);
	for (unsigned i = 0; i < elf->segment_count; i++) {
		struct elf_file_part part = elf_file_part(&elf->segment[i]);

		if (elf_file_part_find(&part, table->virt, table->bytes, offset)) {
			*count = table->bytes / table->entry_bytes;
			return OK;
		}
	}
	return err_set(err, ERR_CORRUPT, "the table {s} of {b} bytes at {a:x} is in no segment", table->name, table->virt, table->bytes);
}

struct check {
	struct elf_relocation_visitor visitor;
	const struct elf *elf;
};

static enum status check_one(struct elf_relocation_visitor *visitor, const struct elf_relocation *relocation, struct err *err)
{
	const struct elf *elf = ((const struct check *)visitor)->elf;
	const struct elf_segment *inside = NULL;

	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segment[i];
		struct elf_file_part part = elf_file_part(segment);
		uint64_t offset;

		if (elf_file_part_find(&part, relocation->target, ELF_WORD_BYTES, &offset))
			return OK;
		if (relocation->target >= segment->virt && relocation->target - segment->virt < segment->bytes)
			inside = segment;
	}
	if (inside != NULL)
		(void)err_set(err, ERR_CORRUPT, "of segment {a} the file has only {b} bytes", NULL, inside->index, inside->file_bytes);
	else
		(void)err_set(err, ERR_CORRUPT, "no segment is there", NULL, 0, 0);
	return err_add(err, "relocation {a} of {s} changes the word at {b:x}", relocation->in_place ? "DT_RELR" : "DT_RELA",
		       relocation->number, relocation->target);
}

/* True if there is one. */
static enum status find_dynamic(const struct elf *elf, struct elf_program *dynamic, bool *found, struct err *err)
{
	*found = false;
	for (unsigned i = 0; i < elf->program_count && !*found; i++) {
		if (elf_program_read(elf, i, dynamic, err) != OK)
			return err->code;
		*found = dynamic->type == ELF_PROGRAM_DYNAMIC;
	}
	return OK;
}

static enum status find_tables(const struct elf *elf, const struct elf_program *dynamic, struct elf_relocations *tables, struct err *err)
{
	uint64_t value[TAGS] = { 0 };
	struct table rela = { .name = "DT_RELA", .expected_entry_bytes = RELA_BYTES };
	struct table relr = { .name = "DT_RELR", .expected_entry_bytes = ELF_WORD_BYTES };

	if (read_tags(elf->file, dynamic, value, err) != OK)
		return err->code;
	rela.virt = value[RELA];
	rela.bytes = value[RELA_TABLE_BYTES];
	rela.entry_bytes = value[RELA_ENTRY_BYTES];
	relr.virt = value[RELR];
	relr.bytes = value[RELR_TABLE_BYTES];
	relr.entry_bytes = value[RELR_ENTRY_BYTES];
	if (find_table(elf, &rela, &tables->rela_offset, &tables->rela_count, err) != OK)
		return err->code;
	return find_table(elf, &relr, &tables->relr_offset, &tables->relr_count, err);
}

enum status elf_relocations_find(const struct elf *elf, struct elf_relocations *relocations, struct err *err)
{
	struct elf_relocations tables = { .rela_count = 0 };
	struct check check = { .visitor = { .visit = check_one }, .elf = elf };
	struct elf_program dynamic;
	bool found;

	if (find_dynamic(elf, &dynamic, &found, err) != OK)
		return err->code;
	if (found &&
	    (find_tables(elf, &dynamic, &tables, err) != OK || elf_relocations_each(elf->file, &tables, &check.visitor, err) != OK))
		return err_add(err, "{s} cannot be moved to another address", elf->file->path, 0, 0);
	*relocations = tables;
	return OK;
}
