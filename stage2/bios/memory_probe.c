/* SPDX-License-Identifier: MIT */
/* Asks the firmware for the memory, and believes as little of it as possible. */
#include "stage2/bios/memory_probe.h"

#include "core/base/checked.h"
#include "core/base/memory.h"
#include "core/base/span.h"
#include "stage2/bios/bios.h"
#include "stage2/bios/memory-map.h"

enum {
	INT_SYSTEM = 0x15,
	SIGNATURE_SMAP = 0x534D4150,
	E820_BYTES = 20,          /* u64 start, u64 length, u32 type */
	E820_BYTES_EXTENDED = 24, /* and u32 attributes (ACPI 3.0) */
	E820_CALLS_MAX = 1024,
	ATTRIBUTE_ENABLED = 1,
	LOW_KIB_MAX = 640,
	EBDA_SEGMENT_MIN = 0x4000,
	EBDA_SEGMENT_MAX = 0xA000,
	MIB_16_KIB = 15 * 1024, /* from 1 MiB to 16 MiB */
	INSANE_KIB = 0x3FFC00,  /* "all 4 GiB but the first MiB" */
	RAW_MAX = E820_CALLS_MAX + 4,
};

static const uint64_t MIB = 1 << 20;
static const char the_loader[] = "the loader";

/* The list of what was told. */
struct raw {
	struct memory_range *range;
	unsigned count;
};

static void raw_add(struct raw *raw, uint64_t start, uint64_t bytes, uint32_t type, uint32_t attributes)
{
	if (bytes != 0 && raw->count < RAW_MAX)
		raw->range[raw->count++] =
			(struct memory_range){ .start = start, .end = start + bytes, .type = type, .attributes = attributes };
}

/* One call of E820. */
struct told {
	uint32_t ebx;
	uint8_t range[E820_BYTES];
};

/* Whether one of `calls` calls with this EBX has told the same range; if not, it is noted as the next. */
static bool was_told(struct told *told, unsigned calls, uint32_t ebx, const uint8_t *range)
{
	for (unsigned i = 0; i < calls; i++) {
		if (told[i].ebx == ebx && memcmp(told[i].range, range, E820_BYTES) == 0)
			return true;
	}
	told[calls].ebx = ebx;
	memcpy(told[calls].range, range, E820_BYTES);
	return false;
}

/*
 * INT 15h EAX=E820h. Call with EBX=0 first, then as returned; ECX=24, EDX="SMAP", ES:DI -> buffer. Return: CF clear, EAX="SMAP",
 * ECX=bytes written, EBX=0 after the last range. CF set later on is the end, too. Some firmware needs the buffer as it left it.
 *
 * A list may have no end. It goes round when a call with the same EBX has told the same; a range that is told twice, by different calls,
 * says nothing about the end.
 */
static void probe_e820(struct raw *raw, struct told *told)
{
	uint8_t *buffer = low_memory(LOW_FIRMWARE_BUFFER);
	uint32_t next = 0;

	memset(buffer, 0, E820_BYTES_EXTENDED);
	for (unsigned call = 0; call < E820_CALLS_MAX; call++) {
		uint32_t attributes = ATTRIBUTE_ENABLED;
		struct bios_registers registers = {
			.eax = 0xE820, .ebx = next, .ecx = E820_BYTES_EXTENDED, .edx = SIGNATURE_SMAP, .edi = LOW_FIRMWARE_BUFFER
		};

		put_le32(buffer + E820_BYTES, ATTRIBUTE_ENABLED);
		bios_call(INT_SYSTEM, &registers);
		if (bios_failed(&registers))
			return;
		if (registers.eax != SIGNATURE_SMAP) {
			raw->count = 0; /* lost on the way: nothing of it can be trusted */
			return;
		}
		if (was_told(told, call, next, buffer))
			return;
		if (registers.ecx >= E820_BYTES_EXTENDED)
			attributes = get_le32(buffer + E820_BYTES);
		if (attributes & ATTRIBUTE_ENABLED)
			raw_add(raw, get_le64(buffer), get_le64(buffer + 8), get_le32(buffer + 16), attributes);
		next = registers.ebx;
		if (next == 0)
			return;
	}
}

static bool has_ram(const struct raw *raw)
{
	for (unsigned i = 0; i < raw->count; i++) {
		if (raw->range[i].type == MEMORY_RAM)
			return true;
	}
	return false;
}

/*
 * INT 15h AX=E801h. Return: CF clear, AX = KiB from 1 MiB (at most 15 MiB), BX = blocks of 64 KiB from 16 MiB; some firmware uses CX
 * and DX instead.
 */
