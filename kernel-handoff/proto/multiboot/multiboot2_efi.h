/* SPDX-License-Identifier: MIT */
/* The tags of the Multiboot2 boot information that exist on UEFI only (specification 2.0, 3.6.14 to 3.6.20). */
#pragma once

#include "kernel-handoff/plan.h"
#include "kernel-handoff/proto.h"
#include "kernel-handoff/proto/tag_writer.h"

/* The system table and, for a kernel that keeps the firmware's boot services, that it has them and the loader's image handle. */
void multiboot2_efi_write(struct tag_writer *writer, const struct machine *machine, bool keeps_firmware);

/*
 * What stands at the end of the boot information for a kernel that does not keep the firmware: the EFI memory map tag, without the map as
 * long as that is not known, and the end tag.
 */
enum { MULTIBOOT2_EFI_MAP_TAIL_BYTES = 16 + 8 };

void multiboot2_efi_map_tail(uint8_t tail[MULTIBOOT2_EFI_MAP_TAIL_BYTES]);

/*
 * Has the map written into the tag at `offset` of the boot information at `start`, where room for the map follows the tail. The total size
 * and the end tag are corrected then. ERR_NO_MEMORY.
 */
MUST_CHECK enum status multiboot2_efi_map_want(struct plan *plan, uint64_t start, uint64_t offset, struct arena *arena, struct err *err);
