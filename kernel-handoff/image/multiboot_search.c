/* SPDX-License-Identifier: MIT */
/* Finding a header by its magic and checksum. */
#include "kernel-handoff/image/multiboot_search.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"

enum { CHUNK_BYTES = 4096, WORD_BYTES = 4, FAR_BYTES = 1 << 20 /* as far as a header is looked for that is at a wrong place */ };

static const char not_this_kind[] = "{s} is not a kernel of this kind";

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

/* Looks at every place of the window that is a multiple of `align` in the file. */
static enum status search(struct file *file, const struct multiboot_pattern *pattern, uint64_t window, uint64_t align, uint8_t *chunk,
			  struct candidates *seen, struct err *err)
{
	uint64_t end = min_u64(file->bytes, window), head = WORD_BYTES * pattern->words;

	for (uint64_t offset = 0; offset + head <= end && seen->good == UINT64_MAX; offset += CHUNK_BYTES) {
		/* A header may begin at the end of a chunk, so its first words are read with it. */
		uint64_t bytes = min_u64(end - offset, CHUNK_BYTES + head - align);

		if (file_read(file, offset, bytes, chunk, err) != OK)
			return err->code;
		for (uint64_t at = 0; at + head <= bytes && seen->good == UINT64_MAX; at += align) {
			if (get_le32(chunk + at) == pattern->magic)
				look(pattern, seen, chunk + at, offset + at);
		}
	}
	return OK;
}

static const struct candidates nothing = { .good = UINT64_MAX, .bad_checksum = UINT64_MAX, .not_accepted = UINT64_MAX };

/* A header that would be good, at a place where no loader finds it. */
static enum status search_wrong_places(struct file *file, const struct multiboot_pattern *pattern, uint8_t *chunk, struct err *err)
{
	struct candidates seen = nothing;

	if (search(file, pattern, FAR_BYTES, 1, chunk, &seen, err) != OK)
		return err->code;
	if (seen.good == UINT64_MAX)
		return OK;
	if (seen.good % pattern->align != 0) {
		(void)err_set(err, ERR_UNSUPPORTED, "its {s} header is at offset {a:x}, which is not a multiple of {b}", pattern->name,
			      seen.good, pattern->align);
		(void)err_hint(err, "align the header in the kernel's source (.balign 8), and its section in the linker script");
	} else {
		(void)err_set(err, ERR_UNSUPPORTED, "its {s} header is at offset {a:x}, and has to be in the first {b} bytes",
			      pattern->name, seen.good, pattern->window);
		(void)err_hint(err, "put the header's section first in the linker script, with KEEP(), and link with -n or "
				    "-z max-page-size=4096, so that it comes early in the file");
	}
	return err_add(err, not_this_kind, file->path, 0, 0);
}

/* Why there is no good one, `seen` being what is at the right places. */
static enum status explain(struct file *file, const struct multiboot_pattern *pattern, const struct candidates *seen, uint8_t *chunk,
			   struct err *err)
{
	if (search_wrong_places(file, pattern, chunk, err) != OK)
		return err->code;
	if (seen->bad_checksum != UINT64_MAX) {
		(void)err_set(err, ERR_CORRUPT, "the {s} header at offset {a:x} has a bad checksum", pattern->name, seen->bad_checksum, 0);
		(void)err_add(err, "{s} is damaged", file->path, 0, 0);
		return err_hint(err, "copy the kernel again, or build it again: the magic and the words behind it have to add up to 0");
	}
	if (seen->not_accepted != UINT64_MAX)
		return err_set(err, ERR_UNSUPPORTED, seen->reason, file->path, seen->not_accepted, seen->value);
	(void)err_set(err, ERR_NOT_FOUND, "there is no {s} header in the first {a} bytes, at a multiple of {b}", pattern->name,
		      pattern->window, pattern->align);
	return err_add(err, not_this_kind, file->path, 0, 0);
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
	(void)err_set(err, ERR_NOT_FOUND, "it begins with \"MZ\", so a {s} header in it would not be its own", pattern->name, 0, 0);
	return err_add(err, not_this_kind, file->path, 0, 0);
}

enum status multiboot_search(struct file *file, const struct multiboot_pattern *pattern, struct arena *arena, uint64_t *offset,
			     uint32_t words[MULTIBOOT_WORDS_MAX], struct err *err)
{
	struct candidates seen = nothing;
	size_t mark = arena_mark(arena);
	uint8_t *chunk = ARENA_NEW_ARRAY(arena, uint8_t, CHUNK_BYTES + WORD_BYTES * MULTIBOOT_WORDS_MAX);
	enum status status;

	if (chunk == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory to search {s} for its header", file->path, 0, 0);
	status = search(file, pattern, pattern->window, pattern->align, chunk, &seen, err);
	if (status == OK && seen.good == UINT64_MAX)
		status = multiboot_refuse_program(file, pattern, err);
	if (status == OK && seen.good == UINT64_MAX)
		status = explain(file, pattern, &seen, chunk, err);
	arena_reset(arena, mark);
	if (status != OK)
		return status;
	*offset = seen.good;
	memcpy(words, seen.words, sizeof seen.words);
	return OK;
}
