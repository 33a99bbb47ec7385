/* SPDX-License-Identifier: MIT */
/* A machine for the UEFI shell to run on. Nothing but the map may be asked for once ExitBootServices() was called. */
#include "support_efi_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "stage2/pc/serial.h"
#include "support_efi_image.h"
#include "uefi/firmware.h"

enum { FIRST_MEDIUM = 7 };

struct fake_machine fake_machine;
uint8_t fake_disk[FAKE_DISK_BYTES];

static EFI_ALLOCATE_PAGES allocate_on_host;
static EFI_FREE_PAGES free_on_host;
static const int timer, keyboard_event;

/* --- memory --- */

void fake_memory(uint64_t start, uint64_t end, uint32_t type)
{
	for (uint64_t page = start / EFI_PAGE_SIZE; page < end / EFI_PAGE_SIZE; page++)
		fake_machine.page[page] = type;
	fake_machine.key++;
}

void fake_attributes(uint64_t start, uint64_t end, uint64_t attributes)
{
	for (uint64_t page = start / EFI_PAGE_SIZE; page < end / EFI_PAGE_SIZE; page++)
		fake_machine.attribute[page] = attributes;
	fake_machine.key++;
}

bool fake_memory_is(uint64_t start, uint64_t end, uint32_t type)
{
	for (uint64_t page = start / EFI_PAGE_SIZE; page < end / EFI_PAGE_SIZE; page++) {
		if (fake_machine.page[page] != type)
			return false;
	}
	return true;
}

/* Memory anywhere is the host's. In the map every second page from the top goes, so that each such call makes the map longer. */
static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN pages, EFI_PHYSICAL_ADDRESS *address)
{
	uint64_t end = *address + pages * EFI_PAGE_SIZE;

	if (fake_machine.no_pages)
		return EFI_OUT_OF_RESOURCES;
	if (type == AllocateAnyPages) {
		uint64_t top = (FAKE_PAGES - 2 * ++fake_machine.odd_pages) * (uint64_t)EFI_PAGE_SIZE;

		fake_memory(top, top + EFI_PAGE_SIZE, memory);
		return allocate_on_host(type, memory, pages, address);
	}
	assert_int_equal(type, AllocateAddress);
	assert_true(pages > 0 && *address % EFI_PAGE_SIZE == 0);
	if (end > (uint64_t)FAKE_PAGES * EFI_PAGE_SIZE || !fake_memory_is(*address, end, EfiConventionalMemory))
		return EFI_NOT_FOUND;
	fake_memory(*address, end, memory);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS address, UINTN pages)
{
	uint64_t end = address + pages * EFI_PAGE_SIZE;

	if (address >= (uint64_t)FAKE_PAGES * EFI_PAGE_SIZE)
		return free_on_host(address, pages);
	assert_true(fake_memory_is(address, end, EfiLoaderData) || fake_memory_is(address, end, EfiLoaderCode));
	fake_memory(address, end, EfiConventionalMemory);
	return EFI_SUCCESS;
}

static unsigned run_end(unsigned page)
{
	unsigned end = page;

	while (end < FAKE_PAGES && fake_machine.page[end] == fake_machine.page[page] &&
	       fake_machine.attribute[end] == fake_machine.attribute[page])
		end++;
	return end;
}

static UINTN descriptors(void)
{
	UINTN count = fake_machine.host.NumberOfPages > 0;

	for (unsigned page = 0; page < FAKE_PAGES; page = run_end(page))
		count += fake_machine.page[page] != FAKE_HOLE;
	return count;
}

static void put_descriptor(EFI_MEMORY_DESCRIPTOR *map, UINTN at, const EFI_MEMORY_DESCRIPTOR *descriptor)
{
	uint8_t *to = (uint8_t *)map + at * FAKE_DESCRIPTOR_BYTES;

	memset(to, 0xEE, FAKE_DESCRIPTOR_BYTES);
	memcpy(to, descriptor, sizeof *descriptor);
}

static EFI_STATUS EFIAPI get_memory_map(UINTN *bytes, EFI_MEMORY_DESCRIPTOR *map, UINTN *key, UINTN *descriptor_bytes, UINT32 *version)
{
	UINTN count = descriptors(), room = *bytes, index = 0;

	if (fake_machine.map_fails && fake_machine.leave_calls > 0)
		return EFI_DEVICE_ERROR;
	*descriptor_bytes = FAKE_DESCRIPTOR_BYTES;
	*version = 1;
	*bytes = count * FAKE_DESCRIPTOR_BYTES;
	if (room < *bytes)
		return EFI_BUFFER_TOO_SMALL;
	for (unsigned page = 0; page < FAKE_PAGES; page = run_end(page)) {
		EFI_MEMORY_DESCRIPTOR descriptor = { .Type = fake_machine.page[page],
						     .PhysicalStart = (uint64_t)page * EFI_PAGE_SIZE,
						     .NumberOfPages = run_end(page) - page,
						     .Attribute = fake_machine.attribute[page] };

		if (descriptor.Type != FAKE_HOLE)
			put_descriptor(map, fake_machine.backwards ? count - 1 - index++ : index++, &descriptor);
	}
	if (index < count)
		put_descriptor(map, fake_machine.backwards ? 0 : index, &fake_machine.host);
	*key = fake_machine.key;
	return EFI_SUCCESS;
}

