/* SPDX-License-Identifier: MIT */
/* Checks of control registers, segments, A20 and page tables. */
#include "machine.h"

enum {
	CR0_PE = 1 << 0,
	CR0_ET = 1 << 4, /* always set: it cannot be written */
	CR4_PAE = 1 << 5,
	FLAG_TRAP = 1 << 8,
	FLAG_INTERRUPTS = 1 << 9,
	FLAG_DIRECTION = 1 << 10,
	FLAG_VM = 1 << 17,
	EFER_LME = 1 << 8,
	EFER_LMA = 1 << 10,
	EFER_NXE = 1 << 11,
	TOP_WORD = -4, /* of 4 GiB: a flat segment reaches it, and the firmware is there */
};

#define CR0_PG   0x80000000u
#define MSR_EFER 0xc0000080u

#define READ_REGISTER(name)                                                                                                                \
	({                                                                                                                                 \
		unsigned long register_value;                                                                                              \
		__asm__ volatile("mov %%" name ", %0" : "=r"(register_value));                                                             \
		register_value;                                                                                                            \
	})

/* The 32 bits at `address`, read through a segment register. */
#define READ_THROUGH(segment, address)                                                                                                     \
	({                                                                                                                                 \
		uint32_t word_value;                                                                                                       \
		__asm__ volatile("mov %%" segment ":(%1), %0" : "=r"(word_value) : "r"((uintptr_t)(uint32_t)(address)));                   \
		word_value;                                                                                                                \
	})

static uint64_t efer_read(void)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER));
	return (uint64_t)high << 32 | low;
}

/* --- segments ------------------------------------------------------------------------------------------------------------------------- */

enum {
	DESCRIPTOR_PRESENT = 0x80,
	DESCRIPTOR_CODE_OR_DATA = 0x10,
	DESCRIPTOR_CODE = 0x08,
	DESCRIPTOR_WRITABLE_OR_READABLE = 0x02,
	DESCRIPTOR_GRANULAR = 0x80,
	DESCRIPTOR_32_BIT = 0x40,
	DESCRIPTOR_64_BIT = 0x20,
	DESCRIPTOR_TSS_BUSY = 0x0b,
};

static uint64_t gdt_base(uint16_t *limit)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uintptr_t base;
	} pointer;

	__asm__ volatile("sgdt %0" : "=m"(pointer));
	*limit = pointer.limit;
	return pointer.base;
}

/* The descriptor behind the selector is a flat segment of the kind: base 0, limit 4 GiB. */
static bool is_flat(uint16_t selector, bool code, uint8_t size_flag)
{
	uint16_t limit;
	uint64_t descriptor = gdt_base(&limit) + (selector & ~7u);
	uint8_t want = DESCRIPTOR_PRESENT | DESCRIPTOR_CODE_OR_DATA | DESCRIPTOR_WRITABLE_OR_READABLE | (code ? DESCRIPTOR_CODE : 0);

	if (selector < 8 || (selector & ~7u) + 7 > limit)
		return false;
	return (read8(descriptor + 5) & (want | DESCRIPTOR_CODE | 0x60)) == want && read16(descriptor) == 0xffff &&
	       read16(descriptor + 2) == 0 && read8(descriptor + 4) == 0 && read8(descriptor + 7) == 0 &&
	       (read8(descriptor + 6) & 0xef) == (DESCRIPTOR_GRANULAR | size_flag | 0x0f);
}

static void segments_check(uint8_t code_size_flag)
{
	uint16_t limit, cs = (uint16_t)READ_REGISTER("cs"), ds = (uint16_t)READ_REGISTER("ds"), es = (uint16_t)READ_REGISTER("es"),
			fs = (uint16_t)READ_REGISTER("fs"), gs = (uint16_t)READ_REGISTER("gs"), ss = (uint16_t)READ_REGISTER("ss");

	report_hex("entry.gdt", gdt_base(&limit));
	report_hex("entry.cs", cs);
	report_hex("entry.ds", ds);
	report_hex("entry.es", es);
	report_hex("entry.fs", fs);
	report_hex("entry.gs", gs);
	report_hex("entry.ss", ss);
	check(is_flat(cs, true, code_size_flag), "CS has no flat descriptor in the GDT");
	check(is_flat(ds, false, DESCRIPTOR_32_BIT), "DS has no flat descriptor in the GDT");
	check(is_flat(es, false, DESCRIPTOR_32_BIT), "ES has no flat descriptor in the GDT");
	check(is_flat(fs, false, DESCRIPTOR_32_BIT), "FS has no flat descriptor in the GDT");
	check(is_flat(gs, false, DESCRIPTOR_32_BIT), "GS has no flat descriptor in the GDT");
	check(is_flat(ss, false, DESCRIPTOR_32_BIT), "SS has no flat descriptor in the GDT");
}

