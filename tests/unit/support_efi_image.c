/* SPDX-License-Identifier: MIT */
/* A firmware that starts programs. What it hands out is full of garbage, and what it does not know fails the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash/crc32.h"
#include "support_efi_image.h"
#include "uefi/device_path.h"
#include "uefi/firmware.h"

enum { GARBAGE = 0xA5 };

struct image_firmware image_firmware;

static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

/* --- memory --------------------------------------------------------------------------------------------------------------------------- */

static bool fails_now(void)
{
	return ++image_firmware.fallible == image_firmware.fail_at;
}

static void *take(UINTN bytes, UINTN pages)
{
	void *at = aligned_alloc(EFI_PAGE_SIZE, (bytes + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE * EFI_PAGE_SIZE);

	assert_non_null(at);
	memset(at, GARBAGE, bytes);
	for (unsigned i = 0; i < IMAGE_FIRMWARE_ALLOCATIONS_MAX; i++) {
		if (image_firmware.allocation[i].at)
			continue;
		image_firmware.allocation[i].at = at;
		image_firmware.allocation[i].pages = pages;
		return at;
	}
	fail_msg("too many allocations");
	return NULL;
}

static EFI_STATUS give_back(const void *at, UINTN pages)
{
	for (unsigned i = 0; i < IMAGE_FIRMWARE_ALLOCATIONS_MAX; i++) {
		if (image_firmware.allocation[i].at != at)
			continue;
		assert_int_equal(image_firmware.allocation[i].pages, pages);
		free(image_firmware.allocation[i].at);
		image_firmware.allocation[i].at = NULL;
		return EFI_SUCCESS;
	}
	fail_msg("freed what is not allocated");
	return EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE type, EFI_MEMORY_TYPE memory, UINTN pages, EFI_PHYSICAL_ADDRESS *address)
{
	assert_int_equal(type, AllocateAnyPages);
	assert_int_equal(memory, EfiLoaderData);
	assert_true(pages > 0);
	if (fails_now())
		return EFI_OUT_OF_RESOURCES;
	*address = (uintptr_t)take(pages * EFI_PAGE_SIZE, pages);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS address, UINTN pages)
{
	return give_back((void *)(uintptr_t)address, pages);
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE memory, UINTN bytes, void **buffer)
{
	assert_int_equal(memory, EfiACPIReclaimMemory);
	if (fails_now())
		return EFI_OUT_OF_RESOURCES;
	*buffer = take(bytes, 0);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pool(void *buffer)
{
	return give_back(buffer, 0);
}

unsigned image_firmware_allocations(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < IMAGE_FIRMWARE_ALLOCATIONS_MAX; i++)
		count += image_firmware.allocation[i].at != NULL;
	return count;
}

/* --- handles -------------------------------------------------------------------------------------------------------------------------- */

static bool same_guid(const EFI_GUID *a, const EFI_GUID *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static void **find(EFI_HANDLE handle, const EFI_GUID *guid)
{
	struct image_firmware_slot *at = handle;

	assert_true(at >= image_firmware.handle && at < image_firmware.handle + IMAGE_FIRMWARE_HANDLES_MAX);
	for (unsigned i = 0; i < at->count; i++) {
		if (same_guid(&at->protocol[i].guid, guid))
			return &at->protocol[i].interface;
	}
	return NULL;
}

void image_firmware_protocol(EFI_HANDLE handle, EFI_GUID guid, void *interface)
{
	struct image_firmware_slot *at = handle;

	assert_true(at->count < IMAGE_FIRMWARE_PROTOCOLS_MAX);
	at->protocol[at->count].guid = guid;
	at->protocol[at->count++].interface = interface;
}

EFI_HANDLE image_firmware_handle(EFI_GUID guid, void *interface)
{
	for (unsigned i = 0; i < IMAGE_FIRMWARE_HANDLES_MAX; i++) {
		if (image_firmware.handle[i].count > 0)
			continue;
		image_firmware_protocol(&image_firmware.handle[i], guid, interface);
		return &image_firmware.handle[i];
	}
	fail_msg("too many handles");
	return NULL;
}

unsigned image_firmware_handles(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < IMAGE_FIRMWARE_HANDLES_MAX; i++)
		count += image_firmware.handle[i].count > 0;
	return count;
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface)
{
	void **found = handle ? find(handle, guid) : NULL;

	if (!handle)
		return EFI_INVALID_PARAMETER;
	*interface = found ? *found : NULL;
	return found ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid, void *key, UINTN *count, EFI_HANDLE **handles)
{
	(void)key;
	assert_int_equal(type, ByProtocol);
	*handles = take(IMAGE_FIRMWARE_HANDLES_MAX * sizeof **handles, 0);
	*count = 0;
	for (unsigned i = 0; i < IMAGE_FIRMWARE_HANDLES_MAX; i++) {
		if (image_firmware.handle[i].count > 0 && find(&image_firmware.handle[i], guid))
			(*handles)[(*count)++] = &image_firmware.handle[i];
	}
	if (*count > 0)
		return EFI_SUCCESS;
	give_back(*handles, 0);
	*handles = NULL;
	return EFI_NOT_FOUND;
}

/* The handle whose path is the longest beginning of *path. */
static EFI_STATUS EFIAPI locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *handle)
{
	UINTN longest = 0, sought = device_path_bytes(*path);
	EFI_HANDLE found = NULL;

	for (unsigned i = 0; i < IMAGE_FIRMWARE_HANDLES_MAX; i++) {
		struct image_firmware_slot *at = &image_firmware.handle[i];
		void **own = at->count > 0 && find(at, guid) ? find(at, &device_path_guid) : NULL;
		UINTN bytes = own ? device_path_bytes(*own) : 0;

		if (!own || bytes > sought || (found && bytes <= longest) || memcmp(*path, *own, bytes) != 0)
			continue;
		found = at;
		longest = bytes;
	}
	if (!found)
		return EFI_NOT_FOUND;
	*handle = found;
	*path = (EFI_DEVICE_PATH *)((uint8_t *)*path + longest);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI install(EFI_HANDLE *handle, ...)
{
	__builtin_ms_va_list list;
	EFI_GUID *guid;

	if (fails_now())
		return EFI_ALREADY_STARTED;
	__builtin_ms_va_start(list, handle);
	while ((guid = __builtin_va_arg(list, EFI_GUID *)) != NULL) {
		void *interface = __builtin_va_arg(list, void *);

		if (*handle)
			image_firmware_protocol(*handle, *guid, interface);
		else
			*handle = image_firmware_handle(*guid, interface);
	}
	__builtin_ms_va_end(list);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI uninstall(EFI_HANDLE handle, ...)
{
	struct image_firmware_slot *at = handle;
	__builtin_ms_va_list list;
	unsigned removed = 0;
	EFI_GUID *guid;

	if (image_firmware.uninstall_fails)
		return EFI_ACCESS_DENIED;
	__builtin_ms_va_start(list, handle);
	while ((guid = __builtin_va_arg(list, EFI_GUID *)) != NULL) {
		void **found = find(handle, guid);

		assert_non_null(found);
		assert_ptr_equal(*found, __builtin_va_arg(list, void *));
		removed++;
	}
	__builtin_ms_va_end(list);
	assert_int_equal(removed, at->count);
	at->count = 0;
	return EFI_SUCCESS;
}

/* --- configuration tables ------------------------------------------------------------------------------------------------------------- */

/* UEFI specification 2.10, 7.5.4: adds a table, gives it a new address, or with NULL removes it. */
static EFI_STATUS EFIAPI install_configuration_table(EFI_GUID *guid, void *table)
{
	EFI_CONFIGURATION_TABLE *list = image_firmware.configuration;
	UINTN i = 0, *count = &image_firmware.table.NumberOfTableEntries;

	if (fails_now())
		return EFI_OUT_OF_RESOURCES;
	while (i < *count && !same_guid(&list[i].VendorGuid, guid))
		i++;
	if (i == *count && !table)
		return EFI_NOT_FOUND;
	if (!table) {
		list[i] = list[--*count];
		return EFI_SUCCESS;
	}
	assert_true(i < IMAGE_FIRMWARE_TABLES_MAX);
	list[i] = (EFI_CONFIGURATION_TABLE){ *guid, table };
	*count += i == *count;
	return EFI_SUCCESS;
}

/* --- images --------------------------------------------------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI load_image(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, void *source, UINTN bytes,
				    EFI_HANDLE *image)
{
	assert_false(boot_policy);
	assert_ptr_equal(parent, efi_image);
	image_firmware.path_bytes = device_path_bytes(path) + sizeof(EFI_DEVICE_PATH);
	assert_true(image_firmware.path_bytes <= sizeof image_firmware.path);
	memcpy(image_firmware.path, path, image_firmware.path_bytes);
	image_firmware.source_bytes = bytes;
	image_firmware.source_crc32 = crc32_update(0, source, bytes);
	image_firmware.loads++;
	if (fails_now())
		return EFI_OUT_OF_RESOURCES;
	if (!EFI_ERROR(image_firmware.load_status) || image_firmware.loads_all_the_same)
		*image = image_firmware_handle(loaded_image_guid, &image_firmware.loaded);
	return image_firmware.load_status;
}

static EFI_STATUS EFIAPI unload_image(EFI_HANDLE image)
{
	assert_non_null(find(image, &loaded_image_guid));
	((struct image_firmware_slot *)image)->count = 0;
	image_firmware.unloads++;
	return EFI_SUCCESS;
}

/* As the firmware does it: an application that has ended is unloaded. */
static EFI_STATUS EFIAPI start_image(EFI_HANDLE image, UINTN *exit_bytes, CHAR16 **exit_data)
{
	EFI_STATUS status;

	image_firmware.starts++;
	status = image_firmware.program(image);
	if (image_firmware.exit_text) {
		UINTN units = strlen(image_firmware.exit_text) + 1;
		CHAR16 *text = take(units * sizeof *text, 0);

		for (UINTN i = 0; i < units; i++)
			text[i] = (CHAR16)image_firmware.exit_text[i];
		*exit_data = text;
		*exit_bytes = image_firmware.exit_bytes ? image_firmware.exit_bytes : units * sizeof *text;
	}
	((struct image_firmware_slot *)image)->count = 0;
	return status;
}

static EFI_STATUS EFIAPI set_watchdog(UINTN seconds, UINT64 code, UINTN bytes, CHAR16 *text)
{
	(void)bytes;
	(void)text;
	assert_true(code > 0xFFFF); /* others are the firmware's own */
	image_firmware.watchdog_seconds = seconds;
	return EFI_SUCCESS;
}

/* --- console -------------------------------------------------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI set_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *console, UINTN mode)
{
	console->Mode->Mode = (INT32)mode;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_attribute(SIMPLE_TEXT_OUTPUT_INTERFACE *console, UINTN attribute)
{
	console->Mode->Attribute = (INT32)attribute;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI enable_cursor(SIMPLE_TEXT_OUTPUT_INTERFACE *console, BOOLEAN visible)
{
	console->Mode->CursorVisible = visible;
	return EFI_SUCCESS;
}

void image_firmware_reset(EFI_HANDLE *self)
{
	static EFI_LOADED_IMAGE own;

	for (unsigned i = 0; i < IMAGE_FIRMWARE_ALLOCATIONS_MAX; i++)
		free(image_firmware.allocation[i].at);
	memset(&image_firmware, 0, sizeof image_firmware);
	image_firmware.services = (EFI_BOOT_SERVICES){
		.AllocatePages = allocate_pages,
		.FreePages = free_pages,
		.AllocatePool = allocate_pool,
		.FreePool = free_pool,
		.InstallConfigurationTable = install_configuration_table,
		.HandleProtocol = handle_protocol,
		.LocateHandleBuffer = locate_handle_buffer,
		.LocateDevicePath = locate_device_path,
		.InstallMultipleProtocolInterfaces = install,
		.UninstallMultipleProtocolInterfaces = uninstall,
		.LoadImage = load_image,
		.UnloadImage = unload_image,
		.StartImage = start_image,
		.SetWatchdogTimer = set_watchdog,
	};
	image_firmware.console = (SIMPLE_TEXT_OUTPUT_INTERFACE){
		.SetMode = set_mode, .SetAttribute = set_attribute, .EnableCursor = enable_cursor, .Mode = &image_firmware.console_mode
	};
	image_firmware.table = (EFI_SYSTEM_TABLE){ .BootServices = &image_firmware.services,
						   .ConOut = &image_firmware.console,
						   .ConfigurationTable = image_firmware.configuration };
	own = (EFI_LOADED_IMAGE){ .DeviceHandle = NULL };
	*self = image_firmware_handle(loaded_image_guid, &own);
	firmware_init(*self, &image_firmware.table);
}
