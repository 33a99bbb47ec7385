/* SPDX-License-Identifier: MIT */
/*
 * The part of a UEFI firmware that starts programs: handles with protocols, pages and pool, LoadImage and StartImage. It keeps count of
 * what was taken from it, and any of its calls can be made to fail.
 */
#pragma once

#include <efi.h>

#include <stdbool.h>

enum {
	IMAGE_FIRMWARE_HANDLES_MAX = 16,
	IMAGE_FIRMWARE_PROTOCOLS_MAX = 4,
	IMAGE_FIRMWARE_ALLOCATIONS_MAX = 16,
	IMAGE_FIRMWARE_TABLES_MAX = 4
};

struct image_firmware_slot {
	unsigned count;
	struct {
		EFI_GUID guid;
		void *interface;
	} protocol[IMAGE_FIRMWARE_PROTOCOLS_MAX];
};

/* What the program does that was started; its return is that of StartImage. */
typedef EFI_STATUS image_firmware_program_fn(EFI_HANDLE image);

struct image_firmware {
	EFI_SYSTEM_TABLE table;
	EFI_BOOT_SERVICES services;
	SIMPLE_TEXT_OUTPUT_INTERFACE console;
	SIMPLE_TEXT_OUTPUT_MODE console_mode;
	struct image_firmware_slot handle[IMAGE_FIRMWARE_HANDLES_MAX];
	struct {
		void *at;
		UINTN pages; /* 0: pool */
	} allocation[IMAGE_FIRMWARE_ALLOCATIONS_MAX];
	EFI_CONFIGURATION_TABLE configuration[IMAGE_FIRMWARE_TABLES_MAX];
	UINTN watchdog_seconds;
	/* Faults. */
	unsigned fallible; /* calls so far of AllocatePages, LoadImage, AllocatePool and Install... */
	unsigned fail_at;  /* this one fails; 0: none */
	EFI_STATUS load_status;
	bool loads_all_the_same; /* LoadImage gives a handle with its error */
	bool uninstall_fails;
	/* LoadImage, StartImage. */
	image_firmware_program_fn *program;
	EFI_LOADED_IMAGE loaded;
	uint8_t path[512]; /* as LoadImage got it */
	UINTN path_bytes;
	UINTN source_bytes;
	uint32_t source_crc32;
	unsigned loads, starts, unloads;
	const char *exit_text; /* given back by StartImage, with `exit_bytes` (0: as long as it is) */
	UINTN exit_bytes;
};

extern struct image_firmware image_firmware;

/* A new firmware, and the loader's tables set to it; `self` is the loader's own handle. */
void image_firmware_reset(EFI_HANDLE *self);

/* A new handle with one protocol. */
EFI_HANDLE image_firmware_handle(EFI_GUID guid, void *interface);
void image_firmware_protocol(EFI_HANDLE handle, EFI_GUID guid, void *interface);

/* Pages and pool that were not given back. */
unsigned image_firmware_allocations(void);
unsigned image_firmware_handles(void);
