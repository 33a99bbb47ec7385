/* SPDX-License-Identifier: MIT */
/* Stack, page tables and descriptor tables of the loader's time under UEFI. */
#include "uefi/ground.h"

#include "core/base/checked.h"
#include "core/base/span.h"
#include "uefi/memory.h"

enum {
	PAGE_BYTES = 4096,
	STACK_BELOW = 64 * 1024, /* several times what the loader and the drivers that it calls need */
	STACK_ABOVE = 64 * 1024, /* the firmware's frames; how far they go nobody says */
	ENTRIES = 512,
	ENTRY_BYTES = 8,
	PRESENT = 1 << 0,
	LARGE = 1 << 7,
	LARGE_LEVEL_MAX = 3, /* pages of 1 GiB */
	TABLES_MAX = 4096,
};

static const uint64_t address_mask = 0x000FFFFFFFFFF000;

struct descriptor_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

void ground_read(struct ground *ground)
{
	enum { CR4_LA57 = 1 << 12 };
	struct descriptor_register gdt, idt;
	uint64_t cr3, cr4;

	__asm__ volatile("mov %%cr3, %0\n\tmov %%cr4, %1\n\tsgdt %2\n\tsidt %3" : "=r"(cr3), "=r"(cr4), "=m"(gdt), "=m"(idt));
	*ground = (struct ground){ .stack = (uintptr_t)&gdt,
				   .page_table_root = cr3 & address_mask,
				   .page_table_levels = cr4 & CR4_LA57 ? 5 : 4,
				   .gdt = gdt.base,
				   .gdt_bytes = gdt.limit + 1u,
				   .idt = idt.base,
				   .idt_bytes = idt.limit + 1u };
}

struct walk {
	struct memory *memory;
	unsigned tables; /* so far */
};

/*
 * An entry may hold more than an address (the encryption bit of a virtual machine), and what it leads to may not be memory at all: only
 * what the map knows is read.
 */
static void note_tables(struct walk *walk, uint64_t table, unsigned level)
{
	if (walk->tables == TABLES_MAX || !memory_map_knows(&walk->memory->map, table, table + PAGE_BYTES))
		return;
	walk->tables++;
	firmware_memory_note(walk->memory, table, table + PAGE_BYTES);
	for (unsigned i = 0; level > 1 && i < ENTRIES; i++) {
		uint64_t entry = get_le64((const uint8_t *)(uintptr_t)table + (size_t)i * ENTRY_BYTES);

		if (entry & PRESENT && !(entry & LARGE && level <= LARGE_LEVEL_MAX))
			note_tables(walk, entry & address_mask, level - 1);
	}
}

static void note_bytes(struct memory *memory, uint64_t start, uint64_t bytes)
{
	uint64_t end;

	if (checked_add(start, bytes, &end) && checked_align_up(end, PAGE_BYTES, &end))
		firmware_memory_note(memory, align_down(start, PAGE_BYTES), end);
}

void ground_note(const struct ground *ground, struct memory *memory)
{
	struct walk walk = { .memory = memory };
	uint64_t below = min_u64(ground->stack, STACK_BELOW);

	note_bytes(memory, ground->stack - below, below + STACK_ABOVE);
	note_bytes(memory, ground->gdt, ground->gdt_bytes);
	note_bytes(memory, ground->idt, ground->idt_bytes);
	/* OVMF has a thousand tables, and a map that tells of them: who accounts for the first one does so for all. */
	if (firmware_memory_is_free(ground->page_table_root))
		note_tables(&walk, ground->page_table_root, ground->page_table_levels);
}
