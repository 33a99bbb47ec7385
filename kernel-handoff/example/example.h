/* SPDX-License-Identifier: MIT */
/* What the files of the example kernel share: the processor's instructions that C has no words for, and each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mkboot_handoff;
struct mkboot_request;
struct mkboot_screen;

enum { PAGE_BYTES = 4096 };

/* start.S: the processor as the loader left it, noted before anything else ran. start.S knows the offsets. */
struct entry_state {
	uint64_t rax, rbx, rcx, rdx, rsi, rbp, rsp, flags, tsc;
	uint64_t r8_to_r15[8];
};

/* As LGDT, SGDT and their kin have it. */
struct __attribute__((packed)) table_pointer {
	uint16_t limit;
	uint64_t base;
};

/* main.c */
extern const struct mkboot_handoff *handoff;
__attribute__((noreturn)) void example_main(const struct entry_state *entry, uint64_t handoff_physical);
__attribute__((noreturn)) void example_fail(const char *why);
void check(bool ok, const char *what); /* prints it; one that fails is the end of the story, but not the end of the checks */

/* request.c: what the loader was asked for. */
const struct mkboot_request *request_get(void);

/* print.c: to COM1, the debug console and, once it is known, the screen. %s %c %u %x %lu %lx are understood. */
void print_start(void);
void print_use_screen(const struct mkboot_screen *screen);
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/* memory.c: the memory ranges of the hand-off. */
bool lies_in(uint64_t start, uint64_t bytes, uint32_t type); /* all of it in one range of this type */
bool is_ram_at(uint64_t address);
bool string_is_sound(uint64_t start); /* a string with its NUL, in the loader's memory */
void show_memory(void);

/* firmware.c: ACPI's processors and UEFI. */
void show_firmware(void);
void show_cpus(void);

/* kernel.c: our own segments. */
void show_kernel(void);
bool bss_is_zero(void);

/* pages.c: the page tables in force. */
struct page {
	uint64_t physical; /* of the address that was asked for */
	uint64_t bytes;    /* of the page that it is in */
	bool writable, executable;
};

bool page_at(uint64_t virtual, struct page *page); /* false: nothing is mapped there */

/* fault.c: our own GDT and IDT. An exception that no probe expects is printed and ends the kernel. */
void fault_start(void);

/* traps.S: tries one access and returns PROBE_DONE, or the error code of the page fault that it met (Intel SDM vol. 3, 4.7). */
enum { PROBE_DONE = -1, FAULT_PRESENT = 1, FAULT_WRITE = 2, FAULT_FETCH = 16 };
int64_t probe_read(uint64_t address);
int64_t probe_write(uint64_t address); /* writes back the byte that is there */
int64_t probe_run(uint64_t address);   /* calls the address: a RET should be there */

/* Physical memory is mapped one to one. */
static inline const void *at(uint64_t physical)
{
	return (const void *)physical;
}

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

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid read_cpuid(uint32_t leaf)
{
	struct cpuid answer;
	__asm__("cpuid" : "=a"(answer.eax), "=b"(answer.ebx), "=c"(answer.ecx), "=d"(answer.edx) : "a"(leaf), "c"(0));
	return answer;
}

#define READ_CONTROL_REGISTER(name)                                                                                                        \
	({                                                                                                                                 \
		uint64_t control_value;                                                                                                    \
		__asm__ volatile("mov %%" name ", %0" : "=r"(control_value));                                                              \
		control_value;                                                                                                             \
	})
