/* SPDX-License-Identifier: MIT */
/* Where we are, in which pages, and what may be done there. */
#include "example.h"

#include <mkboot/handoff.h>

enum { KIB_4, MIB_2, GIB_1, PAGE_SIZES };

/* From example.ld and example-pie.ld. */
extern const uint8_t text_start[], text_end[], rodata_start[], rodata_end[], data_start[], data_end[], bss_start[], bss_end[], kernel_end[];

/* Pointers in constants: those of a position-independent kernel have been relocated by the loader. */
static const struct segment {
	const char *name, *permissions;
	const uint8_t *start, *end;
	bool writable, executable;
} segments[] = {
	{ ".text", "R-X", text_start, text_end, false, true },
	{ ".rodata", "R--", rodata_start, rodata_end, false, false },
	{ ".data and .bss", "RW-", data_start, data_end, true, false },
};

enum { SEGMENTS = sizeof segments / sizeof segments[0], RET = 0xc3 };

static const uint8_t code_in_rodata[] = { RET };
static uint8_t code_in_data[] = { RET }, code_in_bss[1];
static const void *self = &self;

bool bss_is_zero(void)
{
	for (const uint8_t *p = bss_start; p < bss_end; p++)
		if (*p != 0)
			return false;
	return true;
}

static uint64_t physical_of(const void *linked)
{
	struct page page;

	return page_at((uint64_t)linked, &page) ? page.physical : 0;
}

struct page_counts {
	uint64_t of[PAGE_SIZES];
};

/* Counts the pages from `start` on, which show memory from `physical` on; false if one is not as it should be. */
static bool count_pages(uint64_t start, uint64_t end, uint64_t physical, bool writable, bool executable, struct page_counts *counts)
{
	struct page page;

	*counts = (struct page_counts){ { 0 } };
	for (uint64_t virtual = start; virtual < end; virtual = (virtual | (page.bytes - 1)) + 1) {
		if (!page_at(virtual, &page) || page.physical != physical + (virtual - start) || page.writable != writable ||
		    page.executable != executable)
			return false;
		counts->of[page.bytes == 1ull << 12 ? KIB_4 : page.bytes == 1ull << 21 ? MIB_2 : GIB_1]++;
	}
	return true;
}

static void show_segments(void)
{
	bool same = true, mapped = true, kernel_memory = true;

	for (unsigned i = 0; i < SEGMENTS; i++) {
		const struct segment *segment = &segments[i];
		uint64_t linked = (uint64_t)segment->start, bytes = (uint64_t)(segment->end - segment->start);
		uint64_t physical = linked - handoff->kernel_virtual + handoff->kernel_physical;
		struct page_counts counts;

		mapped = mapped && count_pages(linked, linked + bytes, physical, segment->writable, segment->executable, &counts);
		kernel_memory = kernel_memory && lies_in(physical, bytes, MKBOOT_MEMORY_KERNEL);
		print("example: %s %s at physical 0x%lx, virtual 0x%lx, %lu bytes\n", segment->permissions, segment->name, physical, linked,
		      bytes);
		if (mapped)
			print("example: %s in pages: %lu of 4 KiB, %lu of 2 MiB, %lu of 1 GiB\n", segment->name, counts.of[KIB_4],
			      counts.of[MIB_2], counts.of[GIB_1]);
		for (uint64_t n = 0; n < bytes && same; n++)
			same = segment->start[n] == ((const uint8_t *)at(physical))[n];
	}
	check(mapped, "each segment is mapped to its memory with its permissions");
	check(same, "each segment is at its physical address too");
	check(kernel_memory && lies_in(physical_of(data_start), (uint64_t)(kernel_end - data_start), MKBOOT_MEMORY_KERNEL),
	      "the kernel's segments lie in kernel memory");
}

/* Our segments and one page of the loader's code are the only memory that is not just data. */
static bool is_identity(uint64_t virtual, const struct page *page, unsigned *loader_pages)
{
	if (page->physical != virtual)
		return false;
	if (page->writable && !page->executable)
		return true;
	*loader_pages +=
		lies_in(virtual, PAGE_BYTES, MKBOOT_MEMORY_LOADER) && page->executable && !page->writable && page->bytes == PAGE_BYTES;
	return true;
}

static void show_identity(void)
{
	struct page_counts counts = { { 0 } };
	unsigned loader_pages = 0, others = 0;
	bool mapped = true;
	struct page page;

	for (uint64_t virtual = 0; virtual < 1ull << 32 && mapped; virtual += page.bytes) {
		mapped = page_at(virtual, &page) && is_identity(virtual, &page, &loader_pages);
		if (!mapped)
			break;
		others += !page.writable || page.executable;
		counts.of[page.bytes == 1ull << 12 ? KIB_4 : page.bytes == 1ull << 21 ? MIB_2 : GIB_1]++;
	}
	print("example: the first 4 GiB in pages: %lu of 4 KiB, %lu of 2 MiB, %lu of 1 GiB\n", counts.of[KIB_4], counts.of[MIB_2],
	      counts.of[GIB_1]);
	check(mapped, "the first 4 GiB are mapped one to one");
	check(loader_pages == others && others == 1, "they are writable and not executable, but for one page of the loader's");
}

/* Nothing can be both written and run. */
static void check_permissions(void)
{
	uint64_t text = (uint64_t)text_start, rodata = (uint64_t)code_in_rodata, data = (uint64_t)code_in_data;

	code_in_bss[0] = RET;
	check(probe_write(text) == (FAULT_PRESENT | FAULT_WRITE), "writing to .text faults");
	check(probe_write(rodata) == (FAULT_PRESENT | FAULT_WRITE), "writing to .rodata faults");
	check(probe_run(rodata) == (FAULT_PRESENT | FAULT_FETCH), "running .rodata faults");
	check(probe_write(data) == PROBE_DONE, "writing to .data works");
	check(probe_run(data) == (FAULT_PRESENT | FAULT_FETCH), "running .data faults");
	check(probe_run((uint64_t)code_in_bss) == (FAULT_PRESENT | FAULT_FETCH), "running .bss faults");
	check(probe_run(physical_of(code_in_data)) == (FAULT_PRESENT | FAULT_FETCH), "running memory that is mapped one to one faults");
}

void show_kernel(void)
{
	bool is_random = (handoff->kernel_flags & MKBOOT_KERNEL_RANDOM) != 0;

	print("example: kernel at physical 0x%lx, virtual 0x%lx; page tables at 0x%lx\n", handoff->kernel_physical, handoff->kernel_virtual,
	      handoff->page_table_root);
	print("example: our addresses are %s ones, 0x%lx above those of the file\n", is_random ? "random" : "fixed",
	      handoff->kernel_offset);
	check(handoff->kernel_physical == physical_of(text_start) && handoff->kernel_virtual == (uint64_t)text_start,
	      "the hand-off names the addresses of the kernel");
	/* One that is position-independent is linked at 0, by example-pie.ld. */
	check(handoff->kernel_offset == 0 || handoff->kernel_offset == (uint64_t)text_start, "and how far they are from those of the file");
	check(self == &self, "pointers point to where we are");
	show_segments();
	show_identity();
	check_permissions();
}
