/* SPDX-License-Identifier: MIT */
/* A bench for boot protocols: a machine with a memory map, files that can fail, ELF images and a look at a plan's bytes. */
#pragma once

#include "core/base/arena.h"
#include "kernel-handoff/proto.h"
#include "support_block.h" // assert_ok, assert_status, assert_trail

#include <stddef.h>

enum { BENCH_ARENA_BYTES = 128 * 1024, BENCH_MODULES_MAX = 8 };

/* A file in memory whose `fail_at`-th read fails (0: none). */
struct bench_file {
	struct file file;
	const uint8_t *data;
	unsigned reads, fail_at;
};

void bench_file_init(struct bench_file *file, const char *path, const void *data, size_t bytes);

struct bench {
	struct memory memory;
	struct plan plan;
	struct machine machine;
	struct boot_request request;
	struct boot_module module[BENCH_MODULES_MAX];
	struct bench_file kernel, module_file[BENCH_MODULES_MAX];
	struct arena arena;
	struct err err;
	_Alignas(16) uint8_t arena_bytes[BENCH_ARENA_BYTES];
};

/*
 * A machine like QEMU's with `ram_bytes` of RAM (holes below 1 MiB and below 4 GiB, the rest above), persistent memory, a range of a type
 * that only its firmware knows, and a kernel for `protocol`.
 */
void bench_init(struct bench *bench, uint64_t ram_bytes, const char *protocol, const uint8_t *kernel, size_t bytes);

/* Lets the machine be one with UEFI and a screen of pixels. */
void bench_use_uefi(struct bench *bench);

enum { BENCH_FIRMWARE_TYPE = 0xEE };

/* What a kernel has to be told of this range of the machine. */
uint32_t bench_type_for_kernel(const struct memory_range *range);

enum { BENCH_SYSTEM_TABLE = 0x3F5EC018, BENCH_IMAGE_HANDLE = 0x3E605998 };

void bench_add_module(struct bench *bench, const char *path, const char *arguments, const void *data, size_t bytes);

/* boot_plan() from a clean start: all that an earlier call reserved is given back. */
enum status bench_plan(struct bench *bench);

/* The plan has just one note: that contains `words`, with its subject and its numbers filled in. NULL: it has none. */
void bench_assert_note(const struct bench *bench, const char *words);

/* Tries again with the N-th read and then the N-th allocation failing, for N = 1 until it succeeds; the faults must be reported. */
void bench_fault_loop(struct bench *bench);

/* The place whose name begins with `what`; fails the test if there is none. */
const struct place *bench_place(const struct bench *bench, const char *what);

/* Copies the bytes that the plan puts at [start, start + bytes); fails the test if a place does not have them. */
void bench_read(const struct bench *bench, uint64_t start, void *to, size_t bytes);

struct test_segment {
	uint32_t type, flags; /* type 0 counts as PT_LOAD */
	uint64_t virt, phys, file_bytes, bytes;
};

enum { ELF_DATA_OFFSET = 0x1000, ELF_IMAGE_MAX = 64 * 1024 };

/*
 * Writes an x86 ELF executable; the segments' bytes follow each other from ELF_DATA_OFFSET on, each beginning at a multiple of 4096 plus
 * its virtual address within a page, and hold test_segment_byte(). Returns the length.
 */
size_t elf_make(uint8_t *image, bool is_64, uint64_t entry, const struct test_segment *segment, unsigned count);

uint8_t test_segment_byte(unsigned segment, uint64_t offset);
