/* SPDX-License-Identifier: MIT */
/* The example kernel: prints what the loader handed over, checks every promise of <mkboot/handoff.h>, and stops. */
#include "example.h"

#include <mkboot/handoff.h>

enum {
	/* QEMU's isa-debug-exit ends QEMU with the status (value << 1) | 1: 33 and 35. */
	QEMU_EXIT_PORT = 0xf4,
	QEMU_EXIT_PASSED = 0x10,
	QEMU_EXIT_FAILED = 0x11,
	FLAG_INTERRUPTS = 1 << 9,
	FLAG_DIRECTION = 1 << 10,
	MSR_EFER = 0xc0000080u,
};

#define CR0_PE_WP_PG     0x80010001ull
#define CR4_PAE          0x20ull
#define CR4_LA57         0x1000ull
#define EFER_LME_LMA_NXE 0xd00ull

const struct mkboot_handoff *handoff;
static bool exit_qemu; /* the command line says so */
static unsigned checks_passed;
static const char *first_failure;

void check(bool ok, const char *what)
{
	print("example: %s: %s\n", what, ok ? "yes" : "NO");
	if (ok)
		checks_passed++;
	else if (!first_failure)
		first_failure = what;
}

static bool has_word(const char *line, const char *word)
{
	while (*line) {
		unsigned i = 0;
		while (word[i] && line[i] == word[i])
			i++;
		if (!word[i] && (line[i] == ' ' || !line[i]))
			return true;
		while (*line && *line != ' ')
			line++;
		while (*line == ' ')
			line++;
	}
	return false;
}

__attribute__((noreturn)) static void stop(void)
{
	if (exit_qemu)
		out8(QEMU_EXIT_PORT, first_failure ? QEMU_EXIT_FAILED : QEMU_EXIT_PASSED);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void example_fail(const char *why)
{
	first_failure = why;
	print("example: FAILED: %s\n", why);
	stop();
}

/* --- the hand-off --------------------------------------------------------------------------------------------------------------------- */

static bool structures_are_sound(const struct entry_state *entry)
{
	return lies_in((uint64_t)handoff, handoff->bytes, MKBOOT_MEMORY_LOADER) &&
	       lies_in(handoff->memory_ranges, handoff->memory_range_count * sizeof(struct mkboot_memory_range), MKBOOT_MEMORY_LOADER) &&
	       (handoff->module_count == 0 ||
		lies_in(handoff->modules, handoff->module_count * sizeof(struct mkboot_module), MKBOOT_MEMORY_LOADER)) &&
	       lies_in(handoff->page_table_root, PAGE_BYTES, MKBOOT_MEMORY_LOADER) &&
	       lies_in(entry->rsp + 8 - request_get()->stack_bytes, request_get()->stack_bytes, MKBOOT_MEMORY_LOADER);
}

static void show_handoff(const struct entry_state *entry)
{
	const struct mkboot_screen *screen = &handoff->screen;

	print("example: hand-off at 0x%lx: version %u, %u bytes\n", (uint64_t)handoff, handoff->version, handoff->bytes);
	check(structures_are_sound(entry), "the loader's structures, page tables and stack lie in loader memory");
	check(string_is_sound(handoff->loader) && string_is_sound(handoff->command_line), "the strings lie in loader memory");
	if (first_failure)
		example_fail(first_failure); /* what follows reads them */
	exit_qemu = has_word(at(handoff->command_line), "qemu-exit");
	print("example: loader \"%s\"\n", (const char *)at(handoff->loader));
	print("example: command line \"%s\"\n", (const char *)at(handoff->command_line));
	print("example: screen kind %u at 0x%lx: %u x %u, %u bits, pitch %u, red %u:%u green %u:%u blue %u:%u\n", screen->kind,
	      screen->start, screen->width, screen->height, screen->bits_per_pixel, screen->pitch_bytes, screen->red_position,
	      screen->red_bits, screen->green_position, screen->green_bits, screen->blue_position, screen->blue_bits);
	print("example: RSDP 0x%lx, SMBIOS 0x%lx, EFI system table 0x%lx\n", handoff->rsdp, handoff->smbios, handoff->efi_system_table);
	print("example: firmware %s, boot drive 0x%x, boot partition %u\n", handoff->firmware == MKBOOT_FIRMWARE_UEFI ? "UEFI" : "BIOS",
	      handoff->boot_drive, handoff->boot_partition);
	print("example: time stamp counter 0x%lx when the loader began, 0x%lx at our entry\n", handoff->tsc_at_start, entry->tsc);
	check(handoff->firmware == MKBOOT_FIRMWARE_BIOS || handoff->firmware == MKBOOT_FIRMWARE_UEFI, "the firmware is a known one");
	check(handoff->rsdp == 0 || *(const uint64_t *)at(handoff->rsdp) == 0x2052545020445352, "the RSDP begins with \"RSD PTR \"");
	check(handoff->tsc_at_start <= entry->tsc, "the loader began before us");
}

/* The CRC-32 of gzip and zlib, by a table: a module can be large. */
static uint32_t crc32(const uint8_t *data, uint64_t bytes)
{
	static uint32_t table[256];
	uint32_t crc = 0xffffffff;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t row = i;
		for (unsigned bit = 0; bit < 8; bit++)
			row = (row >> 1) ^ (row & 1 ? 0xedb88320 : 0);
		table[i] = row;
	}
	for (uint64_t i = 0; i < bytes; i++)
		crc = (crc >> 8) ^ table[(crc ^ data[i]) & 0xff];
	return ~crc;
}

