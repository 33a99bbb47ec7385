/* SPDX-License-Identifier: MIT */
/* Memory map, allocation and the way out of the firmware. */
#include "uefi/memory.h"

#include "core/base/checked.h"
#include "uefi/firmware.h"
#include "uefi/status.h"

enum {
	PAGE_BYTES = EFI_PAGE_SIZE,
	SLACK_BYTES = 64 * 1024, /* descriptors that come up between the first reading of the map and the last */
	FIRMWARE_RUNS_MAX = 256, /* half of what struct memory can note */
	LEAVE_TRIES = 8,
	PERSISTENT_MEMORY = 14, /* these are not in GNU-EFI's headers */
	UNACCEPTED_MEMORY = 15,
	SPECIAL_PURPOSE = 0x40000, /* EFI_MEMORY_SP */
};

/* The firmware's map as it was read last. A descriptor has descriptor_bytes bytes, which is more than GNU-EFI's structure has. */
static struct {
	uint8_t *descriptors;
	uint64_t capacity;
	struct firmware_map map;
	UINTN key;
	bool tells_caching; /* by its attributes */
} firmware;

/* What a kernel finds once the firmware is gone (ACPI 6.5, table 15.6). */
static const uint32_t types[] = {
	[EfiReservedMemoryType] = MEMORY_RESERVED,
	[EfiLoaderCode] = MEMORY_RAM,
	[EfiLoaderData] = MEMORY_RAM,
	[EfiBootServicesCode] = MEMORY_RAM,
	[EfiBootServicesData] = MEMORY_RAM,
	[EfiRuntimeServicesCode] = MEMORY_RESERVED,
	[EfiRuntimeServicesData] = MEMORY_RESERVED,
	[EfiConventionalMemory] = MEMORY_RAM,
	[EfiUnusableMemory] = MEMORY_BAD,
	[EfiACPIReclaimMemory] = MEMORY_ACPI,
	[EfiACPIMemoryNVS] = MEMORY_NVS,
	[EfiMemoryMappedIO] = MEMORY_RESERVED,
	[EfiMemoryMappedIOPortSpace] = MEMORY_RESERVED,
	[EfiPalCode] = MEMORY_RESERVED,
	[PERSISTENT_MEMORY] = MEMORY_PERSISTENT,
	[UNACCEPTED_MEMORY] = MEMORY_UNACCEPTED,
};

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

void *firmware_pages(uint64_t bytes)
{
	EFI_PHYSICAL_ADDRESS start = 0;

	if (EFI_ERROR(efi_boot()->AllocatePages(AllocateAnyPages, EfiLoaderData, pages_of(bytes), &start)))
		return NULL;
	return (void *)(uintptr_t)start;
}

void firmware_pages_free(void *pages, uint64_t bytes)
{
	if (pages)
		(void)efi_boot()->FreePages((uintptr_t)pages, pages_of(bytes));
}

/* Reads the map into the buffer that is there. */
static EFI_STATUS read_map(UINTN *bytes)
{
	UINTN descriptor_bytes = 0;
	UINT32 version = 0;
	EFI_STATUS status;

	*bytes = firmware.capacity;
	status = efi_boot()->GetMemoryMap(bytes, (EFI_MEMORY_DESCRIPTOR *)firmware.descriptors, &firmware.key, &descriptor_bytes, &version);
	if (!EFI_ERROR(status))
		firmware.map = (struct firmware_map){ .descriptors = firmware.descriptors,
						      .bytes = *bytes,
						      .descriptor_bytes = (uint32_t)descriptor_bytes,
						      .descriptor_version = version };
	return status;
}

/* Reads the map, into a larger buffer if need be: which changes the map, so that there is room to spare. */
static enum status read_map_growing(struct err *err)
{
	UINTN bytes;
	EFI_STATUS status = read_map(&bytes);

	if (status == EFI_BUFFER_TOO_SMALL) {
		uint8_t *larger = firmware_pages(bytes + SLACK_BYTES);

		if (!larger)
			return err_set(err, ERR_NO_MEMORY, "no {a} bytes for the firmware's memory map", NULL, bytes + SLACK_BYTES, 0);
		firmware_pages_free(firmware.descriptors, firmware.capacity);
		firmware.descriptors = larger;
		firmware.capacity = pages_of(bytes + SLACK_BYTES) * PAGE_BYTES;
		status = read_map(&bytes);
	}
	if (!EFI_ERROR(status) && firmware.map.descriptor_bytes < sizeof(EFI_MEMORY_DESCRIPTOR))
		return err_set(err, ERR_CORRUPT, "the firmware's memory map has descriptors of {a} bytes", NULL,
			       firmware.map.descriptor_bytes, 0);
	return EFI_ERROR(status) ? efi_error(status, err, "cannot read the firmware's memory map", NULL) : OK;
}

