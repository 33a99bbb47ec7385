/* SPDX-License-Identifier: MIT */
/*
 * Makes a verdict kernel one of the many that map little before they look at what they were handed: linked in, it takes the place of the
 * two functions in machine.c that do nothing. 32 bits only. What lies outside faults, and there is no verdict.
 */
#include "machine.h"

enum { LARGE_PAGE_BYTES = 4 << 20, PRESENT = 1, WRITABLE = 2, LARGE = 0x80, CR4_PSE = 1 << 4 };

#define CR0_PG 0x80000000u

static uint32_t page_directory[1024] __attribute__((aligned(4096)));

/* The segments are loaded again from the GDT that is there: kernels do so before they have one of their own. */
void map_little(void)
{
	uint32_t value;

	page_directory[0] = PRESENT | WRITABLE | LARGE; /* one to one */
	__asm__ volatile("mov %%cr4, %0\n\t"
			 "or %1, %0\n\t"
			 "mov %0, %%cr4\n\t"
			 "mov %2, %%cr3\n\t"
			 "mov %%cr0, %0\n\t"
			 "or %3, %0\n\t"
			 "mov %0, %%cr0\n\t"
			 "mov %%ds, %0\n\t"
			 "mov %0, %%ds\n\t"
			 "mov %0, %%es\n\t"
			 "mov %%ss, %0\n\t"
			 "mov %0, %%ss"
			 : "=&r"(value)
			 : "i"(CR4_PSE), "r"(page_directory), "i"(CR0_PG)
			 : "memory");
	report_hex("mapped.bytes", LARGE_PAGE_BYTES);
}

void map_all(void)
{
	uint32_t value;

	__asm__ volatile("mov %%cr0, %0\n\t"
			 "and %1, %0\n\t"
			 "mov %0, %%cr0"
			 : "=&r"(value)
			 : "i"(~CR0_PG)
			 : "memory");
}