static void probe_e801(struct raw *raw)
{
	struct bios_registers registers = { .eax = 0xE801 };
	uint64_t kib, blocks;

	bios_call(INT_SYSTEM, &registers);
	if (bios_failed(&registers))
		return;
	kib = registers.eax & 0xFFFF;
	blocks = registers.ebx & 0xFFFF;
	if (kib == 0 && blocks == 0) {
		kib = registers.ecx & 0xFFFF;
		blocks = registers.edx & 0xFFFF;
	}
	if (kib > MIB_16_KIB || kib + blocks * 64 == INSANE_KIB)
		return;
	raw_add(raw, MIB, kib * 1024, MEMORY_RAM, ATTRIBUTE_ENABLED);
	if (kib == MIB_16_KIB)
		raw_add(raw, 16 * MIB, blocks * 64 * 1024, MEMORY_RAM, ATTRIBUTE_ENABLED);
}

/* INT 15h AH=88h. Return: AX = KiB from 1 MiB. CF is not reliable. */
static void probe_88(struct raw *raw)
{
	struct bios_registers registers = { .eax = 0x8800 };

	bios_call(INT_SYSTEM, &registers);
	raw_add(raw, MIB, (registers.eax & 0xFFFFull) * 1024, MEMORY_RAM, ATTRIBUTE_ENABLED);
}

uint32_t memory_probe_low(void)
{
	struct bios_registers registers = { 0 };
	uint32_t ebda_segment = get_le16(low_memory(BDA_EBDA_SEGMENT));
	uint32_t kib;

	bios_call(0x12, &registers); /* Return: AX = KiB */
	kib = registers.eax & 0xFFFF;
	if (kib == 0 || kib > LOW_KIB_MAX)
		kib = get_le16(low_memory(BDA_MEMORY_KIB));
	if (kib == 0 || kib > LOW_KIB_MAX)
		kib = LOW_KIB_MAX;
	if (ebda_segment >= EBDA_SEGMENT_MIN && ebda_segment < EBDA_SEGMENT_MAX && ebda_segment / 64 < kib)
		kib = ebda_segment / 64;
	return kib;
}

/* RAM that the processor has no address lines for is a mistake of the firmware's. */
static void cut_ram(struct raw *raw, uint64_t end)
{
	for (unsigned i = 0; i < raw->count; i++) {
		struct memory_range *range = &raw->range[i];

		if (range->type != MEMORY_RAM)
			continue;
		range->start = min_u64(range->start, end);
		range->end = min_u64(range->end, end);
	}
}

enum status memory_probe(uint64_t physical_end, struct memory_map *map, struct arena *arena, struct err *err)
{
	size_t mark = arena_mark(arena);
	struct raw raw = { .range = ARENA_NEW_ARRAY(arena, struct memory_range, RAW_MAX) };
	struct told *told = ARENA_NEW_ARRAY(arena, struct told, E820_CALLS_MAX);
	uint64_t low_end = (uint64_t)memory_probe_low() * 1024;
	enum status status;

	if (!raw.range || !told)
		return err_set(err, ERR_NO_MEMORY, "no memory for the memory map", NULL, 0, 0);
	probe_e820(&raw, told);
	if (!has_ram(&raw)) {
		raw.count = 0;
		probe_e801(&raw);
	}
	if (raw.count == 0)
		probe_88(&raw);
	cut_ram(&raw, physical_end);
	/* E820 does not always know what option ROMs took below 640 KiB: the data area does. */
	raw_add(&raw, 0, low_end, MEMORY_RAM, ATTRIBUTE_ENABLED);
	raw_add(&raw, low_end, 0xA0000 - low_end, MEMORY_RESERVED, ATTRIBUTE_ENABLED);
	status = memory_map_build(raw.range, raw.count, map, err);
	arena_reset(arena, mark);
	return status;
}

/* As far as it is RAM: what the map keeps from a kernel is nobody's to reserve. */
static enum status reserve_ram(struct memory *memory, uint64_t start, uint64_t end, const char *what, bool transient, struct err *err)
{
	enum status status = OK;

	for (unsigned i = 0; i < memory->map.count && status == OK; i++) {
		const struct memory_range *range = &memory->map.range[i];
		uint64_t from = max_u64(start, range->start), to = min_u64(end, range->end);

		if (range->type == MEMORY_RAM && from < to)
			status = memory_reserve(memory, from, to, what, transient, NULL, err);
	}
	return status;
}

enum status memory_reserve_own(struct memory *memory, uint64_t work, struct err *err)
{
	bool is_high = work >= LOW_END;
	enum status status = reserve_ram(memory, 0, LOW_START, "interrupt vectors and BIOS data", false, err);

	/* What the work area leaves free is all that there is for code in real mode, where the EBDA begins low. */
	if (status == OK)
		status = reserve_ram(memory, LOW_START, is_high ? LOW_WORK : LOW_END, the_loader, true, err);
	if (status == OK && is_high)
		status = memory_reserve(memory, work, work + WORK_BYTES, the_loader, true, NULL, err);
	return status;
}
