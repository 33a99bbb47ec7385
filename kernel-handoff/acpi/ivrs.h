/* SPDX-License-Identifier: MIT */
/* The IVRS table: AMD's IOMMUs (AMD I/O Virtualization Technology Specification 3.07, section 5.2). */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

struct memory_map;

/*
 * ERR_CORRUPT, with what is wrong: checksum, lengths, no IOMMU (IVHD), one without registers, too few bits of address for the memory,
 * memory of a device (IVMD) that is not reserved.
 */
MUST_CHECK enum status ivrs_check(struct span table, const struct memory_map *map, struct err *err);
