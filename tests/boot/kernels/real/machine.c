/* SPDX-License-Identifier: MIT */
/* Checks of real mode: what can be seen from inside. Limits of segments are looked at from outside, by QEMU's monitor. */
#include "machine.h"

enum {
	CR0_PE = 1 << 0,
	EFER_LME = 1 << 8,
	FLAG_TRAP = 1 << 8,
	FLAG_INTERRUPTS = 1 << 9,
	FLAG_DIRECTION = 1 << 10,
	FLAG_VM = 1 << 17,
	PIC_MASTER_MASK = 0x21,
	PIC_SLAVE_MASK = 0xa1,
};

#define CR0_PG   0x80000000u
#define MSR_EFER 0xc0000080u

/* Addresses of the interrupt vectors and the BIOS data area. */
enum {
	VECTORS_BYTES = 0x400,
	BDA_CURSOR = 0x450, /* u8 column, u8 line */
	VECTOR_TIMER = 0x08 * 4,
	VECTOR_LAST_FIRMWARE = 0x1a * 4,
	VECTOR_FREE = 0x61 * 4, /* 60h to 66h are for programs */
	BDA_MEMORY_KIB = 0x413,
	BDA_VIDEO_MODE = 0x449,
	BDA_TICKS = 0x46c,
	BDA_DISK_COUNT = 0x475,
	SCREEN_CELLS = 0xb8000,
	SCREEN_COLUMNS = 80,
	SEGMENTS_OF_KIB = 64,
	SCRATCH_BYTES = 1024,
	TICK_POLLS = 100000000,
};

static uint8_t scratch[SCRATCH_BYTES];

uint8_t far8(uint32_t phys)
{
	uint8_t value;

	__asm__ volatile("movw %w1, %%fs\n\tmovb %%fs:(%2), %0" : "=q"(value) : "r"(phys >> 4), "r"(phys & 15));
	return value;
}

void far_put8(uint32_t phys, uint8_t value)
{
	__asm__ volatile("movw %w1, %%fs\n\tmovb %0, %%fs:(%2)" : : "q"(value), "r"(phys >> 4), "r"(phys & 15) : "memory");
}

uint16_t far16(uint32_t phys)
{
	return (uint16_t)(far8(phys) | far8(phys + 1) << 8);
}

uint32_t far32(uint32_t phys)
{
	return far16(phys) | (uint32_t)far16(phys + 2) << 16;
}

uint32_t segment_base(void)
{
	uint16_t segment;

	__asm__("movw %%ds, %0" : "=r"(segment));
	return (uint32_t)segment << 4;
}

uint32_t far_crc32(uint32_t phys, uint32_t bytes)
{
	uint32_t crc = CRC32_START;

	for (uint32_t done = 0; done < bytes; done++) {
		scratch[0] = far8(phys + done);
		crc = crc32_add(crc, address_of(scratch), 1);
	}
	return ~crc;
}

/* --- memory above 1 MiB --------------------------------------------------------------------------------------------------------------- */

/* A descriptor of the table that INT 15h AH=87h takes: limit of 64 KiB, data. */
static void put_descriptor(uint8_t *descriptor, uint32_t base)
{
	static const uint8_t data_segment = 0x93;

	descriptor[0] = descriptor[1] = 0xff;
	descriptor[2] = (uint8_t)base;
	descriptor[3] = (uint8_t)(base >> 8);
	descriptor[4] = (uint8_t)(base >> 16);
	descriptor[5] = data_segment;
	descriptor[6] = 0;
	descriptor[7] = (uint8_t)(base >> 24);
}

/* INT 15h AH=87h. Call with CX=words, ES:SI -> six descriptors: none, none, source, target, none, none. Return: CF clear. */
static bool copy_from(uint32_t phys, uint32_t bytes)
{
	static uint8_t table[48];
	struct bios_registers registers = { .eax = 0x8700, .ecx = (bytes + 1) / 2, .es = (uint16_t)(segment_base() >> 4) };

	put_descriptor(table + 16, phys);
	put_descriptor(table + 24, segment_base() + (uint32_t)address_of(scratch));
	registers.esi = (uint32_t)address_of(table);
	bios_int(0x15, &registers);
	return !(registers.flags & FLAG_CARRY);
}

