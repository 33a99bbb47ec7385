/* SPDX-License-Identifier: MIT */
/*
 * A bench for image_start(): a disk with an ESP, where the loader is from, and a boot volume, where the program /efi/x.efi is; initrds in
 * memory; and a program that looks around as Linux does and comes back with EFI_ABORTED.
 */
#pragma once

#include "core/base/arena.h"
#include "flow/platform.h"
#include "kernel-handoff/plan.h"
#include "support_block.h"
#include "support_efi_image.h"
#include "uefi/firmware.h"

#include <stdbool.h>

/* Nodes of device paths as bytes, and the ends of paths. */
#define PATH_DISK 2, 1, 12, 0, 0xD0, 0x41, 3, 0x0A, 0, 0, 0, 0
#define PATH_PARTITION(start_low, start_high)                                                                                              \
	4, 1, 42, 0, 1, 0, 0, 0, start_low, start_high, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,  \
		13, 14, 15, 16, 2, 2
#define PATH_END  0x7F, 0xFF, 4, 0
#define PATH_ESP  PATH_DISK, PATH_PARTITION(0, 8)
#define PATH_BOOT PATH_DISK, PATH_PARTITION(0x40, 8)

enum { BENCH_FILES_MAX = 4, BENCH_BOOT_LBA = 0x840 };

/* A file in memory whose reads can fail. */
struct bench_file {
	struct file file;
	const char *data;
	bool fails;
};

struct bench {
	struct platform platform;
	struct arena arena;
	struct plan plan;
	struct bench_file file[BENCH_FILES_MAX]; /* [0] is the program, the others are initrds */
	struct file *initrd[BENCH_FILES_MAX];
	EFI_HANDLE self;
	unsigned handles_before;
	/* What the program found. */
	uint16_t options[64];
	UINTN options_bytes;
	char joined[64];
	UINTN joined_bytes;
	bool initrd_there;
	unsigned allocations_then;
	_Alignas(16) uint8_t arena_bytes[16384];
};

extern struct bench bench;
extern const EFI_GUID bench_load_file2_guid, bench_loaded_image_guid, bench_device_path_guid;
extern const uint8_t bench_initrd_path[24]; /* that Linux looks for */

int bench_set_up(void **state);
void bench_add_initrd(const char *path, const char *data);
enum status bench_start(struct err *err);

/* The initrd that is offered, and what is left of its path; NULL if there is none. */
struct _EFI_LOAD_FILE_PROTOCOL *bench_find_initrd(EFI_DEVICE_PATH **path);

/* All memory was given back, no handle is left, and no initrd is offered. */
void bench_assert_nothing_left(void);
