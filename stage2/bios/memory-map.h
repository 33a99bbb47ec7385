/* SPDX-License-Identifier: MIT */
/*
 * Where the BIOS shell keeps things below 1 MiB: the only source of these addresses, for assembler, C and the linker script.
 *
 *   0x00000  IVT, BDA: the firmware's, never written
 *   0x00600  table for the CRC of the first block (stage 1's time only)
 *   0x00A00  structures that the firmware reads or fills: disk address packets, parameters, memory ranges
 *   0x01000  page tables of the loader: 4 GiB one to one
 *   0x07000  stack of real mode, grows down from 0x7BE0; above it what stage 1 left
 *   0x08000  stage 2: first block, 16-bit part, 64-bit code, data, bss
 *   0x50000  disk buffer of 64 KiB: one INT 13h call fills at most 60 KiB of it
 *   0x60000  arena
 *   0x7C000  stack of long mode, grows down from 0x80000; a page below it is left empty
 *   0x80000  the firmware's from here on: an EBDA may begin as low as this
 *
 * A kernel may want any of it: the range is one transient reservation of the plan, and what a kernel puts there is moved by the jump.
 */
#ifndef STAGE2_BIOS_MEMORY_MAP_H
#define STAGE2_BIOS_MEMORY_MAP_H

#define LOW_START            0x00600 /* the loader's first byte */
#define LOW_CRC_TABLE        0x00600
#define LOW_FIRMWARE_BUFFER  0x00A00
#define LOW_PAGE_TABLES      0x01000
#define LOW_PAGE_TABLE_COUNT 6       /* PML4, PDPT, four page directories */
#define LOW_REAL_STACK_TOP   0x07BE0
#define LOW_STAGE2           0x08000
#define LOW_STAGE2_END       0x50000
#define LOW_DISK_BUFFER      0x50000
#define LOW_DISK_BUFFER_END  0x60000
#define LOW_ARENA            0x60000
#define LOW_ARENA_END        0x7B000
#define LOW_STACK_TOP        0x80000
#define LOW_END              0x80000 /* the loader's last byte is below this */

#endif
