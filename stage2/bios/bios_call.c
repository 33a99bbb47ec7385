/* SPDX-License-Identifier: MIT */
/* The one door to the firmware. */
#include "stage2/bios/bios.h"

#include "core/base/span.h"
#include "stage2/bios/thunk.h"

void *low_memory(uint32_t phys)
{
	uintptr_t address = phys;

	/* The compiler takes constant addresses this low for mistakes; it shall not know where this one comes from. */
	__asm__("" : "+r"(address));
	return (void *)address;
}

void bios_call(uint8_t number, struct bios_registers *registers)
{
	bios_thunk_vector = get_le32(low_memory(4u * number));
	bios_thunk_registers = *registers;
	bios_thunk();
	*registers = bios_thunk_registers;
}

void bios_idle(void)
{
	bios_thunk_vector = (uint32_t)(uintptr_t)bios_idle_routine;
	bios_thunk();
}
