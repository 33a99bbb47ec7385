/* SPDX-License-Identifier: MIT */
/* Restarting the machine (keyboard controller, reset control register, triple fault), and giving the boot back. */
#include "stage2/bios/reset.h"

#include "core/base/span.h"
#include "stage2/bios/bios.h"
#include "stage2/pc/io.h"

enum {
	KEYBOARD_COMMAND = 0x64,
	KEYBOARD_PULSE_RESET = 0xFE,
	RESET_CONTROL = 0xCF9,
	RESET_SYSTEM = 0x02, /* then the same with bit 2: a hard reset on its rising edge */
	RESET_CPU = 0x04,
	WARM_START = 0x1234, /* spares the memory test */
	PAUSES = 100000,
};

static void pause_a_while(void)
{
	for (unsigned i = 0; i < PAUSES; i++)
		(void)in8(0x80);
}

_Noreturn void machine_reset(void)
{
	static const uint8_t no_idt[10];

	put_le16(low_memory(BDA_RESET_FLAG), WARM_START);
	out8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
	pause_a_while();
	out8(RESET_CONTROL, RESET_SYSTEM);
	out8(RESET_CONTROL, RESET_SYSTEM | RESET_CPU);
	pause_a_while();
	/* No IDT: the breakpoint cannot be delivered, nor can the fault that follows. */
	__asm__ volatile("lidt %0\n\tint3" : : "m"(no_idt));
	__builtin_unreachable();
}

/*
 * INT 18h (BIOS Boot Specification 1.01: recovery from a boot failure). Return: none; but older firmware has BASIC or a message there, and
 * some comes back.
 */
void firmware_boot_next(void)
{
	struct bios_registers registers = { 0 };

	bios_call(0x18, &registers);
}