static void show_modules(void)
{
	const struct mkboot_module *modules = at(handoff->modules);
	bool sound = true;

	for (uint32_t i = 0; i < handoff->module_count; i++) {
		const struct mkboot_module *module = &modules[i];
		if (!string_is_sound(module->path) || !string_is_sound(module->arguments) ||
		    (module->bytes == 0
			     ? module->start != 0
			     : module->start % PAGE_BYTES != 0 || !lies_in(module->start, module->bytes, MKBOOT_MEMORY_MODULE))) {
			sound = false;
			continue;
		}
		print("example: module %u at 0x%lx, %lu bytes, CRC-32 0x%x: \"%s\" \"%s\"\n", i, module->start, module->bytes,
		      crc32(at(module->start), module->bytes), (const char *)at(module->path), (const char *)at(module->arguments));
	}
	print("example: %u modules\n", handoff->module_count);
	check(sound, "each module lies on pages of module memory");
}

/* --- the processor -------------------------------------------------------------------------------------------------------------------- */

static void check_entry(const struct entry_state *entry)
{
	uint64_t cr0 = READ_CONTROL_REGISTER("cr0"), cr4 = READ_CONTROL_REGISTER("cr4"), efer = read_msr(MSR_EFER);
	uint64_t others = entry->rax | entry->rbx | entry->rcx | entry->rdx | entry->rsi | entry->rbp;

	for (unsigned i = 0; i < sizeof entry->r8_to_r15 / sizeof *entry->r8_to_r15; i++)
		others |= entry->r8_to_r15[i];
	print("example: CR0 0x%lx, CR3 0x%lx, CR4 0x%lx, EFER 0x%lx, flags 0x%lx, RSP 0x%lx\n", cr0, READ_CONTROL_REGISTER("cr3"), cr4,
	      efer, entry->flags, entry->rsp);
	check(others == 0, "the other registers were zero");
	check((entry->rsp + 8) % 16 == 0 && *(const uint64_t *)at(entry->rsp) == 0, "the stack was aligned, with a return address of 0");
	check((entry->flags & (FLAG_INTERRUPTS | FLAG_DIRECTION)) == 0, "interrupts were off and the direction flag clear");
	check((cr0 & CR0_PE_WP_PG) == CR0_PE_WP_PG, "paging and CR0.WP are on");
	check((cr4 & (CR4_PAE | CR4_LA57)) == CR4_PAE && (efer & EFER_LME_LMA_NXE) == EFER_LME_LMA_NXE,
	      "long mode with 4 levels and EFER.NXE are on");
	check(READ_CONTROL_REGISTER("cr3") == handoff->page_table_root, "CR3 is the page table root of the hand-off");
}

/* Whether the loader's GDT, which is still in force, has a segment behind each selector. */
static bool segments_are_valid(void)
{
	bool cs, ds, es, fs, gs, ss;

	__asm__ volatile("mov %%cs, %%eax; verr %%ax" : "=@ccz"(cs) : : "eax");
	__asm__ volatile("mov %%ds, %%eax; verw %%ax" : "=@ccz"(ds) : : "eax");
	__asm__ volatile("mov %%es, %%eax; verw %%ax" : "=@ccz"(es) : : "eax");
	__asm__ volatile("mov %%fs, %%eax; verw %%ax" : "=@ccz"(fs) : : "eax");
	__asm__ volatile("mov %%gs, %%eax; verw %%ax" : "=@ccz"(gs) : : "eax");
	__asm__ volatile("mov %%ss, %%eax; verw %%ax" : "=@ccz"(ss) : : "eax");
	return cs && ds && es && fs && gs && ss;
}

/* The loader's tables, before they are replaced by ours. */
struct tables {
	struct table_pointer gdt, idt;
	bool segments_are_valid;
};

static struct tables note_tables(void)
{
	struct tables tables = { .segments_are_valid = segments_are_valid() };

	__asm__ volatile("sgdt %0" : "=m"(tables.gdt));
	__asm__ volatile("sidt %0" : "=m"(tables.idt));
	return tables;
}

static void check_tables(const struct tables *tables)
{
	check(tables->segments_are_valid, "the segment registers belonged to a valid GDT");
	check(lies_in(tables->gdt.base, tables->gdt.limit + 1u, MKBOOT_MEMORY_LOADER), "the GDT lay in loader memory");
	check(tables->idt.limit == 0, "there was no IDT");
}

void example_main(const struct entry_state *entry, uint64_t handoff_physical)
{
	bool bss_was_zero = bss_is_zero(); /* before anything of ours is in it */
	struct tables tables = note_tables();
	const struct mkboot_handoff *given = at(handoff_physical);

	print_start();
	print("example: the example kernel of mkboot\n");
	fault_start();
	if (probe_read(handoff_physical) != PROBE_DONE || given->magic != MKBOOT_HANDOFF_MAGIC)
		example_fail("RDI is not the address of a hand-off");
	if (given->version != MKBOOT_HANDOFF_VERSION || given->bytes < sizeof *given)
		example_fail("the hand-off has a version that we do not know");
	handoff = given;
	print_use_screen(&handoff->screen);

	show_handoff(entry);
	show_memory();
	show_kernel();
	show_firmware();
	show_cpus();
	show_modules();
	check(bss_was_zero, ".bss was zero");
	check_tables(&tables);
	check_entry(entry);

	if (first_failure)
		example_fail(first_failure);
	print("example: all %u checks passed\n", checks_passed);
	stop();
}
