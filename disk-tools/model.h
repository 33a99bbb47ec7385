/* SPDX-License-Identifier: MIT */
/*
 * A machine for plans: what a shell would find in QEMU's `pc` with SeaBIOS or with OVMF, offered to the loader's own code through its
 * platform table. Its physical memory is a reservation of address space, so a kernel can be unpacked into it.
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

/* Both firmwares, where something has to be good for each. */
enum { MODELS = 2 };
extern const enum firmware model_order[MODELS];

/* "bios", as options and JSON have it. */
const char *firmware_name(enum firmware firmware);
/* EXIT_USAGE if `value` is none; for options. */
enum exit_code parse_firmware(const char *name, const char *value, enum firmware *firmware);

/*
 * A machine with `memory_bytes` of RAM, as QEMU's -m; or with the memory map of the file `map_path` (lines "START-END TYPE"), if that is
 * not NULL. EXIT_USAGE or EXIT_BAD_INPUT with the line.
 */
enum exit_code model_init(struct model *model, enum firmware firmware, uint64_t memory_bytes, const char *map_path);

void model_free(struct model *model);

/* Machines with all firmwares, in model_order[]. All or none are there to be freed. */
enum exit_code models_init(struct model model[MODELS], uint64_t memory_bytes);
void models_free(struct model model[MODELS]);

/* boot_prepare() on the machine. The plan and the trail are valid until model_forget(). */
MUST_CHECK enum status model_plan(struct model *model, const struct menu_entry *entry, struct plan *plan, struct err *err);

/* Gives back what a plan took: arena and reservations are as at the mark. */
struct model_mark {
	size_t arena;
	unsigned memory;
};

struct model_mark model_mark(const struct model *model);
void model_forget(struct model *model, struct model_mark mark);

/* What is particular to one firmware: model_bios.c, model_uefi.c. */
struct model_firmware {
	const struct machine *machine;
	uint64_t memory_min; /* bytes */
	size_t arena_bytes;  /* as much as the loader has there, so that what is too much for it is too much here */
	/* The ranges that it reports for so much memory; returns how many. */
	unsigned (*ranges)(uint64_t memory_bytes, struct memory_range *raw);
	/* The reservations that the shell makes first. `memory_bytes` is 0 if the map comes from a file. */
	enum status (*reserve)(struct memory *memory, uint64_t memory_bytes, struct err *err);
	/* Facts that depend on the size of the memory, and the video modes. */
	void (*adjust)(struct machine *machine, uint64_t memory_bytes);
};

extern const struct model_firmware model_bios, model_uefi;

/* QEMU's `pc` with so much memory: the end of what lies below 4 GiB. */
uint64_t model_low_memory(uint64_t memory_bytes);

/* Stands for the firmware's tables: only their lengths have a part in a plan. */
enum { MODEL_TABLE_BYTES = 512 };
extern const uint8_t model_table[MODEL_TABLE_BYTES];
