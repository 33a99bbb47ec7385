/* SPDX-License-Identifier: MIT */
/* What a partition is for, by its type. */
#pragma once

#include "core/block/partition.h"

/*
 * "EFI system partition"; "" for a type that nobody has named. All types of the Discoverable Partitions Specification (UAPI.2) have a name,
 * and all that fdisk(8) knows. The text lives as long as the program.
 */
const char *partition_type_name(const struct partition *partition);
