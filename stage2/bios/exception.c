/* SPDX-License-Identifier: MIT */
/* The exception screen. */
#include "stage2/bios/exception.h"

#include "core/base/span.h"
#include "core/base/stack_guard.h"
#include "flow/flow.h"
#include "stage2/bios/cpu.h"
#include "stage2/bios/memory-map.h"
#include "stage2/bios/thunk.h"
#include "stage2/pc/idt.h"

enum { ENTRY_BYTES = 16, BACKTRACE_MAX = 16, PAGE_FAULT = 14 };

extern const uint8_t exception_entries[];
extern struct idtr bios_idtr;

struct idtr bios_idtr; /* the thunk loads it again after each firmware call */
static uint8_t idt[IDT_EXCEPTIONS * IDT_GATE_BYTES] __attribute__((aligned(IDT_GATE_BYTES)));
static struct platform *reporting_platform;

void exception_init(struct platform *platform)
{
	reporting_platform = platform;
	for (unsigned i = 0; i < IDT_EXCEPTIONS; i++)
		idt_put_gate(idt + IDT_GATE_BYTES * i, (uintptr_t)exception_entries + (uint64_t)ENTRY_BYTES * i, SELECTOR_CODE64);
	bios_idtr = (struct idtr){ .limit = sizeof idt - 1, .base = (uintptr_t)idt };
	__asm__ volatile("lidt %0" : : "m"(bios_idtr));
}

static _Noreturn void stop(void)
{
	boot_stop(reporting_platform, reporting_platform->on_failure);
	__builtin_unreachable();
}

/* Whatever made the first exception may do so again: the firmware is not called any more. */
static _Noreturn void stop_at_once(void)
{
	struct platform *platform = reporting_platform;

	platform->ops->stop(platform, platform->on_failure == STOP_REBOOT ? STOP_REBOOT : STOP_HALT);
	__builtin_unreachable();
}

/* Return addresses along the chain of frame pointers, as long as it leads upwards within our stack. */
static void print_backtrace(struct sink *console, uint64_t frame_pointer)
{
	const uint64_t stack_start = loader_work + WORK_ARENA_END, stack_end = loader_work + WORK_STACK_TOP;

	print(console, "called from:");
	for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
		const uint64_t *frame = low_memory((uint32_t)frame_pointer);

		if (frame_pointer < stack_start || frame_pointer > stack_end - 16 || frame_pointer % 8 != 0)
			break;
		print(console, " %lx", frame[1]);
		if (frame[0] <= frame_pointer)
			break;
		frame_pointer = frame[0];
	}
	print(console, "\n");
}

_Noreturn void exception_report(const struct exception_frame *frame)
{
	static bool reporting;
	struct sink *console = reporting_platform->console;
	uint64_t fault_address;

	if (reporting)
		stop_at_once(); /* an exception while reporting one */
	reporting = true;
	__asm__ volatile("mov %%cr2, %0" : "=r"(fault_address));
	print(console, "\nmkboot: error: exception %lu in the loader, error code %lx: this is a bug of mkboot\n", frame->vector,
	      frame->error_code);
	if (frame->vector == PAGE_FAULT)
		print(console, "address %lx\n", fault_address);
	print(console, "rip %016lx rsp %016lx flags %lx\n", frame->rip, frame->rsp, frame->rflags);
	print(console, "rax %016lx rbx %016lx rcx %016lx\n", frame->rax, frame->rbx, frame->rcx);
	print(console, "rdx %016lx rsi %016lx rdi %016lx\n", frame->rdx, frame->rsi, frame->rdi);
	print(console, "rbp %016lx r8  %016lx r9  %016lx\n", frame->rbp, frame->r8, frame->r9);
	print(console, "r10 %016lx r11 %016lx r12 %016lx\n", frame->r10, frame->r11, frame->r12);
	print(console, "r13 %016lx r14 %016lx r15 %016lx\n", frame->r13, frame->r14, frame->r15);
	print_backtrace(console, frame->rbp);
	stop();
}

_Noreturn void __stack_chk_fail(void)
{
	print(reporting_platform->console, "\nmkboot: error: the stack of the loader is damaged: this is a bug of mkboot\n");
	print_backtrace(reporting_platform->console, (uintptr_t)__builtin_frame_address(0));
	stop();
}
