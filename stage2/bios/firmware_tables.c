/* SPDX-License-Identifier: MIT */
/* Finds ACPI, SMBIOS and APM. */
#include "stage2/bios/firmware_tables.h"

#include "stage2/bios/bios.h"

enum {
	STEP = 16,
	RSDP_BYTES_V1 = 20,
	RSDP_BYTES_V2 = 36,
	RSDP_BYTES_MAX = 4096,
	SMBIOS_BYTES = 0x1F,
	SMBIOS3_BYTES = 0x18,
	SMBIOS_TABLES_MAX = 1 << 20,
	BIOS_AREA = 0xE0000,
	SMBIOS_AREA = 0xF0000,
	AREA_END = 0x100000,
};

static bool sums_to_zero(struct span span)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < span.bytes; i++)
		sum = (uint8_t)(sum + span.data[i]);
	return sum == 0;
}

/* The first structure in [start, end) that `measure` gives a length for. */
static uint32_t scan(uint32_t start, uint32_t end, size_t (*measure)(struct span), struct span *found)
{
	struct span area = span_of(low_memory(start), end - start);

	for (uint32_t offset = 0; offset < area.bytes; offset += STEP) {
		struct span rest = span_part(area, offset, area.bytes);
		size_t bytes = measure(rest);

		if (bytes != 0 && span_contains(rest, 0, bytes)) {
			*found = span_part(rest, 0, bytes);
			return start + offset;
		}
	}
	return 0;
}

/* u8[8] "RSD PTR ", u8 checksum, u8[6] OEM, u8 revision, u32 RSDT; from revision 2: u32 length, u64 XSDT, u8 checksum of all */
static size_t measure_rsdp(struct span span)
{
	struct span part = span_part(span, 0, RSDP_BYTES_V1);
	uint32_t length = 0;

	if (part.bytes < RSDP_BYTES_V1 || !span_equal(span_part(part, 0, 8), "RSD PTR ", 8) || !sums_to_zero(part))
		return 0;
	if (part.data[15] < 2)
		return RSDP_BYTES_V1;
	if (!span_le32(span, 20, &length) || length < RSDP_BYTES_V2 || length > RSDP_BYTES_MAX || !sums_to_zero(span_part(span, 0, length)))
		return 0;
	return length;
}

void find_rsdp(struct machine *machine)
{
	uint32_t ebda = (uint32_t)get_le16(low_memory(BDA_EBDA_SEGMENT)) << 4;

	if (ebda >= 0x40000 && ebda < 0xA0000)
		machine->rsdp_phys = scan(ebda, ebda + 1024, measure_rsdp, &machine->rsdp);
	if (machine->rsdp_phys == 0)
		machine->rsdp_phys = scan(BIOS_AREA, AREA_END, measure_rsdp, &machine->rsdp);
}

/* The anchor, and the length byte that its checksum covers. */
static size_t measure_entry_point(struct span span, const char *anchor, size_t anchor_bytes, size_t length_offset, size_t bytes_min)
{
	size_t length;

	if (!span_equal(span_part(span, 0, anchor_bytes), anchor, anchor_bytes) || !span_contains(span, 0, bytes_min))
		return 0;
	length = span.data[length_offset];
	/* 1Eh is a known mistake of version 2.1 of the specification: the structure has 1Fh bytes. */
	if (length < bytes_min - 1 || !sums_to_zero(span_part(span, 0, length)))
		return 0;
	return length;
}

static size_t measure_smbios(struct span span)
{
	return measure_entry_point(span, "_SM_", 4, 5, SMBIOS_BYTES);
}

static size_t measure_smbios3(struct span span)
{
	return measure_entry_point(span, "_SM3_", 5, 6, SMBIOS3_BYTES);
}

void find_smbios(struct machine *machine)
{
	uint64_t tables = 0;
	uint32_t bytes = 0;

	machine->smbios_phys = scan(SMBIOS_AREA, AREA_END, measure_smbios3, &machine->smbios_entry);
	if (machine->smbios_phys != 0) {
		machine->smbios_major = machine->smbios_entry.data[7];
		machine->smbios_minor = machine->smbios_entry.data[8];
		bytes = get_le32(machine->smbios_entry.data + 0x0C);
		tables = get_le64(machine->smbios_entry.data + 0x10);
	} else {
		machine->smbios_phys = scan(SMBIOS_AREA, AREA_END, measure_smbios, &machine->smbios_entry);
		if (machine->smbios_phys == 0)
			return;
		machine->smbios_major = machine->smbios_entry.data[6];
		machine->smbios_minor = machine->smbios_entry.data[7];
		bytes = get_le16(machine->smbios_entry.data + 0x16);
		tables = get_le32(machine->smbios_entry.data + 0x18);
	}
	/* What lies above 4 GiB is not mapped; a kernel still gets the entry point. */
	if (bytes <= SMBIOS_TABLES_MAX && tables + bytes <= UINT32_MAX && tables != 0)
		machine->smbios_tables = span_of(low_memory((uint32_t)tables), bytes);
}

/*
 * INT 15h AX=5300h BX=0: installation check. Return: CF clear, BX="PM", AX=version (BCD), CX=flags; bit 1: 32-bit interface.
 * INT 15h AX=5303h BX=0: connect 32-bit. Return: AX, CX, DX = segments, EBX = entry, ESI, DI = lengths. It is disconnected (5304h)
 * first and left connected, as the Multiboot2 tag means it.
 */
void find_apm(struct machine *machine)
{
	enum { SIGNATURE_PM = 0x504D, FLAG_32_BIT = 1 << 1 };
	struct bios_registers registers = { .eax = 0x5300 };
	struct apm apm = { 0 };

	bios_call(0x15, &registers);
	if (bios_failed(&registers) || (registers.ebx & 0xFFFF) != SIGNATURE_PM || !(registers.ecx & FLAG_32_BIT))
		return;
	registers = (struct bios_registers){ .eax = 0x5304 };
	bios_call(0x15, &registers);
	registers = (struct bios_registers){ .eax = 0x5303 };
	bios_call(0x15, &registers);
	if (bios_failed(&registers))
		return;
	apm.code_segment = (uint16_t)registers.eax;
	apm.entry_offset = registers.ebx;
	apm.code_segment_16 = (uint16_t)registers.ecx;
	apm.data_segment = (uint16_t)registers.edx;
	apm.code_length = (uint16_t)registers.esi;
	apm.code_length_16 = (uint16_t)(registers.esi >> 16);
	apm.data_length = (uint16_t)registers.edi;
	registers = (struct bios_registers){ .eax = 0x5300 };
	bios_call(0x15, &registers);
	if (bios_failed(&registers) || (registers.ebx & 0xFFFF) != SIGNATURE_PM)
		return;
	apm.version = (uint16_t)registers.eax;
	apm.flags = (uint16_t)registers.ecx;
	machine->apm = apm;
}