/* What the processor holds, whatever the GDT says now. A segment that is too short faults here, and there is no verdict. */
static void hidden_segments_check(void)
{
	uint32_t here = (uint32_t)address_of(image_start), word = read32(here), top = READ_THROUGH("ds", TOP_WORD);

	check(READ_THROUGH("cs", here) == word && READ_THROUGH("cs", TOP_WORD) == top, "CS and DS have different bases");
	check(READ_THROUGH("es", here) == word && READ_THROUGH("es", TOP_WORD) == top, "ES and DS have different bases");
	check(READ_THROUGH("fs", here) == word && READ_THROUGH("fs", TOP_WORD) == top, "FS and DS have different bases");
	check(READ_THROUGH("gs", here) == word && READ_THROUGH("gs", TOP_WORD) == top, "GS and DS have different bases");
	check(READ_THROUGH("ss", here) == word && READ_THROUGH("ss", TOP_WORD) == top, "SS and DS have different bases");
}

void machine_check_linux_selectors(void)
{
	check(READ_REGISTER("cs") == 0x10, "CS is not 0x10");
	check(READ_REGISTER("ds") == 0x18 && READ_REGISTER("es") == 0x18 && READ_REGISTER("ss") == 0x18, "DS, ES and SS are not 0x18");
}

/* --- modes ---------------------------------------------------------------------------------------------------------------------------- */

/* With A20 off, an address and its neighbour 1 MiB away are the same memory. */
static bool a20_is_on(void)
{
	static volatile uint32_t probe;
	const volatile uint32_t *neighbour = (const volatile uint32_t *)((uintptr_t)&probe ^ 0x100000);

	for (uint32_t value = 0x12345678; value != 0x1234567a; value++) {
		probe = value;
		if (*neighbour != value)
			return true;
	}
	return false;
}

static void modes_report(uint64_t efer)
{
	report_hex("entry.cr0", READ_REGISTER("cr0"));
	report_hex("entry.cr3", READ_REGISTER("cr3"));
	report_hex("entry.cr4", READ_REGISTER("cr4"));
	report_hex("entry.efer", efer);
}

static void flags_check(const struct entry_state *entry)
{
	check((entry->flags & FLAG_INTERRUPTS) == 0, "interrupts were on");
	check((entry->flags & FLAG_DIRECTION) == 0, "the direction flag was set");
	check((entry->flags & (FLAG_TRAP | FLAG_VM)) == 0, "EFLAGS.TF or EFLAGS.VM was set");
}

void machine_check_protected(const struct entry_state *entry)
{
	uint64_t efer = efer_read();

	modes_report(efer);
	flags_check(entry);
	check((READ_REGISTER("cr0") & CR0_PE) != 0, "CR0.PE is clear");
	check((READ_REGISTER("cr0") & CR0_PG) == 0, "CR0.PG is set");
	check((READ_REGISTER("cr4") & CR4_PAE) == 0, "CR4.PAE is set");
	check((efer & (EFER_LME | EFER_LMA)) == 0, "EFER.LME or EFER.LMA is set");
	segments_check(DESCRIPTOR_32_BIT);
	hidden_segments_check();
	check(a20_is_on(), "A20 is off");
}