/* Whoever calls anything else from now on falls over a null pointer. */
static void take_services_away(void)
{
	EFI_GET_MEMORY_MAP map = image_firmware.services.GetMemoryMap;
	EFI_EXIT_BOOT_SERVICES leave = image_firmware.services.ExitBootServices;

	memset(&image_firmware.services, 0, sizeof image_firmware.services);
	image_firmware.services.GetMemoryMap = map;
	image_firmware.services.ExitBootServices = leave;
	image_firmware.table.ConOut = NULL;
	image_firmware.table.ConIn = NULL;
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE image, UINTN key)
{
	assert_ptr_equal(image, efi_image);
	assert_int_equal(key, fake_machine.key);
	take_services_away();
	if (fake_machine.leave_calls++ < fake_machine.leave_failures) {
		fake_memory(0, EFI_PAGE_SIZE, EfiBootServicesData); /* drivers have let go of something: one descriptor more */
		return EFI_INVALID_PARAMETER;
	}
	return EFI_SUCCESS;
}

/* --- disk --- */

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO_PROTOCOL *this, UINT32 medium, EFI_LBA lba, UINTN bytes, void *buffer)
{
	const EFI_BLOCK_IO_MEDIA *media = this->Media;
	uint64_t end = lba + bytes / media->BlockSize;

	fake_machine.reads++;
	if (bytes > fake_machine.longest_read)
		fake_machine.longest_read = bytes;
	if (!media->MediaPresent)
		return EFI_NO_MEDIA;
	if (medium != media->MediaId)
		return EFI_MEDIA_CHANGED;
	if (bytes % media->BlockSize != 0)
		return EFI_BAD_BUFFER_SIZE;
	if ((media->IoAlign > 1 && (uintptr_t)buffer % media->IoAlign != 0) || end > media->LastBlock + 1)
		return EFI_INVALID_PARAMETER;
	if (fake_machine.bad_lba >= lba && fake_machine.bad_lba < end) {
		memcpy(buffer, fake_disk + lba * media->BlockSize, (fake_machine.bad_lba - lba) * media->BlockSize);
		return EFI_DEVICE_ERROR;
	}
	memcpy(buffer, fake_disk + lba * media->BlockSize, bytes);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI reset_disk(EFI_BLOCK_IO_PROTOCOL *this, BOOLEAN extended)
{
	(void)this;
	assert_false(extended); /* which takes minutes */
	fake_machine.resets++;
	return EFI_SUCCESS;
}

/* --- consoles --- */

static void append(char text[FAKE_TEXT_BYTES], const char *more, size_t bytes)
{
	size_t length = strlen(text);

	assert_true(length + bytes < FAKE_TEXT_BYTES);
	memcpy(text + length, more, bytes);
}

/* The devices have Latin-1, and Korean if the test says so. */
static bool is_shown(CHAR16 code)
{
	return code < 0x100 || (fake_machine.shows_korean && code >= 0xAC00 && code <= 0xD7A3);
}

static EFI_STATUS EFIAPI test_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *text)
{
	(void)this;
	for (; *text != 0; text++) {
		if (!is_shown(*text))
			return EFI_UNSUPPORTED;
	}
	return EFI_SUCCESS;
}

