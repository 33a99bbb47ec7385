/* SPDX-License-Identifier: MIT */
/* A bzImage made by hand, and the bench that plans its boot. */
#pragma once

#include "support_handoff.h"

enum { LINUX_KERNEL_BYTES = 0x5000, LINUX_SETUP_SECTORS = 3, LINUX_SETUP_BYTES = (LINUX_SETUP_SECTORS + 1) * 512 };
enum { LINUX_IMAGE_BYTES = LINUX_SETUP_BYTES + LINUX_KERNEL_BYTES, LINUX_PARAMS_BYTES = 4096 };

extern struct bench linux_bench;
extern uint8_t linux_image[LINUX_IMAGE_BYTES + 64]; /* the file, and what may follow it */
extern uint8_t linux_params[LINUX_PARAMS_BYTES];    /* boot_params of the last linux_plan_ok() */

/* A kernel like Debian's of the given protocol version: relocatable, 64-bit entry, wants 16 MiB. */
void linux_start(uint16_t version, uint64_t ram_bytes);

/* A kernel of 2.15, as above, with a kernel_info at `offset` of its protected-mode part that takes setup_data up to this type. */
void linux_start_with_info(uint32_t offset, uint32_t setup_type_max);

/* The plan must succeed. */
void linux_plan_ok(void);