uint32_t high_crc32(uint32_t phys, uint32_t bytes)
{
	uint32_t crc = CRC32_START;

	while (bytes > 0) {
		uint32_t part = bytes < SCRATCH_BYTES ? bytes : SCRATCH_BYTES;

		require(copy_from(phys, part), "INT 15h AH=87h does not copy memory");
		crc = crc32_add(crc, address_of(scratch), part);
		phys += part;
		bytes -= part;
	}
	return ~crc;
}

/* --- mode ----------------------------------------------------------------------------------------------------------------------------- */

/* FFFF0h + 64 KiB reaches just beyond 1 MiB; with A20 off that is the start of memory again. */
static bool a20_is_on(void)
{
	bool is_on;
	uint8_t before = far8(VECTOR_FREE), beyond;
	const uint32_t in_high_segment = 0x100000 + VECTOR_FREE - 0xffff0;

	__asm__ volatile("movw %w1, %%fs\n\tmovb %%fs:(%2), %0" : "=q"(beyond) : "r"(0xffff), "r"(in_high_segment));
	far_put8(VECTOR_FREE, (uint8_t)(beyond ^ 0xff));
	__asm__ volatile("movw %w1, %%fs\n\tmovb %%fs:(%2), %0" : "=q"(beyond) : "r"(0xffff), "r"(in_high_segment));
	is_on = far8(VECTOR_FREE) != beyond;
	far_put8(VECTOR_FREE, before);
	return is_on;
}

static void modes_check(void)
{
	uint32_t cr0, cr4, efer, efer_high;

	__asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("rdmsr" : "=a"(efer), "=d"(efer_high) : "c"(MSR_EFER));
	report_hex("entry.cr0", cr0);
	report_hex("entry.cr4", cr4);
	report_hex("entry.efer", efer);
	check((cr0 & (CR0_PE | CR0_PG)) == 0, "CR0.PE or CR0.PG is set");
	check((efer & EFER_LME) == 0, "EFER.LME is set");
}

void real_machine_check(const struct real_entry *entry, bool interrupts)
{
	uint64_t flags = entry->general.flags;

	report_entry(&entry->general, 'e');
	report_hex("entry.cs", entry->cs);
	report_hex("entry.ds", entry->ds);
	report_hex("entry.es", entry->es);
	report_hex("entry.fs", entry->fs);
	report_hex("entry.gs", entry->gs);
	report_hex("entry.ss", entry->ss);
	check(((flags & FLAG_INTERRUPTS) != 0) == interrupts, interrupts ? "interrupts were off" : "interrupts were on");
	check((flags & (FLAG_DIRECTION | FLAG_TRAP | FLAG_VM)) == 0, "EFLAGS.DF, TF or VM was set");
	check(entry->general.sp <= 0xffff, "the high half of ESP is not 0");
	modes_check();
	check(a20_is_on(), "A20 is off");
}

/* --- firmware ------------------------------------------------------------------------------------------------------------------------- */

static void vectors_check(void)
{
	for (uint32_t at = VECTOR_TIMER; at <= VECTOR_LAST_FIRMWARE; at += 4)
		check(far16(at + 2) >= far16(BDA_MEMORY_KIB) * SEGMENTS_OF_KIB, "an interrupt vector leads to free memory");
	report_hex("vectors.crc32", far_crc32(0, VECTORS_BYTES));
}

static void pic_report(void)
{
	uint8_t master, slave;

	__asm__ volatile("inb %1, %0" : "=a"(master) : "Nd"((uint16_t)PIC_MASTER_MASK));
	__asm__ volatile("inb %1, %0" : "=a"(slave) : "Nd"((uint16_t)PIC_SLAVE_MASK));
	report_hex("pic.masks", master | (uint32_t)slave << 8);
}

