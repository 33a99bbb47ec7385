/* SPDX-License-Identifier: MIT */
/*
 * Calls to the firmware, and the memory below 1 MiB that it shares with us. The unit tests put their own firmware behind these functions.
 */
#pragma once

#include "stage2/bios/bios-registers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers of a call and of its return. thunk.S knows the layout. */
struct bios_registers {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint32_t flags; /* returned only */
	uint16_t ds, es;
};

_Static_assert(sizeof(struct bios_registers) == REGISTERS_BYTES, "see bios-registers.h");
_Static_assert(offsetof(struct bios_registers, es) == REGISTERS_ES, "see bios-registers.h");

enum { FLAG_CARRY = 1 << 0 };

/* Calls INT `number` with these registers, CF set on entry, interrupts on while the firmware wants them. */
void bios_call(uint8_t number, struct bios_registers *registers);

/* Sleeps until an interrupt has been handled. */
void bios_idle(void);

/* A pointer to physical memory below 1 MiB. */
void *low_memory(uint32_t phys);

static inline bool bios_failed(const struct bios_registers *registers)
{
	return (registers->flags & FLAG_CARRY) != 0;
}

static inline uint8_t high_byte(uint32_t value)
{
	return (uint8_t)(value >> 8);
}

static inline uint8_t low_byte(uint32_t value)
{
	return (uint8_t)value;
}

/* Addresses of the BIOS data area (IBM PS/2 and PC BIOS Interface Technical Reference). */
enum {
	BDA_EBDA_SEGMENT = 0x40E,    /* u16 */
	BDA_MEMORY_KIB = 0x413,      /* u16 */
	BDA_VIDEO_MODE = 0x449,      /* u8 */
	BDA_VIDEO_COLUMNS = 0x44A,   /* u16 */
	BDA_CURSOR = 0x450,          /* u8 column, u8 line, of page 0 */
	BDA_CRTC_PORT = 0x463,       /* u16 */
	BDA_TICKS = 0x46C,           /* u32, 18.2 a second, 0 at midnight */
	BDA_RESET_FLAG = 0x472,      /* u16; 1234h: warm start */
	BDA_DISK_COUNT = 0x475,      /* u8 */
	BDA_VIDEO_LAST_LINE = 0x484, /* u8; 0 on the oldest adapters */
	BDA_FONT_LINES = 0x485,      /* u16 */
};
