/* SPDX-License-Identifier: MIT */
/*
 * A boot as data: where every byte goes, and the processor's state at the kernel's first instruction.
 *
 * A protocol (proto.h) only fills a plan; nothing has been changed until plan_check() has passed and the flow carries the plan out. The
 * same plan is what `mkboot plan` prints.
 */
#pragma once

#include "core/base/file.h"
#include "core/base/status.h"
#include "core/memory/memory_map.h"
#include "kernel-handoff/machine.h"

#include <stdbool.h>

struct arena;
struct sink;

enum place_kind { PLACE_KERNEL, PLACE_MODULE, PLACE_INFORMATION, PLACE_PAGE_TABLES, PLACE_STACK };

/*
 * [start, start + bytes) of physical memory. The first `file_bytes` bytes come from `file` at `file_offset`, the rest is zero. A place
 * without a file (file == NULL) is all zero.
 */
struct place {
	enum place_kind kind;
	const char *what; /* "segment 2", "module 1 /initrd.gz", "boot information" */
	uint64_t start, bytes;
	struct file *file;
	uint64_t file_offset, file_bytes;
	bool staged; /* the loader sits there now: loaded elsewhere, moved by the last step */
};

enum { PLAN_PLACES_MAX = 128 };

/*
 * How the kernel is entered. In the first three modes the loader is alone with the machine: interrupts are off unless plan->segments says
 * otherwise, the direction flag is clear, A20 is on. The other two are for UEFI, whose boot services stay.
 */
enum entry_mode {
	ENTRY_MODE_PROTECTED, /* 32 bits, paging off, flat 4 GiB segments */
	ENTRY_MODE_LONG,      /* 64 bits, paging on from page_table_root */
	ENTRY_MODE_REAL,      /* 16 bits, for code that calls the BIOS: its interrupts, its IVT; plan->segments */
	ENTRY_MODE_FIRMWARE,  /* 64 bits, on the firmware's page tables, segments and stack; nothing may be staged */
	ENTRY_MODE_IMAGE,     /* the firmware itself loads plan->image.file and starts it: no places, no entry, no registers */
};

/* A PE image for the firmware to start (UEFI specification 2.10, sections 7.4 and 9). */
struct plan_image {
	struct file *file;
	const char *path;    /* on the boot volume, for the image's device path */
	const char *options; /* UTF-8, becomes the load options; "" for none */
	unsigned initrd_count;
	struct file **initrd; /* joined for LoadFile2: zero bytes fill up to a multiple of four between two, none follow the last */
};

/*
 * The firmware's own memory map (GetMemoryMap), which is only known when the firmware is left. A protocol that passes it on names the
 * place of information that takes it, and a function that writes it there; the shell calls that after the last firmware call.
 */
struct firmware_map {
	const void *descriptors;
	uint64_t bytes;
	uint32_t descriptor_bytes, descriptor_version;
};

/* More than any machine has that we know of: about 1300 descriptors. A map that does not fit is an error before the firmware is left. */
enum { FIRMWARE_MAP_ROOM = 64 * 1024 };

struct plan_firmware_map {
	uint64_t start; /* of the structure that takes the map: a place that is not staged; 0: nobody wants it */
	uint64_t room;  /* bytes that the descriptors may have */
	/* `structure` points to `start`, as it was loaded. `context` is the one given here. */
	void (*write)(void *context, uint8_t *structure, const struct firmware_map *map);
	void *context;
};

struct entry_registers {
	uint64_t ax, bx, cx, dx, si, di, bp, sp; /* only the low halves count in 32-bit modes */
};

/* ENTRY_MODE_REAL only. plan->entry is the physical address of CS:IP, and the low 16 bits of registers.sp are SP. */
struct entry_segments {
	uint16_t cs, ds, es, fs, gs, ss;
	bool interrupts; /* on at the entry */
};

/* The screen at the kernel's entry (video.h). */
struct plan_video {
	bool set;             /* the mode has to be set, just before the firmware is left; otherwise the screen stays as it is */
	uint32_t number;      /* set: of a struct video_mode */
	struct screen screen; /* as the kernel will find it, in both cases */
	const struct vbe_information *vbe; /* BIOS, a linear mode: NULL if the firmware did not tell */
	/* Where the kernel is told of a text screen's cursor, column and line: written behind the last message. NULL: nowhere. */
	uint8_t *cursor;
};

/* Something that the user should know although the kernel can be started. */
struct plan_note {
	struct err_frame text; /* as a frame of a trail: its strings live as long as the plan */
	const char *hint;      /* NULL: nothing to do about it */
};

enum { PLAN_NOTES_MAX = 24 };

struct plan_notes {
	unsigned count, lost; /* lost: how many found no room */
	struct plan_note note[PLAN_NOTES_MAX];
	const char *preflight; /* the machine-readable line "PREFLIGHT vmx=ok ..."; NULL: no preflight was made */
};

/*
 * The trampoline, the memory of the last step: the first page holds its code (position-independent, executable in every page table that we
 * make), the second its data and the GDT that the kernel is entered with.
 */
enum { TRAMPOLINE_BYTES = 2 * 4096 };

