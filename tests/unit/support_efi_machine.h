/* SPDX-License-Identifier: MIT */
/*
 * The machine behind the firmware of support_efi_image.h: its memory page by page, a disk behind Block I/O, the consoles and the serial
 * port. It is as strict as firmware may be, and as odd as some of it is.
 */
#pragma once

#include <efi.h>

#include <stdbool.h>

enum {
	FAKE_PAGES = 16384, /* 64 MiB from address 0 */
	FAKE_DESCRIPTOR_BYTES = 48,
	FAKE_TEXT_BYTES = 4096,
	FAKE_KEYS_MAX = 8,
	FAKE_DISK_BYTES = 4 << 20,
};

struct fake_machine {
	/* Memory. */
	uint32_t page[FAKE_PAGES];      /* EFI_MEMORY_TYPE of each; FAKE_HOLE: nothing is there */
	EFI_MEMORY_DESCRIPTOR host;     /* one descriptor more, of memory of the host; NumberOfPages 0: none */
	unsigned odd_pages;             /* pages that AllocatePages(AllocateAnyPages) has used up, each a descriptor more */
	uint64_t attribute[FAKE_PAGES]; /* of each page; EFI_MEMORY_WB after a reset */
	bool no_pages;                  /* AllocatePages fails */
	bool backwards;                 /* the map's descriptors come in descending order */
	UINTN key;
	unsigned leave_failures; /* so many calls of ExitBootServices fail; each changes the map */
	unsigned leave_calls;
	bool map_fails; /* once ExitBootServices has been called */
	/* Disk. */
	EFI_BLOCK_IO_PROTOCOL block_io;
	EFI_BLOCK_IO_MEDIA media;
	uint64_t bad_lba; /* a read ends there, half done; UINT64_MAX: none */
	unsigned reads, resets;
	uint64_t longest_read;
	/* Consoles. */
	SIMPLE_INPUT_INTERFACE keyboard;
	EFI_INPUT_KEY key_queue[FAKE_KEYS_MAX];
	unsigned keys;
	uint64_t waited_ms;
	bool shows_korean; /* the firmware's console has a font for it */
	char screen[FAKE_TEXT_BYTES], serial[FAKE_TEXT_BYTES], debug[FAKE_TEXT_BYTES];
	bool console_is_serial; /* the firmware's console writes to the first port, whatever its paths say */
	bool looped;            /* the port hears itself... */
	unsigned heard;         /* ...and so many bytes were written to it */
	EFI_TPL level;
	const char *serial_input; /* what a terminal sends; "" */
	unsigned serial_starts;   /* calls of serial_init() */
	unsigned events;          /* that have been created and not closed */
};

#define FAKE_HOLE 0xFFFFFFFFu

extern struct fake_machine fake_machine;
extern uint8_t fake_disk[FAKE_DISK_BYTES];

/* image_firmware_reset(), and a machine of 64 MiB whose first MiB is the firmware's; the disk has blocks of 512 bytes. */
void fake_machine_reset(EFI_HANDLE *self);

/* Gives the pages of [start, end) this type. */
void fake_memory(uint64_t start, uint64_t end, uint32_t type);

/* Gives the pages of [start, end) these attributes. */
void fake_attributes(uint64_t start, uint64_t end, uint64_t attributes);

/* Whether all pages of [start, end) have this type. */
bool fake_memory_is(uint64_t start, uint64_t end, uint32_t type);
