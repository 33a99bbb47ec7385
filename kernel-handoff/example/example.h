/* SPDX-License-Identifier: MIT */
/* What the files of the example kernel share: where it is linked, the processor's instructions that C has no words for, and each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Physical 0x200000 is mapped at virtual 0xffffffff80200000; example.ld has the same number. */
#define KERNEL_OFFSET 0xffffffff80000000ull

/* start.S: the processor as the loader left it, noted before anything else ran. start.S knows the offsets. */
struct entry_state {
	uint64_t rax, rbx, rcx, rdx, rsi, rbp, rsp, flags, tsc;
};

/* print.c: to COM1, the debug console and, once it is known, the screen. %s %c %u %x %lu %lx are understood. */
struct mkboot_screen;
void print_start(void);
void print_use_screen(const struct mkboot_screen *screen);
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/* fault.c: our own GDT and IDT. An exception that no probe expects is printed and ends the kernel. */
void fault_start(void);

/* traps.S: tries one access and returns PROBE_DONE, or the error code of the page fault that it met (Intel SDM vol. 3, 4.7). */
enum { PROBE_DONE = -1, FAULT_PRESENT = 1, FAULT_WRITE = 2, FAULT_FETCH = 16 };
int64_t probe_read(uint64_t address);
int64_t probe_write(uint64_t address); /* writes back the byte that is there */
int64_t probe_run(uint64_t address);   /* calls the address: a RET should be there */

/* main.c */
__attribute__((noreturn)) void example_main(const struct entry_state *entry, uint64_t handoff);
__attribute__((noreturn)) void example_fail(const char *why);

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint64_t read_msr(uint32_t number)
{
	uint32_t low, high;
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
	return (uint64_t)high << 32 | low;
}

#define READ_CONTROL_REGISTER(name)                                                                                                        \
	({                                                                                                                                 \
		uint64_t control_value;                                                                                                    \
		__asm__ volatile("mov %%" name ", %0" : "=r"(control_value));                                                              \
		control_value;                                                                                                             \
	})