static const EFI_MEMORY_DESCRIPTOR *descriptor_at(uint64_t offset)
{
	return (const EFI_MEMORY_DESCRIPTOR *)(firmware.descriptors + offset);
}

static uint32_t named_type(const EFI_MEMORY_DESCRIPTOR *descriptor)
{
	return descriptor->Type < sizeof types / sizeof *types ? types[descriptor->Type] : MEMORY_RESERVED;
}

/* If no RAM at all can be cached with write-back, the firmware does not care for attributes. */
static bool caching_is_told(void)
{
	for (uint64_t at = 0; at < firmware.map.bytes; at += firmware.map.descriptor_bytes) {
		if (named_type(descriptor_at(at)) == MEMORY_RAM && descriptor_at(at)->Attribute & EFI_MEMORY_WB)
			return true;
	}
	return false;
}

/* Memory for a special purpose, and memory that cannot be cached, would be slow or scarce as RAM: its driver finds it by ACPI. */
static uint32_t type_of(const EFI_MEMORY_DESCRIPTOR *descriptor)
{
	uint32_t type = named_type(descriptor);
	bool plain = !(descriptor->Attribute & SPECIAL_PURPOSE) && (!firmware.tells_caching || descriptor->Attribute & EFI_MEMORY_WB);

	return type == MEMORY_RAM && !plain ? (uint32_t)MEMORY_RESERVED : type;
}

static enum status build_map(struct memory_map *map, struct arena *arena, struct err *err)
{
	uint64_t count = firmware.map.bytes / firmware.map.descriptor_bytes;
	struct memory_range *raw = ARENA_NEW_ARRAY(arena, struct memory_range, count);

	if (!raw)
		return err_set(err, ERR_NO_MEMORY, "no working memory for a memory map of {a} descriptors", NULL, count, 0);
	for (uint64_t i = 0; i < count; i++) {
		const EFI_MEMORY_DESCRIPTOR *descriptor = descriptor_at(i * firmware.map.descriptor_bytes);

		raw[i] = (struct memory_range){ .start = descriptor->PhysicalStart,
						.end = descriptor->PhysicalStart + descriptor->NumberOfPages * PAGE_BYTES,
						.type = type_of(descriptor),
						.attributes = 1 };
	}
	return memory_map_build(raw, (unsigned)count, map, err);
}

/*
 * A help for the search, not more: a run that cannot be noted (the map has overlaps, or too many of them) is refused by the firmware when
 * somebody wants it.
 */
static void note_run(struct memory *memory, uint64_t start, uint64_t end)
{
	struct err ignored;

	if (start < end && memory->count < FIRMWARE_RUNS_MAX)
		(void)!memory_reserve(memory, start, end, "the firmware", true, NULL, &ignored);
}

/* RAM that is in use now, one reservation for each run of neighbours in the map. */
static void reserve_used(struct memory *memory)
{
	uint64_t start = 0, end = 0;

	for (uint64_t at = 0; at < firmware.map.bytes; at += firmware.map.descriptor_bytes) {
		const EFI_MEMORY_DESCRIPTOR *descriptor = descriptor_at(at);

		if (type_of(descriptor) != MEMORY_RAM || descriptor->Type == EfiConventionalMemory)
			continue;
		if (descriptor->PhysicalStart != end) {
			note_run(memory, start, end);
			start = descriptor->PhysicalStart;
		}
		end = descriptor->PhysicalStart + descriptor->NumberOfPages * PAGE_BYTES;
	}
	note_run(memory, start, end);
}

/* Whether a reservation before this one has the page from the firmware already: two that are not whole pages may meet in one. */
static bool has_page(const struct memory *memory, uint64_t page)
{
	for (unsigned i = 0; i < memory->count; i++) {
		const struct memory_reservation *reservation = &memory->reservation[i];

		if (reservation->taken && reservation->start < page + PAGE_BYTES && reservation->end > page)
			return true;
	}
	return false;
}

