/* SPDX-License-Identifier: MIT */
/* An image with everything that the loader makes of it: volumes, configuration, and a machine to plan for. */
#pragma once

#include "disk-tools/entries.h"
#include "disk-tools/host_disk.h"

struct image {
	struct host_disk disk;
	struct model model;
	struct boot_disk boot_disk;
	struct configuration configuration;
	struct findings findings; /* what the loader would pass over */
};

/* Opens the file, makes the machine (model_init), finds the volumes, reads the configuration. */
enum exit_code image_open(struct image *image, const char *path, enum firmware firmware, uint64_t memory_bytes, const char *map_path);

void image_close(struct image *image);
