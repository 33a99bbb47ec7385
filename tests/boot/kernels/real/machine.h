/* SPDX-License-Identifier: MIT */
/* The machine as real-mode code finds it, and the way to what lies beyond its segment. */
#pragma once

#include "../support.h"
#include "entry.h"

/* What bios_int() takes and gives back. bios.S knows the layout. */
struct bios_registers {
	uint32_t eax, ebx, ecx, edx, esi, edi, flags;
	uint16_t es;
};

enum { FLAG_CARRY = 1 << 0 };

void bios_int(uint32_t number, struct bios_registers *registers);

/* Physical memory below 1 MiB. */
uint8_t far8(uint32_t phys);
uint16_t far16(uint32_t phys);
uint32_t far32(uint32_t phys);
void far_put8(uint32_t phys, uint8_t value);
uint32_t far_crc32(uint32_t phys, uint32_t bytes);

/* Any physical memory, by the firmware's own copying (INT 15h AH=87h). */
uint32_t high_crc32(uint32_t phys, uint32_t bytes);

/* Where our segment begins. */
uint32_t segment_base(void);

/* Reports the state at the entry, and checks what every entry in real mode promises: mode, flags but IF, A20. */
void real_machine_check(const struct real_entry *entry, bool interrupts);

/*
 * Calls the firmware: screen, disks, memory, clock, and waits for a timer interrupt. `drive` is for INT 13h. Reports what it left in
 * memory for the test to compare with a boot without any loader.
 */
void real_firmware_check(uint8_t drive);
