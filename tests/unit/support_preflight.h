/* SPDX-License-Identifier: MIT */
/* A bench for the preflight: a machine with nothing to complain about, and a look at what was said. */
#pragma once

#include "support_handoff.h"

/*
 * bench_init() for Xen by Multiboot2 with a plan made by hand: an image at 2 MiB, a module that is a dom0 kernel; the setting is `warn`.
 * The processor is Intel's or AMD's, with all that there is to have, and the IOMMU's table that goes with it.
 */
void preflight_start(struct bench *bench, bool amd);

/* preflight() with no notes from before. */
enum status preflight_run(struct bench *bench);

/* Runs it: `key` has `value` in the line, and there is one note, which has `words`; no note if that is NULL. Setting: warn. */
void assert_preflight(struct bench *bench, const char *key, const char *value, const char *words);

/* The value of `key` in the line that was made last. */
void assert_preflight_value(const struct bench *bench, const char *key, const char *value);

/* The note that has these words; fails the test if there is none. */
const struct plan_note *preflight_note(const struct bench *bench, const char *words);

enum { XEN_NOTE_ENTRY = 1, XEN_NOTE_PHYS32_ENTRY = 18 };

/* Writes an ELF64 file with one note of `owner` and `type` (0: without notes) behind `gap` bytes; returns its length. */
size_t noted_elf_make(uint8_t *image, const char *owner, uint32_t type, size_t gap);
