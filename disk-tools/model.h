/* SPDX-License-Identifier: MIT */
/*
 * A machine for plans: what the BIOS shell would find in QEMU's `pc` with SeaBIOS, offered to the loader's own code through its platform
 * table. Its physical memory is a reservation of address space, so a kernel can be unpacked into it.
 */
#pragma once

#include "core/base/arena.h"
#include "disk-tools/report.h"
#include "flow/flow.h"

struct model {
	struct platform platform;
	struct arena arena;
	void *small_arena; /* what the BIOS shell has below 1 MiB */
	uint8_t *physical; /* [0, physical_bytes) */
	uint64_t physical_bytes;
};

#define MODEL_MEMORY_DEFAULT (512ull << 20)

/*
 * A machine with `memory_bytes` of RAM, as QEMU's -m; or with the memory map of the file `map_path` (lines "START-END TYPE"), if that is
 * not NULL. EXIT_USAGE or EXIT_BAD_INPUT with the line.
 */
enum exit_code model_init(struct model *model, uint64_t memory_bytes, const char *map_path);

void model_free(struct model *model);

/* boot_prepare() on the machine. The plan and the trail are valid until model_forget(). */
MUST_CHECK enum status model_plan(struct model *model, const struct menu_entry *entry, struct plan *plan, struct err *err);

/* Gives back what a plan took: arena and reservations are as at the mark. */
struct model_mark {
	size_t arena;
	unsigned memory;
};

struct model_mark model_mark(const struct model *model);
void model_forget(struct model *model, struct model_mark mark);
