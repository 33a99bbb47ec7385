/* SPDX-License-Identifier: MIT */
/* Finding a header by its magic and checksum. */
#include "kernel-handoff/image/multiboot_search.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"

enum { CHUNK_BYTES = 4096, WORD_BYTES = 4 };

/* What the search has seen; offsets are UINT64_MAX as long as there is nothing. */
struct candidates {
	uint64_t good, bad_checksum, not_accepted;
	uint32_t words[MULTIBOOT_WORDS_MAX]; /* of the good one */
	const char *reason;                  /* of the first one that was not accepted */
	uint64_t value;
};

/* `at` has the magic, and all words that belong to it. */
static void look(const struct multiboot_pattern *pattern, struct candidates *seen, const uint8_t *at, uint64_t offset)
{
	const char *reason = NULL;
	uint64_t value = 0;
	uint32_t sum = 0;

	for (uint32_t i = 0; i < pattern->words; i++)
		sum += get_le32(at + WORD_BYTES * i);
	if (sum != 0) {
		seen->bad_checksum = min_u64(seen->bad_checksum, offset);
	} else if (pattern->accept != NULL && !pattern->accept(at, &reason, &value)) {
		if (seen->not_accepted != UINT64_MAX)
			return;
		seen->not_accepted = offset;
		seen->reason = reason;
		seen->value = value;
	} else {
		seen->good = offset;
		memcpy(seen->words, at, WORD_BYTES * pattern->words);
	}
}

/* Looks at every aligned place, the alignment being that of the offset in the file. */
static enum status search(struct file *file, const struct multiboot_pattern *pattern, uint8_t *chunk, struct candidates *seen,
			  struct err *err)
{
	uint64_t end = min_u64(file->bytes, pattern->window), head = WORD_BYTES * pattern->words;

	for (uint64_t offset = 0; offset + head <= end && seen->good == UINT64_MAX; offset += CHUNK_BYTES) {
		/* A header may begin at the end of a chunk, so its first words are read with it. */
		uint64_t bytes = min_u64(end - offset, CHUNK_BYTES + head - pattern->align);

		if (file_read(file, offset, bytes, chunk, err) != OK)
			return err->code;
		for (uint64_t at = 0; at + head <= bytes && seen->good == UINT64_MAX; at += pattern->align) {
			if (get_le32(chunk + at) == pattern->magic)
				look(pattern, seen, chunk + at, offset + at);
		}
	}
	return OK;
}

static enum status explain(const struct file *file, const struct multiboot_pattern *pattern, const struct candidates *seen, struct err *err)
{
	if (seen->bad_checksum != UINT64_MAX) {
		(void)err_set(err, ERR_CORRUPT, "the {s} header at offset {a:x} has a bad checksum", pattern->name, seen->bad_checksum, 0);
		(void)err_add(err, "{s} is damaged", file->path, 0, 0);
		return err_hint(err, "copy the kernel again, or build it again: the magic and the words behind it have to add up to 0");
	}
	if (seen->not_accepted != UINT64_MAX)
		return err_set(err, ERR_UNSUPPORTED, seen->reason, file->path, seen->not_accepted, seen->value);
	(void)err_set(err, ERR_NOT_FOUND, "there is no {s} header in the first {a} bytes, at a multiple of {b}", pattern->name,
		      pattern->window, pattern->align);
	return err_add(err, "{s} is not a kernel of this kind", file->path, 0, 0);
}

enum status multiboot_refuse_program(struct file *file, const struct multiboot_pattern *pattern, struct err *err)
{
	uint8_t start[2];

	if (file->bytes < sizeof start)
		return OK;
	if (file_read(file, 0, sizeof start, start, err) != OK)
		return err->code;
	if (start[0] != 'M' || start[1] != 'Z')
		return OK;
	(void)err_set(err, ERR_NOT_FOUND, "it is a DOS or EFI program, not a {s} kernel", pattern->name, 0, 0);
	(void)err_add(err, "{s} begins with \"MZ\"", file->path, 0, 0);
	return err_hint(err,
			"use an \"efi\" entry for it, or \"linux\" for a bzImage, or name the kernel's own file (xen.gz, not xen.efi)");
}

enum status multiboot_search(struct file *file, const struct multiboot_pattern *pattern, struct arena *arena, uint64_t *offset,
			     uint32_t words[MULTIBOOT_WORDS_MAX], struct err *err)
{
	struct candidates seen = { .good = UINT64_MAX, .bad_checksum = UINT64_MAX, .not_accepted = UINT64_MAX };
	size_t mark = arena_mark(arena);
	uint8_t *chunk = ARENA_NEW_ARRAY(arena, uint8_t, CHUNK_BYTES + WORD_BYTES * MULTIBOOT_WORDS_MAX);
	enum status status;

	if (chunk == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory to search {s} for its header", file->path, 0, 0);
	status = search(file, pattern, chunk, &seen, err);
	arena_reset(arena, mark);
	if (status != OK)
		return status;
	if (seen.good == UINT64_MAX) {
		status = multiboot_refuse_program(file, pattern, err);
		return status != OK ? status : explain(file, pattern, &seen, err);
	}
	*offset = seen.good;
	memcpy(words, seen.words, sizeof seen.words);
	return OK;
}
