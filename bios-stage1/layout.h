/* SPDX-License-Identifier: MIT */
/*
 * What stage 1, stage 2 and mkboot agree on: bytes of the boot sector, header and place of a stage-2 copy, and its load address.
 *
 * Shared by assembler and C, so plain #defines only. All numbers on disk are little-endian; LBAs count 512-byte sectors.
 */
#ifndef BIOS_STAGE1_LAYOUT_H
#define BIOS_STAGE1_LAYOUT_H

#define LAYOUT_SECTOR_BYTES 512

/*
 * The boot sector. Bytes 0x03..0x59 are pure data: firmware and partitioning tools take them for a BIOS parameter block and may change
 * them. Whoever installs the sector writes the two LBAs into it, keeps the disk signature and the partition table, and changes nothing
 * else.
 */
#define MBR_BYTES             512
#define MBR_BPB_OFFSET        0x03
#define MBR_BPB_END           0x5A
#define MBR_COPY_A_LBA_OFFSET 424 /* u64: first sector of stage-2 copy A */
#define MBR_COPY_B_LBA_OFFSET 432 /* u64: first sector of stage-2 copy B */
#define MBR_CODE_BYTES        440 /* code, BPB area and the two LBAs; the rest is the partitioner's */
#define MBR_DISK_ID_OFFSET    440 /* u32: disk signature */
#define MBR_TABLE_OFFSET      446 /* four entries of 16 bytes */
#define MBR_SIGNATURE_OFFSET  510
#define MBR_SIGNATURE         0xAA55 /* u16: bytes 55 AA */

/*
 * A copy of stage 2: whole sectors. The first one, the first block, holds the header and the code that loads and checks the rest; stage 1
 * starts it when its 128 u32 add up to zero. The CRC-32 (IEEE) is that of everything behind the first block. So each byte is checked
 * before it is used, and damage to any sector leads to the other copy. Of two good copies the one with the higher sequence is newer.
 * stage2.bin as built has its length filled in, and CRC, sequence and sum zero: mkboot sets them when it writes a copy, the sum last.
 */
#define STAGE2_MAGIC           "MKBOOT2" /* 8 bytes with the NUL */
#define STAGE2_MAGIC_OFFSET    0
#define STAGE2_MAGIC_BYTES     8
#define STAGE2_FORMAT_OFFSET   8  /* u32: STAGE2_FORMAT */
#define STAGE2_LENGTH_OFFSET   12 /* u32: bytes of the whole copy, a multiple of 512 */
#define STAGE2_CRC_OFFSET      16 /* u32: of bytes [512, length) */
#define STAGE2_SEQUENCE_OFFSET 20 /* u32: from 1 */
#define STAGE2_VERSION_OFFSET  24 /* text, padded with NULs */
#define STAGE2_VERSION_BYTES   16
#define STAGE2_SUM_OFFSET      40 /* u32: makes the sum of the first block's u32 zero */
#define STAGE2_HEADER_BYTES    44
#define STAGE2_BLOCK_ENTRY_OFFSET 44 /* first instruction of the first block */
#define STAGE2_FORMAT          1
#define STAGE2_ENTRY_OFFSET    512        /* first instruction behind the first block, 16-bit code */
#define STAGE2_MAX_BYTES       (288 * 1024) /* what lies between its load address and the disk buffer (stage2/bios/memory-map.h) */
#define STAGE2_LOAD_ADDRESS    0x8000     /* physical, of the copy's first byte */

/*
 * What stage 1 keeps for the first block of a copy: the disk address packet of INT 13h AH=42h, the drive and the number of the copy.
 */
#define STAGE1_PACKET         0x7BE0
#define STAGE1_PACKET_COUNT   (STAGE1_PACKET + 2)
#define STAGE1_PACKET_OFFSET  (STAGE1_PACKET + 4)
#define STAGE1_PACKET_SEGMENT (STAGE1_PACKET + 6)
#define STAGE1_PACKET_LBA     (STAGE1_PACKET + 8)
#define STAGE1_DRIVE          (STAGE1_PACKET + 16) /* u8: DL as corrected */
#define STAGE1_COPY           (STAGE1_PACKET + 17) /* u8: 0 = A, 1 = B */

/*
 * Where the copies are. GPT: in a BIOS boot partition of 1 MiB at LBA 2048, one at its start, one at its half. MBR: in the gap before
 * the first partition at LBA 2048.
 */
#define LAYOUT_FIRST_PARTITION_LBA   2048
#define LAYOUT_BIOS_BOOT_SECTORS     2048
#define LAYOUT_GPT_COPY_A_LBA        LAYOUT_FIRST_PARTITION_LBA
#define LAYOUT_GPT_COPY_B_LBA        (LAYOUT_FIRST_PARTITION_LBA + LAYOUT_BIOS_BOOT_SECTORS / 2)
#define LAYOUT_MBR_COPY_A_LBA        1
#define LAYOUT_MBR_COPY_B_LBA        1024

#endif
