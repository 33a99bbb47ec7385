/* SPDX-License-Identifier: MIT */
/* A disk whose first bytes are the fuzzer's input. */
#pragma once

#include "core/block/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_disk {
	struct block_device device;
	const uint8_t *data;
	size_t bytes;
	bool repeats; /* what lies behind the input is the input again, so that links far away find something; otherwise zeros */
};

void fuzz_disk_init(struct fuzz_disk *disk, const uint8_t *data, size_t bytes, uint64_t blocks, uint32_t block_bytes, bool repeats);

/* Aborts if a failure has no trail. */
void fuzz_check(enum status status, const struct err *err);
