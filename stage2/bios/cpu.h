/* SPDX-License-Identifier: MIT */
/* Bits of control registers and page tables (Intel SDM volume 3, chapters 2 and 4), and the selectors of the shell's GDT. */
#ifndef STAGE2_BIOS_CPU_H
#define STAGE2_BIOS_CPU_H

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_ET 0x00000010
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_PG 0x80000000

#define CR4_PAE        0x00000020
#define CR4_OSFXSR     0x00000200
#define CR4_OSXMMEXCPT 0x00000400

#define MSR_EFER    0xC0000080
#define EFER_LME    0x00000100
#define MSR_FS_BASE 0xC0000100

#define PAGE_PRESENT_WRITE 0x003
#define PAGE_LARGE         0x080

/* Selectors of thunk_gdt (thunk.S). */
#define SELECTOR_CODE64 0x08
#define SELECTOR_CODE32 0x10
#define SELECTOR_DATA   0x18
#define SELECTOR_CODE16 0x20
#define SELECTOR_DATA16 0x28

#endif