void machine_check_pvh(void)
{
	uint16_t limit, selector;
	uint64_t descriptor = gdt_base(&limit);

	__asm__ volatile("str %0" : "=r"(selector));
	report_hex("entry.tr", selector);
	check((READ_REGISTER("cr0") & ~(unsigned long)CR0_ET) == CR0_PE, "CR0 has more than PE");
	check(READ_REGISTER("cr4") == 0, "CR4 is not 0");
	require(selector >= 8 && (selector & 7) == 0 && selector + 7u <= limit, "TR has no descriptor in the GDT");
	descriptor += selector;
	check(read8(descriptor + 5) == (DESCRIPTOR_PRESENT | DESCRIPTOR_TSS_BUSY), "TR is not a 32-bit TSS in use");
	check(read16(descriptor) == 0x67 && (read8(descriptor + 6) & 0x8f) == 0, "the limit of the TSS is not 67h");
	check(read16(descriptor + 2) == 0 && read8(descriptor + 4) == 0 && read8(descriptor + 7) == 0, "the base of the TSS is not 0");
}

__attribute__((weak)) void map_little(void)
{
}

__attribute__((weak)) void map_all(void)
{
}

void machine_check_long(const struct entry_state *entry)
{
	uint64_t efer = efer_read();

	modes_report(efer);
	flags_check(entry);
	check((READ_REGISTER("cr0") & (CR0_PE | CR0_PG)) == (CR0_PE | CR0_PG), "CR0.PE or CR0.PG is clear");
	check((READ_REGISTER("cr4") & CR4_PAE) != 0, "CR4.PAE is clear");
	check((efer & (EFER_LME | EFER_LMA)) == (EFER_LME | EFER_LMA), "EFER.LME or EFER.LMA is clear");
	segments_check(DESCRIPTOR_64_BIT);
	check(a20_is_on(), "A20 is off");
}

/* --- page tables ---------------------------------------------------------------------------------------------------------------------- */

#define PAGE_ADDRESS 0x000ffffffffff000ull
#define PAGE_PRESENT 1u
#define PAGE_WRITE   2u
#define PAGE_LARGE   0x80u

/* The bytes of the page around `address`, from 4 KiB to 1 GiB; 0 if it is not mapped one to one, or not writable and should be. */
static uint64_t page_one_to_one(uint64_t address, bool writable)
{
	uint64_t table = READ_REGISTER("cr3") & PAGE_ADDRESS;

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t entry = read64(table + ((address >> shift) & 511) * 8), bytes = 1ull << shift;

		if (!(entry & PAGE_PRESENT) || (writable && !(entry & PAGE_WRITE)))
			return 0;
		table = entry & PAGE_ADDRESS;
		if (shift == 12 || (shift <= 30 && (entry & PAGE_LARGE)))
			return (table & ~(bytes - 1)) == (address & ~(bytes - 1)) ? bytes : 0;
	}
}

bool is_mapped_one_to_one(uint64_t start, uint64_t end, bool writable)
{
	for (uint64_t address = start; address < end;) {
		uint64_t bytes = page_one_to_one(address, writable);
		if (bytes == 0)
			return false;
		address = (address & ~(bytes - 1)) + bytes;
	}
	return true;
}

/* 128 KiB is what UEFI promises to its programs; the loader may have used half of it. */
enum { FIRMWARE_STACK_BYTES_MIN = 64 * 1024 };

void machine_check_firmware(const struct entry_state *entry)
{
	uint64_t efer = efer_read();

	modes_report(efer);
	check((entry->flags & (FLAG_DIRECTION | FLAG_TRAP)) == 0, "the direction flag or EFLAGS.TF was set");
	check((READ_REGISTER("cr0") & (CR0_PE | CR0_PG)) == (CR0_PE | CR0_PG), "CR0.PE or CR0.PG is clear");
	check((efer & (EFER_LME | EFER_LMA)) == (EFER_LME | EFER_LMA), "EFER.LME or EFER.LMA is clear");
	check(entry->sp % 8 == 0, "the stack is not aligned");
	check(is_mapped_one_to_one(address_of(image_start), address_of(image_end), true), "the kernel is not mapped one to one");
	check(entry->sp > FIRMWARE_STACK_BYTES_MIN && is_mapped_one_to_one(entry->sp - FIRMWARE_STACK_BYTES_MIN, entry->sp, true),
	      "the stack of the firmware is not mapped one to one");
}