struct plan {
	const char *protocol; /* "multiboot2" */
	const char *kernel;   /* path */
	enum entry_mode mode;
	uint64_t entry; /* virtual in long mode, physical in the others */
	struct entry_registers registers;
	uint64_t page_table_root;       /* physical; ENTRY_MODE_LONG only */
	struct entry_segments segments; /* ENTRY_MODE_REAL only */
	struct plan_image image;        /* ENTRY_MODE_IMAGE only */
	struct plan_video video;        /* boot_plan() begins with the screen as it is */
	struct plan_notes notes;
	struct plan_firmware_map firmware_map;
	unsigned count;
	struct place place[PLAN_PLACES_MAX]; /* no two overlap; in the order in which they are loaded */
	struct memory *memory;               /* the reservations behind the places */
	/* TRAMPOLINE_BYTES below 4 GiB (ENTRY_MODE_REAL: below 1 MiB), 4 KiB-aligned, not among the places; 0: not reserved yet */
	uint64_t trampoline;
	/*
	 * Where what we choose the place of begins, for kernels that look no further: the lowest memory from here on, or if there is none
	 * the lowest from 1 MiB on. 0: the highest memory.
	 */
	uint64_t low_from;
};

/* Adds a place at the address that the kernel demands. ERR_DENIED as memory_reserve(); ERR_TOO_BIG if the plan is full. */
MUST_CHECK enum status plan_add_fixed(struct plan *plan, const struct place *place, struct err *err);

/*
 * memory_allocate() by the plan's preference, low_from. *staged: as in struct place, for memory_allocate_over() is asked then; NULL: the
 * memory has to be free now. ERR_NO_MEMORY as memory_allocate().
 */
MUST_CHECK enum status plan_allocate(struct plan *plan, const struct memory_want *want, uint64_t *start, bool *staged, struct err *err);

/* The highest end of a place of the kernel's; 0 if there is none. */
uint64_t plan_kernel_end(const struct plan *plan);

/*
 * Adds a place of place->bytes at an address of our choice, by plan_allocate(). want->bytes and ->what are taken from place.
 * ERR_NO_MEMORY as memory_allocate(); ERR_TOO_BIG if the plan is full.
 */
MUST_CHECK enum status plan_add(struct plan *plan, const struct place *place, const struct memory_want *want, uint64_t *start,
				struct err *err);

/*
 * Adds a place inside memory that the caller has reserved before: for what has to lie together in one reservation. ERR_TOO_BIG if the
 * plan is full.
 */
MUST_CHECK enum status plan_add_reserved(struct plan *plan, const struct place *place, struct err *err);

/*
 * Adds a place for the whole of `file` that starts and ends on a page of its own (the rest of its last page is zero), at an address of
 * our choice below 4 GiB and below `max` (0: 4 GiB). An empty file gets no place and *start is 0.
 */
MUST_CHECK enum status plan_add_file(struct plan *plan, enum place_kind kind, const char *what, struct file *file, uint64_t max,
				     uint64_t *start, struct err *err);

/* A place's name, "module 2 /initrd.gz" or, without a path, "segment 2"; NULL if the arena is full. Long paths are cut. */
const char *plan_label(struct arena *arena, const char *what, unsigned number, const char *path);

/*
 * Reserves the trampoline for plan->mode if that has not been done. boot_plan() does it after the protocol; who makes page tables does
 * it before, when the fixed places are reserved, so as to map it executable. With low_from it is below 1 MiB if it can be: the kernel is
 * entered with the GDT that is there, and may reload a segment after it has mapped only a little.
 */
MUST_CHECK enum status plan_add_trampoline(struct plan *plan, struct err *err);

/* Whether the loader itself makes the jump, from the trampoline. */
static inline bool plan_needs_trampoline(const struct plan *plan)
{
	return plan->mode == ENTRY_MODE_REAL || plan->mode == ENTRY_MODE_PROTECTED || plan->mode == ENTRY_MODE_LONG;
}

/* Adds a note; `what`, `subject`, a and b as in err_set(). */
void plan_note(struct plan *plan, const char *what, const char *subject, uint64_t a, uint64_t b, const char *hint);

/*
 * What has to be true for every protocol: no overlaps, all in RAM that was reserved, files inside their places, the entry inside a place
 * of the kernel's, a screen that can be and lies on no place, and no more to move than the last step can. In long mode the page tables
 * are walked for the entry, and the trampoline must be executable where it lies. In real mode CS must reach the entry, and the trampoline
 * must lie below 1 MiB. ERR_DENIED for what may not be, ERR_CORRUPT for an entry that is not there, ERR_TOO_BIG for too many moves; what
 * reading the page tables says.
 */
MUST_CHECK enum status plan_check(const struct plan *plan, struct err *err);

/* One line a place, then entry, mode and registers: the text of `mkboot plan` and of the loader's verbose output. */
void plan_print(const struct plan *plan, struct sink *sink);

/* The notes and their hints, a line each, and the line of the preflight, on a line of its own without a prefix. */
void plan_print_notes(const struct plan *plan, struct sink *sink, const char *note_prefix, const char *hint_prefix);

/* The registers by their names, in the order in which they are shown, as far as the mode lets us set them. Returns how many there are. */
enum { ENTRY_REGISTERS = 8 };

struct entry_register {
	const char *name; /* "ax" */
	uint64_t value;
};

unsigned plan_registers(const struct plan *plan, struct entry_register list[ENTRY_REGISTERS]);

const char *place_kind_name(enum place_kind kind);
const char *entry_mode_name(enum entry_mode mode);
