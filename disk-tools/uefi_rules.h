/* SPDX-License-Identifier: MIT */
/*
 * What the reference firmware, EDK2, takes and what it passes over in silence: its drivers for GPT, MBR and FAT, and its PE loader. Each
 * rule is true if the firmware refuses, with the reason in `why`. `make firmware-judge` compares them with OVMF.
 */
#pragma once

#include "core/block/partition.h"
#include "core/fs/fat_bpb.h"
#include "kernel-handoff/image/pe.h"

enum { WHY_BYTES = 200 };

/* FatPkg/EnhancedFatDxe. A sector of anything but FAT is refused, too. */
bool uefi_refuses_fat(const struct fat_bpb *bpb, char why[WHY_BYTES]);

/* MdeModulePkg/Universal/Disk/PartitionDxe: the four lines of an MBR, all or none. `sector` has 512 bytes. */
bool uefi_refuses_mbr(struct span sector, uint64_t disk_blocks, char why[WHY_BYTES]);

/* The same driver: the whole of a GPT, and one of its partitions. */
bool uefi_refuses_gpt(const struct gpt_copies *copies, uint64_t disk_blocks, char why[WHY_BYTES]);
bool uefi_refuses_gpt_partition(const struct partition_table *table, unsigned index, const struct gpt_copies *copies, char why[WHY_BYTES]);

/* MdePkg/Library/BasePeCoffLib: what pe_open() does not ask for. */
bool uefi_refuses_pe(const struct pe *pe, char why[WHY_BYTES]);