/* `screen` is UTF-8. */
static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *text)
{
	(void)this;
	for (; *text != 0; text++) {
		char all[] = { (char)(0xE0 | *text >> 12), (char)(0x80 | (*text >> 6 & 0x3F)), (char)(0x80 | (*text & 0x3F)) };
		char two[] = { (char)(0xC0 | *text >> 6), all[2] }, one = (char)*text;
		const char *utf8 = *text < 0x80 ? &one : *text < 0x800 ? two : all;
		size_t bytes = *text < 0x80 ? 1 : *text < 0x800 ? 2 : 3;

		assert_true(is_shown(*text));
		append(fake_machine.screen, utf8, bytes);
		if (fake_machine.console_is_serial && fake_machine.looped)
			fake_machine.heard++;
		else if (fake_machine.console_is_serial)
			append(fake_machine.serial, utf8, bytes);
	}
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *this, EFI_INPUT_KEY *key)
{
	(void)this;
	assert_true(fake_machine.keys > 0); /* some firmware hangs when it is asked without having called */
	*key = fake_machine.key_queue[0];
	memmove(fake_machine.key_queue, fake_machine.key_queue + 1, sizeof *key * --fake_machine.keys);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL level, EFI_EVENT_NOTIFY notify, void *context, EFI_EVENT *event)
{
	assert_int_equal(type, EVT_TIMER);
	(void)level;
	(void)notify;
	(void)context;
	*event = (EFI_EVENT)&timer;
	fake_machine.events++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_event(EFI_EVENT event)
{
	assert_ptr_equal(event, &timer);
	fake_machine.events--;
	return EFI_SUCCESS;
}

static EFI_TPL EFIAPI raise_level(EFI_TPL level)
{
	EFI_TPL before = fake_machine.level;

	assert_true(level >= before);
	fake_machine.level = level;
	return before;
}

static void EFIAPI restore_level(EFI_TPL level)
{
	assert_true(level <= fake_machine.level);
	fake_machine.level = level;
}

static uint64_t timer_ms;

static EFI_STATUS EFIAPI set_timer(EFI_EVENT event, EFI_TIMER_DELAY kind, UINT64 trigger)
{
	assert_ptr_equal(event, &timer);
	assert_int_equal(kind, TimerRelative);
	timer_ms = trigger / 10000;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI wait_for_event(UINTN count, EFI_EVENT *events, UINTN *index)
{
	for (*index = 0; *index < count; ++*index) {
		if (events[*index] == (EFI_EVENT)&keyboard_event && fake_machine.keys > 0)
			return EFI_SUCCESS;
	}
	assert_ptr_equal(events[0], &timer);
	fake_machine.waited_ms += timer_ms;
	*index = 0;
	return EFI_SUCCESS;
}

/* The ports, in place of stage2/pc/serial.c. */
void serial_init(void)
{
	fake_machine.serial_starts++;
}

void serial_write(const char *text, size_t bytes)
{
	append(fake_machine.serial, text, bytes);
}

/* A firmware that is not kept from reading takes what is heard for a key. */
bool serial_is_written_by(void (*write)(void))
{
	fake_machine.looped = true;
	write();
	fake_machine.looped = false;
	return fake_machine.heard > 0 && fake_machine.level == TPL_NOTIFY;
}

int serial_read(void)
{
	return *fake_machine.serial_input != '\0' ? *fake_machine.serial_input++ : -1;
}

void debug_console_init(void)
{
}

void debug_console_write(const char *text, size_t bytes)
{
	append(fake_machine.debug, text, bytes);
}

/* --- all of it --- */

static void reset_disk_and_consoles(void)
{
	fake_machine.bad_lba = UINT64_MAX;
	fake_machine.media = (EFI_BLOCK_IO_MEDIA){
		.MediaId = FIRST_MEDIUM, .MediaPresent = TRUE, .BlockSize = 512, .LastBlock = FAKE_DISK_BYTES / 512 - 1
	};
	fake_machine.block_io = (EFI_BLOCK_IO_PROTOCOL){ .Media = &fake_machine.media, .ReadBlocks = read_blocks, .Reset = reset_disk };
	fake_machine.keyboard = (SIMPLE_INPUT_INTERFACE){ .ReadKeyStroke = read_key, .WaitForKey = (EFI_EVENT)&keyboard_event };
	fake_machine.level = TPL_APPLICATION;
	fake_machine.serial_input = "";
	for (size_t i = 0; i < FAKE_DISK_BYTES; i++)
		fake_disk[i] = (uint8_t)(i * 7 + i / 512 * 13 + i / 65536);
	image_firmware.console.OutputString = output_string;
	image_firmware.console.TestString = test_string;
	image_firmware.table.ConIn = &fake_machine.keyboard;
}

void fake_machine_reset(EFI_HANDLE *self)
{
	memset(&fake_machine, 0, sizeof fake_machine);
	image_firmware_reset(self);
	allocate_on_host = image_firmware.services.AllocatePages;
	free_on_host = image_firmware.services.FreePages;
	image_firmware.services.AllocatePages = allocate_pages;
	image_firmware.services.FreePages = free_pages;
	image_firmware.services.GetMemoryMap = get_memory_map;
	image_firmware.services.ExitBootServices = exit_boot_services;
	image_firmware.services.CreateEvent = create_event;
	image_firmware.services.CloseEvent = close_event;
	image_firmware.services.SetTimer = set_timer;
	image_firmware.services.RaiseTPL = raise_level;
	image_firmware.services.RestoreTPL = restore_level;
	image_firmware.services.WaitForEvent = wait_for_event;
	reset_disk_and_consoles();
	fake_attributes(0, (uint64_t)FAKE_PAGES * EFI_PAGE_SIZE, EFI_MEMORY_WB);
	fake_memory(0, 1 << 20, EfiBootServicesCode);
	fake_memory(1 << 20, (uint64_t)FAKE_PAGES * EFI_PAGE_SIZE, EfiConventionalMemory);
}
