/* SPDX-License-Identifier: MIT */
/* What a Multiboot2 kernel on UEFI is told about the firmware. */
#pragma once

#include "support.h"

/* The system table is there and is what UEFI 2.10, section 4.3, says. */
void system_table_check(uint64_t table);

/* The EFI memory map tag, its head of 16 bytes included: agrees with the memory map that was taken over before. */
void efi_map_check(uint64_t tag, uint32_t bytes);

/*
 * 64 bits only: boot services answer, and the image handle is that of a loader. The loader's memory in the map that they give is taken
 * over with map_add() as RAM, and nothing else is: what the loader placed has to be there.
 */
void boot_services_check(uint64_t table, uint64_t image_handle);
