/* SPDX-License-Identifier: MIT */
/* Reading a register that may fault: the IDT around msr_try.S. */
#include "stage2/pc/msr.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "stage2/pc/idt.h"

enum { GENERAL_PROTECTION = 13, FLAG_INTERRUPTS = 1 << 9 };

/* msr_try.S */
extern const uint8_t msr_fault[];
extern uint64_t msr_next_fault; /* where a fault goes that is not ours */
bool msr_try(uint32_t msr, uint64_t *value);

uint64_t msr_next_fault;
static uint8_t idt[IDT_EXCEPTIONS * IDT_GATE_BYTES] __attribute__((aligned(IDT_GATE_BYTES)));

/* The gates that are in force, but for one. There may be fewer than the processor has exceptions. */
static void make_idt(const struct idtr *in_force)
{
	uint8_t *gate = idt + GENERAL_PROTECTION * IDT_GATE_BYTES;
	uint16_t code_selector;

	memset(idt, 0, sizeof idt);
	memcpy(idt, (const void *)(uintptr_t)in_force->base, (size_t)min_u64(in_force->limit + 1u, sizeof idt));
	msr_next_fault = idt_get_entry(gate);
	__asm__("mov %%cs, %0" : "=r"(code_selector));
	idt_put_gate(gate, (uintptr_t)msr_fault, code_selector);
}

bool msr_read(uint32_t msr, uint64_t *value)
{
	const struct idtr ours = { .limit = sizeof idt - 1, .base = (uintptr_t)idt };
	struct idtr in_force;
	uint64_t flags;
	bool done;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	__asm__ volatile("sidt %0" : "=m"(in_force));
	make_idt(&in_force);
	__asm__ volatile("lidt %0" : : "m"(ours) : "memory");
	done = msr_try(msr, value);
	__asm__ volatile("lidt %0" : : "m"(in_force) : "memory");
	if (flags & FLAG_INTERRUPTS)
		__asm__ volatile("sti" : : : "memory");
	return done;
}
