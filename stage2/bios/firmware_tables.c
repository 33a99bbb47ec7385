/* SPDX-License-Identifier: MIT */
/* Finds ACPI, SMBIOS, Plug and Play, and APM. */
#include "stage2/bios/firmware_tables.h"

#include "stage2/bios/bios.h"
#include "stage2/pc/tables.h"

enum {
	STEP = 16,
	BIOS_AREA = 0xE0000,
	SMBIOS_AREA = 0xF0000,
	PNP_AREA = 0xF0000,
	AREA_END = 0x100000,
	INT_SYSTEM = 0x15,
};

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

void find_rsdp(struct machine *machine)
{
	uint32_t ebda = (uint32_t)get_le16(low_memory(BDA_EBDA_SEGMENT)) << 4;

	if (ebda >= 0x40000 && ebda < 0xA0000)
		machine->rsdp_phys = scan(ebda, ebda + 1024, rsdp_measure, &machine->rsdp);
	if (machine->rsdp_phys == 0)
		machine->rsdp_phys = scan(BIOS_AREA, AREA_END, rsdp_measure, &machine->rsdp);
}

void find_smbios(struct machine *machine)
{
	uint64_t tables, bytes;

	machine->smbios_phys = scan(SMBIOS_AREA, AREA_END, smbios3_measure, &machine->smbios_entry);
	if (machine->smbios_phys == 0)
		machine->smbios_phys = scan(SMBIOS_AREA, AREA_END, smbios_measure, &machine->smbios_entry);
	if (machine->smbios_phys == 0)
		return;
	smbios_read_entry(machine, &tables, &bytes);
	/* What lies above 4 GiB is not mapped; a kernel still gets the entry point. */
	if (tables + bytes <= UINT32_MAX && tables != 0)
		machine->smbios_tables = span_of(low_memory((uint32_t)tables), bytes);
}

void find_pnp(struct machine *machine)
{
	struct span structure;

	machine->pnp_phys = scan(PNP_AREA, AREA_END, pnp_measure, &structure);
}

/* AX=5304h, disconnect. */
static void apm_call_disconnect(void)
{
	struct bios_registers registers = { .eax = 0x5304 };

	bios_call(INT_SYSTEM, &registers);
}

/* AX=5300h BX=0, installation check. Return: CF clear, BX="PM", AX=version (BCD), CX=flags; bit 1: 32-bit interface. */
static bool apm_check(struct apm *apm)
{
	enum { SIGNATURE_PM = 0x504D, FLAG_32_BIT = 1 << 1 };
	struct bios_registers registers = { .eax = 0x5300 };

	bios_call(INT_SYSTEM, &registers);
	apm->version = (uint16_t)registers.eax;
	apm->flags = (uint16_t)registers.ecx;
	return !bios_failed(&registers) && (registers.ebx & 0xFFFF) == SIGNATURE_PM && (registers.ecx & FLAG_32_BIT) != 0;
}

/*
 * AX=5303h BX=0, connect 32-bit. Return: AX, CX, DX = segments, EBX = entry, ESI, DI = lengths. It is disconnected first and left
 * connected, as the Multiboot2 tag means it; the flags are those of a check afterwards.
 */
static bool apm_connect(struct apm *apm)
{
	struct bios_registers registers = { .eax = 0x5303 };

	if (!apm_check(apm))
		return false;
	apm_call_disconnect();
	bios_call(INT_SYSTEM, &registers);
	if (bios_failed(&registers))
		return false;
	apm->code_segment = (uint16_t)registers.eax;
	apm->entry_offset = registers.ebx;
	apm->code_segment_16 = (uint16_t)registers.ecx;
	apm->data_segment = (uint16_t)registers.edx;
	apm->code_length = (uint16_t)registers.esi;
	apm->code_length_16 = (uint16_t)(registers.esi >> 16);
	apm->data_length = (uint16_t)registers.edi;
	if (apm_check(apm))
		return true;
	apm_call_disconnect();
	return false;
}

static struct {
	bool asked, connected;
	struct apm apm;
} apm_state;

const struct apm *find_apm(void)
{
	if (!apm_state.asked) {
		apm_state.asked = true;
		apm_state.connected = apm_connect(&apm_state.apm);
	}
	return apm_state.connected ? &apm_state.apm : NULL;
}

void disconnect_apm(void)
{
	if (!apm_state.connected)
		return;
	apm_call_disconnect();
	apm_state.asked = apm_state.connected = false;
}
