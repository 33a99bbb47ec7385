/* SPDX-License-Identifier: MIT */
/*
 * What the loader stands on while the firmware is there: the stack that it was started on, and the page and descriptor tables of the
 * processor. A firmware should have them in its memory map as its own. U-Boot calls all of them free, and a kernel that was loaded there
 * would end the loader in the middle of its work.
 */
#pragma once

#include "core/memory/memory_map.h"

struct ground {
	uint64_t stack; /* an address in the loader's own frames */
	uint64_t page_table_root;
	unsigned page_table_levels; /* 4 or 5 */
	uint64_t gdt, gdt_bytes, idt, idt_bytes;
};

/* As the processor has them now. */
void ground_read(struct ground *ground);

/*
 * Notes what the firmware's map calls free of it as in use, in transient reservations. Page tables are only looked for where it calls the
 * first one free. Call after firmware_memory_read().
 */
void ground_note(const struct ground *ground, struct memory *memory);
