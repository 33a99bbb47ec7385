/* SPDX-License-Identifier: MIT */
/* The example kernel: prints what the loader handed over, checks every promise of <mkboot/handoff.h>, and stops. */
#include "example.h"

#include <mkboot/handoff.h>

enum {
	PAGE_BYTES = 4096,
	STACK_BYTES_MIN = 16 * 1024,
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
#define EFER_LME_LMA_NXE 0xd00ull

/* From example.ld. */
extern const uint8_t text_start[], text_end[], rodata_start[], rodata_end[], data_start[], data_end[], bss_start[], bss_end[], kernel_end[];

static const struct {
	const char *name, *permissions;
	const uint8_t *start, *end;
} segments[] = {
	{ ".text", "R-X", text_start, text_end },
	{ ".rodata", "R--", rodata_start, rodata_end },
	{ ".data and .bss", "RW-", data_start, data_end },
};

enum { RET = 0xc3 };
static const uint8_t code_in_rodata[] = { RET };
static uint8_t code_in_data[] = { RET }, code_in_bss[1];
static const struct mkboot_handoff *handoff;
static bool exit_qemu; /* the command line says so */
static unsigned checks_passed;
static const char *first_failure;

static const void *at(uint64_t physical)
{
	return (const void *)physical; /* mapped one to one */
}

static uint64_t physical_of(const void *linked)
{
	return (uint64_t)linked - KERNEL_OFFSET;
}

static void check(bool ok, const char *what)
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

/* --- memory ranges -------------------------------------------------------------------------------------------------------------------- */

static const struct mkboot_memory_range *range_at(uint32_t i)
{
	return (const struct mkboot_memory_range *)at(handoff->memory_ranges) + i;
}

static bool lies_in(uint64_t start, uint64_t bytes, uint32_t type)
{
	for (uint32_t i = 0; i < handoff->memory_range_count; i++) {
		const struct mkboot_memory_range *range = range_at(i);
		if (range->type == type && range->start <= start && start - range->start <= range->bytes &&
		    bytes <= range->bytes - (start - range->start))
			return true;
	}
	return false;
}

static bool string_is_sound(uint64_t start)
{
	for (uint64_t end = start; lies_in(end, 1, MKBOOT_MEMORY_LOADER); end++)
		if (*(const char *)at(end) == 0)
			return lies_in(start, end - start + 1, MKBOOT_MEMORY_LOADER);
	return false;
}

static const char *type_name(uint32_t type)
{
	static const char *const firmware_names[] = { "unknown", "RAM", "reserved", "ACPI", "NVS", "bad" };
	static const char *const loader_names[] = { "kernel", "module", "loader" };

	if (type >= MKBOOT_MEMORY_KERNEL && type <= MKBOOT_MEMORY_LOADER)
		return loader_names[type - MKBOOT_MEMORY_KERNEL];
	return firmware_names[type <= MKBOOT_MEMORY_BAD ? type : 0];
}

static bool is_ram(uint32_t type)
{
	return type == MKBOOT_MEMORY_RAM || (type >= MKBOOT_MEMORY_KERNEL && type <= MKBOOT_MEMORY_LOADER);
}

static void show_memory(void)
{
	bool sorted = handoff->memory_range_count > 0, mapped = true;
	uint64_t last_end = 0;

	for (uint32_t i = 0; i < handoff->memory_range_count; i++) {
		const struct mkboot_memory_range *range = range_at(i);
		print("example: memory 0x%lx to 0x%lx %s\n", range->start, range->start + range->bytes, type_name(range->type));
		sorted = sorted && range->bytes > 0 && range->start >= last_end && range->start <= UINT64_MAX - range->bytes;
		last_end = range->start + range->bytes;
		if (is_ram(range->type))
			mapped = mapped && probe_read(range->start) == PROBE_DONE && probe_read(last_end - 1) == PROBE_DONE;
	}
	check(sorted, "the memory ranges are sorted and do not overlap");
	check(mapped, "all RAM is mapped one to one");
	check(probe_read(0) == PROBE_DONE && probe_read(0xffffffff) == PROBE_DONE, "the first 4 GiB are mapped one to one");
	check(lies_in(physical_of(text_start), (uint64_t)(text_end - text_start), MKBOOT_MEMORY_KERNEL) &&
		      lies_in(physical_of(rodata_start), (uint64_t)(rodata_end - rodata_start), MKBOOT_MEMORY_KERNEL) &&
		      lies_in(physical_of(data_start), (uint64_t)(kernel_end - data_start), MKBOOT_MEMORY_KERNEL),
	      "the kernel's segments lie in kernel memory");
}

/* --- the hand-off --------------------------------------------------------------------------------------------------------------------- */

static bool structures_are_sound(const struct entry_state *entry)
{
	return lies_in((uint64_t)handoff, handoff->bytes, MKBOOT_MEMORY_LOADER) &&
	       lies_in(handoff->memory_ranges, handoff->memory_range_count * sizeof(struct mkboot_memory_range), MKBOOT_MEMORY_LOADER) &&
	       (handoff->module_count == 0 ||
		lies_in(handoff->modules, handoff->module_count * sizeof(struct mkboot_module), MKBOOT_MEMORY_LOADER)) &&
	       lies_in(handoff->page_table_root, PAGE_BYTES, MKBOOT_MEMORY_LOADER) &&
	       lies_in(entry->rsp + 8 - STACK_BYTES_MIN, STACK_BYTES_MIN, MKBOOT_MEMORY_LOADER);
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
	print("example: kernel at physical 0x%lx, virtual 0x%lx; page tables at 0x%lx\n", handoff->kernel_physical, handoff->kernel_virtual,
	      handoff->page_table_root);
	check(handoff->firmware == MKBOOT_FIRMWARE_BIOS || handoff->firmware == MKBOOT_FIRMWARE_UEFI, "the firmware is a known one");
	check(handoff->rsdp == 0 || *(const uint64_t *)at(handoff->rsdp) == 0x2052545020445352, "the RSDP begins with \"RSD PTR \"");
	check(handoff->tsc_at_start <= entry->tsc, "the loader began before us");
}

/* --- the firmware --------------------------------------------------------------------------------------------------------------------- */

/* EFI_MEMORY_DESCRIPTOR (UEFI specification 2.10, section 7.2.3). */
struct efi_descriptor {
	uint32_t type, reserved;
	uint64_t start, virtual_start, pages, attributes;
};

/* EFI_MEMORY_TYPE: the loader's and boot services' memory, and what is free. All of it is RAM now. */
static bool efi_type_is_ram(uint32_t type)
{
	return (type >= 1 && type <= 4) || type == 7;
}

static bool range_is_ram(uint64_t at)
{
	for (uint32_t i = 0; i < handoff->memory_range_count; i++)
		if (range_at(i)->start <= at && at - range_at(i)->start < range_at(i)->bytes)
			return is_ram(range_at(i)->type);
	return false;
}

static bool efi_map_agrees(void)
{
	uint64_t bytes = handoff->efi_memory_map_bytes, step = handoff->efi_descriptor_bytes;

	if (step < sizeof(struct efi_descriptor) || bytes == 0 || bytes % step != 0 || handoff->efi_descriptor_version != 1 ||
	    !lies_in(handoff->efi_memory_map, bytes, MKBOOT_MEMORY_LOADER))
		return false;
	for (uint64_t offset = 0; offset < bytes; offset += step) {
		const struct efi_descriptor *descriptor = at(handoff->efi_memory_map + offset);
		uint64_t last = descriptor->start + descriptor->pages * PAGE_BYTES - 1;
		bool ram = efi_type_is_ram(descriptor->type);

		if (range_is_ram(descriptor->start) != ram || range_is_ram(last) != ram)
			return false;
	}
	return true;
}

static void show_firmware(void)
{
	const struct mkboot_screen *screen = &handoff->screen;
	uint64_t last = screen->start + (uint64_t)screen->pitch_bytes * screen->height - 1;

	print("example: EFI memory map at 0x%lx: %lu bytes, descriptors of %u bytes, version %u\n", handoff->efi_memory_map,
	      handoff->efi_memory_map_bytes, handoff->efi_descriptor_bytes, handoff->efi_descriptor_version);
	if (handoff->firmware == MKBOOT_FIRMWARE_UEFI) {
		check(*(const uint64_t *)at(handoff->efi_system_table) == 0x5453595320494249, "the system table begins with \"IBI SYST\"");
		check(efi_map_agrees(), "the EFI memory map and the memory ranges agree");
	} else {
		check(handoff->efi_system_table == 0 && handoff->efi_memory_map == 0 && handoff->efi_memory_map_bytes == 0,
		      "there is nothing of EFI on a BIOS");
	}
	if (screen->kind == MKBOOT_SCREEN_LINEAR)
		check(probe_write(screen->start) == PROBE_DONE && probe_write(last) == PROBE_DONE, "the screen is mapped, and writable");
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

/* --- the processor and our own segments ----------------------------------------------------------------------------------------------- */

static void check_entry(const struct entry_state *entry)
{
	uint64_t cr0 = READ_CONTROL_REGISTER("cr0"), cr4 = READ_CONTROL_REGISTER("cr4"), efer = read_msr(MSR_EFER);

	print("example: CR0 0x%lx, CR3 0x%lx, CR4 0x%lx, EFER 0x%lx, flags 0x%lx, RSP 0x%lx\n", cr0, READ_CONTROL_REGISTER("cr3"), cr4,
	      efer, entry->flags, entry->rsp);
	check((entry->rax | entry->rbx | entry->rcx | entry->rdx | entry->rsi | entry->rbp) == 0, "the other registers were zero");
	check((entry->rsp + 8) % 16 == 0 && *(const uint64_t *)at(entry->rsp) == 0, "the stack was aligned, with a return address of 0");
	check((entry->flags & (FLAG_INTERRUPTS | FLAG_DIRECTION)) == 0, "interrupts were off and the direction flag clear");
	check((cr0 & CR0_PE_WP_PG) == CR0_PE_WP_PG, "paging and CR0.WP are on");
	check((cr4 & CR4_PAE) == CR4_PAE && (efer & EFER_LME_LMA_NXE) == EFER_LME_LMA_NXE, "long mode and EFER.NXE are on");
	check(READ_CONTROL_REGISTER("cr3") == handoff->page_table_root, "CR3 is the page table root of the hand-off");
}

static void check_segments(void)
{
	bool same = true;

	for (unsigned i = 0; i < sizeof segments / sizeof segments[0]; i++) {
		const uint8_t *linked = segments[i].start, *physical = at(physical_of(linked));
		uint64_t bytes = (uint64_t)(segments[i].end - segments[i].start);

		print("example: %s %s at physical 0x%lx, virtual 0x%lx, %lu bytes\n", segments[i].permissions, segments[i].name,
		      (uint64_t)physical, (uint64_t)linked, bytes);
		for (uint64_t n = 0; n < bytes && same; n++)
			same = linked[n] == physical[n];
	}
	check(same, "each segment is at its physical address too");
	check(handoff->kernel_physical == physical_of(text_start) && handoff->kernel_virtual == (uint64_t)text_start,
	      "the hand-off names the addresses of the kernel");
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
	check(probe_run(data - KERNEL_OFFSET) == (FAULT_PRESENT | FAULT_FETCH), "running memory that is mapped one to one faults");
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

static bool bss_is_zero(void)
{
	for (const uint8_t *p = bss_start; p < bss_end; p++)
		if (*p != 0)
			return false;
	return true;
}

void example_main(const struct entry_state *entry, uint64_t handoff_physical)
{
	bool bss_was_zero = bss_is_zero();        /* before anything of ours is in it */
	bool had_segments = segments_are_valid(); /* before they are replaced by ours */
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
	show_firmware();
	show_modules();
	check(bss_was_zero, ".bss was zero");
	check(had_segments, "the segment registers belonged to a valid GDT");
	check_entry(entry);
	check_segments();
	check_permissions();

	if (first_failure)
		example_fail(first_failure);
	print("example: all %u checks passed\n", checks_passed);
	stop();
}
