/* SPDX-License-Identifier: MIT */
/* Page tables as a file that is computed while it is read. */
#include "kernel-handoff/paging/page_tables.h"

#include "core/base/arena.h"
#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"

enum { PAGE_BYTES = 4096, ENTRIES = 512, LEVEL_ROOT = 4, TABLES_MAX = 4096 };

/* A table: the first address that it maps, and where the tables below it begin. They follow each other in the order of addresses. */
struct table {
	uint64_t start;
	uint32_t first_child;
	uint32_t level; /* 4: root ... 1: its entries are 4 KiB pages */
};

struct page_tables {
	struct file file;
	struct page_runs runs;
	unsigned count;
	struct table *table; /* level by level, the root first: table i lies at base + i * 4 KiB */
	uint64_t base;
	bool gigabyte_pages;
};

/* What an entry has to be, and the run that it shows the beginning of. */
enum entry_kind { ENTRY_EMPTY, ENTRY_LEAF, ENTRY_TABLE };

static uint64_t entry_bytes(unsigned level)
{
	return 1ull << (12 + 9 * (level - 1));
}

/*
 * Decides about the entry of a table of `level` that begins at `start`. *run walks forward over the runs: entries are asked for in the
 * order of their addresses.
 */
static enum entry_kind entry_decide(const struct page_tables *tables, unsigned level, uint64_t start, unsigned *run)
{
	const struct page_runs *runs = &tables->runs;
	uint64_t bytes = entry_bytes(level);
	const struct page_run *at;

	while (*run < runs->count && runs->run[*run].end <= start)
		++*run;
	at = &runs->run[*run];
	if (*run == runs->count || at->start >= start + bytes)
		return ENTRY_EMPTY;
	if (level > 3 || (level == 3 && !tables->gigabyte_pages))
		return ENTRY_TABLE;
	if (at->start > start || at->end - start < bytes || (at->phys + (start - at->start)) % bytes != 0)
		return ENTRY_TABLE;
	return ENTRY_LEAF;
}

/* Tables below and including the one of `level` at `start`; stops counting above TABLES_MAX. */
static unsigned count_tables(const struct page_tables *tables, unsigned level, uint64_t start)
{
	unsigned count = 1, run = 0;

	for (unsigned i = 0; i < ENTRIES && count <= TABLES_MAX; i++, start += entry_bytes(level)) {
		if (entry_decide(tables, level, start, &run) == ENTRY_TABLE)
			count += count_tables(tables, level - 1, start);
	}
	return count;
}

/* Lists all tables, level by level; tables->table has room for them. */
static void list_tables(struct page_tables *tables)
{
	unsigned listed = 1;

	tables->table[0].level = LEVEL_ROOT;
	for (unsigned k = 0; k < tables->count; k++) {
		struct table *table = &tables->table[k];
		uint64_t start = table->start;
		unsigned run = 0;

		table->first_child = listed;
		for (unsigned i = 0; i < ENTRIES && table->level > 1; i++, start += entry_bytes(table->level)) {
			if (entry_decide(tables, table->level, start, &run) == ENTRY_TABLE)
				tables->table[listed++] = (struct table){ .start = start, .level = table->level - 1 };
		}
	}
}

static uint64_t leaf_entry(const struct page_run *run, unsigned level, uint64_t start)
{
	return (run->phys + (start - run->start)) | PAGE_PRESENT | (run->writable ? PAGE_WRITABLE : 0) | (level > 1 ? PAGE_LARGE : 0) |
	       (run->executable ? 0 : PAGE_NO_EXECUTE);
}

/* The bytes [from, to) of table k. Entries before `from` are decided too: they tell which child comes next. */
static void table_generate(const struct page_tables *tables, unsigned k, unsigned from, unsigned to, uint8_t *out)
{
	const struct table *table = &tables->table[k];
	uint64_t start = table->start;
	unsigned run = 0, child = table->first_child;

	for (unsigned at = 0; at < to; at += 8, start += entry_bytes(table->level)) {
		enum entry_kind kind = entry_decide(tables, table->level, start, &run);
		unsigned first = at > from ? at : from, end = at + 8 < to ? at + 8 : to;
		uint64_t entry = 0;
		uint8_t bytes[8];

		if (kind == ENTRY_TABLE)
			entry = (tables->base + (uint64_t)child++ * PAGE_BYTES) | PAGE_PRESENT | PAGE_WRITABLE;
		else if (kind == ENTRY_LEAF)
			entry = leaf_entry(&tables->runs.run[run], table->level, start);
		if (first >= end)
			continue;
		put_le64(bytes, entry);
		memcpy(out + (first - from), bytes + (first - at), end - first);
	}
}

static enum status page_tables_read(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	const struct page_tables *tables = (const struct page_tables *)file;
	uint8_t *out = to;

	(void)err; /* arithmetic does not fail */
	while (bytes > 0) {
		unsigned from = (unsigned)(offset % PAGE_BYTES);
		unsigned part = (unsigned)min_u64(bytes, PAGE_BYTES - from);

		table_generate(tables, (unsigned)(offset / PAGE_BYTES), from, from + part, out);
		out += part;
		offset += part;
		bytes -= part;
	}
	return OK;
}

/* The demanded mappings and the jump's code, which must stay executable when the tables come into force. */
static enum status build_runs(struct page_tables *tables, const struct page_tables_want *want, uint64_t trampoline, struct arena *arena,
			      struct err *err)
{
	struct page_mapping *mapping = ARENA_NEW_ARRAY(arena, struct page_mapping, want->count + 1);

	if (mapping == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} mappings", NULL, want->count, 0);
	for (unsigned i = 0; i < want->count; i++)
		mapping[i] = want->mapping[i];
	mapping[want->count] = (struct page_mapping){ .virt = trampoline,
						      .phys = trampoline,
						      .bytes = PAGE_BYTES,
						      .writable = want->executable,
						      .executable = true,
						      .what = "the trampoline" };
	return page_runs_build(want->map, want->executable, mapping, want->count + 1, arena, &tables->runs, err);
}

enum status page_tables_add(struct plan *plan, const struct page_tables_want *want, struct arena *arena, struct err *err)
{
	static const struct file_ops ops = { .read = page_tables_read };
	static const char name[] = "page tables";
	struct page_tables *tables = ARENA_NEW(arena, struct page_tables);
	struct place place = { .kind = PLACE_PAGE_TABLES, .what = name };

	if (tables == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for page tables", NULL, 0, 0);
	tables->gigabyte_pages = want->gigabyte_pages;
	if (build_runs(tables, want, plan->trampoline, arena, err) != OK)
		return err->code;
	tables->count = count_tables(tables, LEVEL_ROOT, 0);
	if (tables->count > TABLES_MAX)
		return err_set(err, ERR_TOO_BIG, "this machine's memory needs more than {a} page tables", NULL, TABLES_MAX, 0);
	tables->table = ARENA_NEW_ARRAY(arena, struct table, tables->count);
	if (tables->table == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for a list of {a} page tables", NULL, tables->count, 0);
	list_tables(tables);

	place.bytes = place.file_bytes = (uint64_t)tables->count * PAGE_BYTES;
	tables->file = (struct file){ .ops = &ops, .path = name, .bytes = place.bytes };
	place.file = &tables->file;
	if (plan_add(plan, &place, &(struct memory_want){ .align = PAGE_BYTES }, &tables->base, err) != OK)
		return err->code;
	plan->page_table_root = tables->base;
	return OK;
}