/* Leaves of [start, end) what nobody has yet. The pages inside are covered whole, so only the first and the last can be shared. */
static void cut_shared(const struct memory *memory, uint64_t *start, uint64_t *end)
{
	if (has_page(memory, *start))
		*start += PAGE_BYTES;
	if (*start < *end && has_page(memory, *end - PAGE_BYTES))
		*end -= PAGE_BYTES;
}

static bool take(struct memory *memory, uint64_t start, uint64_t end, bool executable)
{
	EFI_PHYSICAL_ADDRESS at;

	cut_shared(memory, &start, &end);
	at = start;
	return start >= end || !EFI_ERROR(efi_boot()->AllocatePages(AllocateAddress, executable ? EfiLoaderCode : EfiLoaderData,
								    (end - start) / PAGE_BYTES, &at));
}

/* Comes in the reverse order of take(), so what is cut here is what was cut there. */
static void give_back(struct memory *memory, uint64_t start, uint64_t end)
{
	cut_shared(memory, &start, &end);
	if (start < end)
		(void)efi_boot()->FreePages(start, (end - start) / PAGE_BYTES);
}

enum status firmware_memory_read(struct memory *memory, struct arena *arena, struct err *err)
{
	static const struct memory_owner owner = { .take = take, .give_back = give_back };
	enum status status;

	firmware.descriptors = NULL;
	firmware.capacity = 0;
	status = read_map_growing(err);
	firmware.tells_caching = status == OK && caching_is_told();
	if (status == OK)
		status = build_map(&memory->map, arena, err);
	arena_reset(arena, 0);
	if (status != OK)
		return status;
	reserve_used(memory);
	memory->owner = &owner;
	return OK;
}

/* Whether the map, as it was read first, calls a page free. */
bool firmware_memory_is_free(uint64_t page)
{
	for (uint64_t at = 0; at < firmware.map.bytes; at += firmware.map.descriptor_bytes) {
		const EFI_MEMORY_DESCRIPTOR *descriptor = descriptor_at(at);

		if (descriptor->PhysicalStart <= page && page - descriptor->PhysicalStart < descriptor->NumberOfPages * PAGE_BYTES)
			return descriptor->Type == EfiConventionalMemory && type_of(descriptor) == MEMORY_RAM;
	}
	return false;
}

void firmware_memory_note(struct memory *memory, uint64_t start, uint64_t end)
{
	uint64_t run = start;

	for (uint64_t page = start; page < end; page += PAGE_BYTES) {
		if (firmware_memory_is_free(page))
			continue;
		note_run(memory, run, page);
		run = page + PAGE_BYTES;
	}
	note_run(memory, run, end);
}

void firmware_memory_end(struct memory *memory)
{
	memory_reset(memory, 0);
	firmware_pages_free(firmware.descriptors, firmware.capacity);
	firmware.descriptors = NULL;
	firmware.capacity = 0;
}

static enum status check_room(const struct plan *plan, struct err *err)
{
	if (plan->firmware_map.start == 0 || firmware.map.bytes <= plan->firmware_map.room)
		return OK;
	return err_set(err, ERR_TOO_BIG, "the firmware's memory map has {a} bytes, and there is room for {b}", NULL, firmware.map.bytes,
		       plan->firmware_map.room);
}

/*
 * The first call often fails with a wrong key, because it makes the firmware's drivers end something first. From then on only the map may
 * be read, into the buffer that is there.
 */
enum status firmware_leave(const struct plan *plan, bool *gone, struct err *err)
{
	const struct plan_firmware_map *wanted = &plan->firmware_map;
	enum status status = read_map_growing(err);
	EFI_STATUS refusal = EFI_SUCCESS, map_status;
	UINTN bytes;

	*gone = false;
	if (status == OK)
		status = check_room(plan, err);
	for (unsigned i = 0; i < LEAVE_TRIES && status == OK; i++) {
		*gone = true;
		refusal = efi_boot()->ExitBootServices(efi_image, firmware.key);
		if (!EFI_ERROR(refusal)) {
			if (wanted->start != 0)
				wanted->write(wanted->context, (uint8_t *)(uintptr_t)wanted->start, &firmware.map);
			return OK;
		}
		map_status = read_map(&bytes);
		if (EFI_ERROR(map_status))
			return efi_error(map_status, err, "the firmware's memory map cannot be read again", NULL);
		status = check_room(plan, err);
	}
	if (status != OK)
		return status;
	(void)err_set(err, ERR_DENIED, "the firmware says \"{s}\"", efi_status_name(refusal), 0, 0);
	return err_add(err, "the firmware could not be ended in {a} tries", NULL, LEAVE_TRIES, 0);
}
