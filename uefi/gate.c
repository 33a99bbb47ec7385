/* SPDX-License-Identifier: MIT */
/* FS base and interrupts around calls of libraries. */
#include "uefi/gate.h"

#include <stdalign.h>

enum { MSR_FS_BASE = 0xC0000100 };

struct efi_gate {
	struct library_gate gate;
	uint64_t fs_base, flags;
	alignas(16) uint64_t block[8]; /* the guard is at 28h */
};

static uint64_t read_fs_base(void)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_FS_BASE));
	return (uint64_t)high << 32 | low;
}

static void write_fs_base(uint64_t base)
{
	__asm__ volatile("wrmsr" : : "c"(MSR_FS_BASE), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)));
}

static void enter(struct library_gate *gate)
{
	struct efi_gate *efi_gate = (struct efi_gate *)gate;

	__asm__ volatile("pushfq\n\tpopq %0\n\tcli" : "=r"(efi_gate->flags) : : "memory");
	efi_gate->fs_base = read_fs_base();
	write_fs_base((uintptr_t)efi_gate->block);
}

static void leave(struct library_gate *gate)
{
	struct efi_gate *efi_gate = (struct efi_gate *)gate;

	write_fs_base(efi_gate->fs_base);
	__asm__ volatile("pushq %0\n\tpopfq" : : "r"(efi_gate->flags) : "memory", "cc");
}

struct library_gate *efi_library_gate(void)
{
	static struct efi_gate gate = { .gate = { .enter = enter, .leave = leave } };

	return &gate.gate;
}
