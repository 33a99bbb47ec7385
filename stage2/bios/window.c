/* SPDX-License-Identifier: MIT */
/*
 * start.S has mapped the first 4 GiB one to one. What lies above is mapped when somebody wants it, one to one as well, by two page
 * directories: together they show any range of 1 GiB.
 */
#include "stage2/bios/window.h"

#include "stage2/bios/memory-map.h"
#include "stage2/bios/thunk.h"

#include <stddef.h>

enum { ENTRIES = 512, PAGE_BYTES = 4096, GIB_SHIFT = 30, LARGE_PAGE_SHIFT = 21, DIRECTORIES = 2 };
enum { PAGE_PRESENT_WRITE = 3, PAGE_LARGE = 1 << 7 };

static const uint64_t gib_4 = 1ull << 32;

/* Slot i shows the GiB `shown[i]`; 0: none. */
static _Alignas(PAGE_BYTES) uint64_t directory[DIRECTORIES][ENTRIES];
static uint64_t shown[DIRECTORIES];

static volatile uint64_t *pointer_table(void)
{
	return (volatile uint64_t *)(uintptr_t)(loader_work + WORK_PAGE_TABLES + PAGE_BYTES);
}

/* A neighbour has the other slot, since its number is odd where this one's is even. */
static void show(uint64_t gib)
{
	unsigned slot = gib % DIRECTORIES;

	if (shown[slot] == gib)
		return;
	if (shown[slot] != 0)
		pointer_table()[shown[slot]] = 0;
	for (unsigned i = 0; i < ENTRIES; i++)
		directory[slot][i] = gib << GIB_SHIFT | (uint64_t)i << LARGE_PAGE_SHIFT | PAGE_PRESENT_WRITE | PAGE_LARGE;
	pointer_table()[gib] = (uintptr_t)directory[slot] | PAGE_PRESENT_WRITE;
	shown[slot] = gib;
}

/* The processor forgets what the tables said before. */
static void reload_page_tables(void)
{
	uint64_t root;

	__asm__ volatile("mov %%cr3, %0\n\tmov %0, %%cr3" : "=r"(root) : : "memory");
}

void *window_fixed(uint64_t phys, uint64_t bytes)
{
	return phys < gib_4 && bytes <= gib_4 - phys ? (void *)(uintptr_t)phys : NULL;
}

void *window_open(uint64_t phys, uint64_t bytes)
{
	uint64_t first = phys >> GIB_SHIFT, last;

	if (phys < gib_4)
		return window_fixed(phys, bytes);
	if (bytes == 0 || bytes > UINT64_MAX - phys)
		return NULL;
	last = (phys + bytes - 1) >> GIB_SHIFT;
	if (last >= ENTRIES || last - first >= DIRECTORIES)
		return NULL;
	show(first);
	show(last);
	reload_page_tables();
	return (void *)(uintptr_t)phys;
}
