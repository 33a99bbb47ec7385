/* SPDX-License-Identifier: MIT */
/* Exceptions: the IDT, and what happens when one arrives. */
#include "example.h"

enum { EXCEPTIONS = 32, ENTRY_BYTES = 16, PAGE_FAULT = 14, CODE_SEGMENT = 0x08, INTERRUPT_GATE = 0x8E };

/* As traps.S and the processor push it. */
struct exception {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, flags, rsp, ss;
};

/* Intel SDM vol. 3, figure 6-8. */
struct gate {
	uint16_t offset_0, selector;
	uint8_t stack_table, type;
	uint16_t offset_16;
	uint32_t offset_32, reserved;
};

extern const uint8_t exception_entries[EXCEPTIONS * ENTRY_BYTES];
void gdt_load(void);
void exception(struct exception *frame);

/* Set by a probe of traps.S: where to go on after its page fault, and with which stack. */
uint64_t probe_resume, probe_stack;

static struct gate idt[EXCEPTIONS];

void fault_start(void)
{
	const struct table_pointer pointer = { sizeof idt - 1, (uint64_t)idt };

	for (unsigned i = 0; i < EXCEPTIONS; i++) {
		uint64_t entry = (uint64_t)&exception_entries[i * ENTRY_BYTES];
		idt[i] = (struct gate){
			.offset_0 = (uint16_t)entry,
			.selector = CODE_SEGMENT,
			.type = INTERRUPT_GATE,
			.offset_16 = (uint16_t)(entry >> 16),
			.offset_32 = (uint32_t)(entry >> 32),
		};
	}
	gdt_load();
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

void exception(struct exception *frame)
{
	if (frame->vector == PAGE_FAULT && probe_resume != 0) {
		frame->rax = frame->error;
		frame->rip = probe_resume;
		frame->rsp = probe_stack;
		return;
	}
	print("example: exception %lu, error code 0x%lx, at 0x%lx, stack 0x%lx, CR2 0x%lx\n", frame->vector, frame->error, frame->rip,
	      frame->rsp, READ_CONTROL_REGISTER("cr2"));
	example_fail("an exception that nobody expected");
}
