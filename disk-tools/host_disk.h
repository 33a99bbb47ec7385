/* SPDX-License-Identifier: MIT */
/* An image file or a disk of the host as a block device of the loader's code, read-only. */
#pragma once

#include "core/block/block.h"
#include "disk-tools/report.h"

struct host_disk {
	struct block_device device;
	int fd;
	uint64_t bytes; /* of the file */
};

/*
 * Opens `path`; a trailing part of a sector is left out. A disk has the sectors that the host says. An image whose GPT is where a disk with
 * sectors of 4096 bytes has it, and not where others have it, has such sectors. A file in which a disk lies in some other form, such as
 * qcow2, is EXIT_BAD_INPUT, and a hint says how to make a raw image of it. `path` must live as long as the disk.
 */
enum exit_code host_disk_open(struct host_disk *disk, const char *path);

/* The same over an open file, which stays the caller's, whatever form the disk has in it. */
enum exit_code host_disk_init(struct host_disk *disk, int fd, const char *path);

/* The same bytes as a disk with sectors of this size would have them. */
void host_disk_set_sector_bytes(struct host_disk *disk, uint32_t sector_bytes);

void host_disk_close(struct host_disk *disk);

/* All of [offset, offset + bytes); false with errno (EIO for a short file). */
bool read_fully(int fd, void *to, size_t bytes, uint64_t offset);
bool write_fully(int fd, const void *from, size_t bytes, uint64_t offset);
