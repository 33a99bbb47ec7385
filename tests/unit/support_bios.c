/* SPDX-License-Identifier: MIT */
/* A firmware for the host. It misbehaves as real ones do: every register that a function does not return is garbage afterwards. */
#include "support_bios.h"

#include "core/base/span.h"

#include <string.h>

uint8_t fake_low[FAKE_LOW_BYTES];
fake_interrupt_fn *fake_interrupt[256];
unsigned fake_calls;

void *low_memory(uint32_t phys)
{
	return fake_low + phys;
}

void bios_call(uint8_t number, struct bios_registers *registers)
{
	struct bios_registers before = *registers;

	fake_calls++;
	registers->flags = FLAG_CARRY;
	if (fake_interrupt[number])
		fake_interrupt[number](registers);
	registers->ds = registers->es = 0xDEAD;
	registers->ebp = 0xDEADBEEF;
	if (registers->edx == before.edx)
		registers->edx |= 0xBAD00000;
}

void fake_bios_reset(void)
{
	memset(fake_low, 0, sizeof fake_low);
	memset(fake_interrupt, 0, sizeof fake_interrupt);
	fake_calls = 0;
	put_le16(fake_low + BDA_MEMORY_KIB, 639);
	put_le16(fake_low + BDA_EBDA_SEGMENT, 0x9FC0);
}
