/* SPDX-License-Identifier: MIT */
/*
 * Where the BIOS shell keeps things below 1 MiB: the only source of these addresses, for assembler, C and the linker script.
 *
 *   0x00000  IVT, BDA: the firmware's, never written
 *   0x00600  table for the CRC of the first block (stage 1's time only)
 *   0x00A00  structures that the firmware reads or fills: disk address packets, parameters, memory ranges
 *   0x01000  stack of real mode, grows down from 0x7BE0; above it what stage 1 left. Firmware has been seen to take 6 KiB of it
 *   0x08000  stage 2: first block, 16-bit part, 64-bit code, data, bss
 *   0x50000  disk buffer of 64 KiB: one INT 13h call fills at most 60 KiB of it
 *   0x60000  the work area: page tables, arena, stack
 *   0x80000  the firmware's from here on: an EBDA may begin as low as this
 *
 * Where the EBDA begins still lower the work area is at 2 MiB, what the EBDA leaves of its place here is free for kernels, and the disk
 * buffer may be behind stage 2 (disk.h). An even megabyte is in sight even while A20 is off.
 *
 * A kernel may want any of it: the range is one transient reservation of the plan, and what a kernel puts there is moved by the jump.
 */
#ifndef STAGE2_BIOS_MEMORY_MAP_H
#define STAGE2_BIOS_MEMORY_MAP_H

#define LOW_START           0x00600 /* the loader's first byte */
#define LOW_CRC_TABLE       0x00600
#define LOW_FIRMWARE_BUFFER 0x00A00
#define LOW_FIRMWARE_END    0x01000
#define LOW_REAL_STACK_TOP  0x07BE0
#define LOW_STAGE2          0x08000
#define LOW_STAGE2_END      0x50000
#define LOW_DISK_BUFFER     0x50000
#define LOW_WORK            0x60000
#define LOW_END             0x80000 /* the loader's last byte is below this */
#define HIGH_WORK           0x200000

/* In the work area: offsets. The page below the stack is left empty. */
#define WORK_PAGE_TABLES      0x00000
#define WORK_PAGE_TABLE_COUNT 6 /* PML4, PDPT, four page directories: 4 GiB one to one */
#define WORK_ARENA            0x06000
#define WORK_ARENA_END        0x1B000
#define WORK_STACK_TOP        0x20000
#define WORK_BYTES            0x20000

#endif