/* INT 10h AH=0Fh: AL=mode. AH=0Eh: writes a character, where the loader's own text has ended. */
static void screen_check(void)
{
	static const char mark[] = "VERDICT ON SCREEN\r\n";
	struct bios_registers registers = { .eax = 0x0f00 };
	uint32_t column = far8(BDA_CURSOR), line = far8(BDA_CURSOR + 1), cell = SCREEN_CELLS + (line * SCREEN_COLUMNS + column) * 2;

	check(column == 0, "the cursor is not at the start of a line");
	bios_int(0x10, &registers);
	report_hex("screen.mode", registers.eax & 0xff);
	check((registers.eax & 0xff) == far8(BDA_VIDEO_MODE) && far8(BDA_VIDEO_MODE) == 3, "the screen is not in text mode 3");
	for (unsigned i = 0; i < sizeof mark - 1; i++) {
		registers = (struct bios_registers){ .eax = 0x0e00 | (uint8_t)mark[i], .ebx = 7 };
		bios_int(0x10, &registers);
	}
	check(far8(cell) == (uint8_t)mark[0] || far8(cell - SCREEN_COLUMNS * 2) == (uint8_t)mark[0], "INT 10h AH=0Eh writes elsewhere");
}

/* INT 13h AH=08h: geometry. AH=42h: the first sector of the drive, which the firmware or a loader has started from. */
static void disk_check(uint8_t drive)
{
	static uint8_t packet[16] = { 16, 0, 1 };
	struct bios_registers registers = { .eax = 0x0800, .edx = drive };
	uint32_t to = (uint32_t)address_of(scratch);

	bios_int(0x13, &registers);
	check(!(registers.flags & FLAG_CARRY) && (registers.ecx & 63) != 0, "INT 13h AH=08h knows no geometry");
	packet[4] = (uint8_t)to;
	packet[5] = (uint8_t)(to >> 8);
	packet[6] = (uint8_t)(segment_base() >> 4);
	packet[7] = (uint8_t)(segment_base() >> 12);
	registers = (struct bios_registers){ .eax = 0x4200, .edx = drive, .esi = (uint32_t)address_of(packet) };
	bios_int(0x13, &registers);
	check(!(registers.flags & FLAG_CARRY), "INT 13h AH=42h does not read");
	check(scratch[510] == 0x55 && scratch[511] == 0xaa, "INT 13h AH=42h has not read a boot sector");
	report_number("disk.count", far8(BDA_DISK_COUNT));
}

/* INT 12h: AX=KiB. INT 15h EAX=E820h: the first range, with EDX="SMAP". */
static void memory_check(void)
{
	static const uint32_t smap = 0x534d4150;
	struct bios_registers registers = { 0 };

	bios_int(0x12, &registers);
	report_number("memory.kib", registers.eax & 0xffff);
	check((registers.eax & 0xffff) == far16(BDA_MEMORY_KIB), "INT 12h does not know the memory");
	registers = (struct bios_registers){
		.eax = 0xe820, .ecx = 20, .edx = smap, .edi = (uint32_t)address_of(scratch), .es = (uint16_t)(segment_base() >> 4)
	};
	bios_int(0x15, &registers);
	check(!(registers.flags & FLAG_CARRY) && registers.eax == smap && registers.ecx >= 20, "INT 15h EAX=E820h does not answer");
}

static void clock_check(void)
{
	uint32_t start = far32(BDA_TICKS), polls = 0;

	__asm__ volatile("sti");
	while (far32(BDA_TICKS) == start && polls < TICK_POLLS)
		polls++;
	__asm__ volatile("cli");
	check(polls < TICK_POLLS, "the timer interrupt does not come");
}

void real_firmware_check(uint8_t drive)
{
	vectors_check();
	pic_report();
	screen_check();
	disk_check(drive);
	memory_check();
	clock_check();
}
