/* SPDX-License-Identifier: MIT */
/* The bench for image_start(): disk, plan, files, and the program that is started. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_efi_start.h"
#include "uefi/image.h"

struct bench bench;

static const EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;
const EFI_GUID bench_device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
const EFI_GUID bench_loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
const EFI_GUID bench_load_file2_guid = { 0x4006C0C1, 0xFCB3, 0x403E, { 0x99, 0x6D, 0x4A, 0x6C, 0x87, 0x24, 0xE0, 0x6D } };
const uint8_t bench_initrd_path[24] = { 4,    3,    20,   0,    0x27, 0xE4, 0x68, 0x55, 0xFC, 0x68,    0x3D,
					0x4F, 0xAC, 0x74, 0xCA, 0x55, 0x52, 0x31, 0xCC, 0x68, PATH_END };

static uint8_t esp_path[] = { PATH_ESP, PATH_END };
static uint8_t boot_path[] = { PATH_BOOT, PATH_END };

static enum status read_test_file(struct file *file, uint64_t offset, uint64_t bytes, void *to, struct err *err)
{
	const struct bench_file *test = (const struct bench_file *)file;

	if (test->fails)
		return err_set(err, ERR_IO, "the test says no", NULL, 0, 0);
	memcpy(to, test->data + offset, bytes);
	return OK;
}

static struct file *make_file(unsigned index, const char *path, const char *data)
{
	static const struct file_ops ops = { .read = read_test_file };

	bench.file[index] = (struct bench_file){ .file = { &ops, path, strlen(data) }, .data = data };
	return &bench.file[index].file;
}

void bench_add_initrd(const char *path, const char *data)
{
	unsigned index = bench.plan.image.initrd_count++;

	bench.initrd[index] = make_file(index + 1, path, data);
}

struct _EFI_LOAD_FILE_PROTOCOL *bench_find_initrd(EFI_DEVICE_PATH **path)
{
	EFI_HANDLE handle;

	*path = (EFI_DEVICE_PATH *)bench_initrd_path;
	if (efi_boot()->LocateDevicePath((EFI_GUID *)&bench_load_file2_guid, path, &handle) != EFI_SUCCESS)
		return NULL;
	return efi_protocol(handle, &bench_load_file2_guid);
}

/* Looks at everything as Linux does. */
static void look_around(EFI_HANDLE image)
{
	const EFI_LOADED_IMAGE *loaded = efi_protocol(image, &bench_loaded_image_guid);
	struct _EFI_LOAD_FILE_PROTOCOL *source;
	EFI_DEVICE_PATH *path;

	bench.allocations_then = image_firmware_allocations();
	bench.options_bytes = loaded->LoadOptionsSize;
	assert_true(bench.options_bytes <= sizeof bench.options);
	if (bench.options_bytes > 0)
		memcpy(bench.options, loaded->LoadOptions, bench.options_bytes);
	source = bench_find_initrd(&path);
	bench.initrd_there = source != NULL;
	if (!source)
		return;
	bench.joined_bytes = 0;
	assert_int_equal(source->LoadFile(source, path, FALSE, &bench.joined_bytes, NULL), EFI_BUFFER_TOO_SMALL);
	assert_true(bench.joined_bytes > 0 && bench.joined_bytes <= sizeof bench.joined);
	assert_int_equal(source->LoadFile(source, path, FALSE, &bench.joined_bytes, bench.joined), EFI_SUCCESS);
}

static EFI_STATUS program(EFI_HANDLE image)
{
	look_around(image);
	return EFI_ABORTED;
}

int bench_set_up(void **state)
{
	EFI_LOADED_IMAGE *own;
	EFI_HANDLE esp;

	(void)state;
	memset(&bench, 0, sizeof bench);
	image_firmware_reset(&bench.self);
	image_firmware.program = program;
	image_firmware.console_mode = (SIMPLE_TEXT_OUTPUT_MODE){ .Mode = 1, .Attribute = 7, .CursorVisible = FALSE };
	esp = image_firmware_handle(block_io_guid, &bench);
	image_firmware_protocol(esp, bench_device_path_guid, esp_path);
	image_firmware_protocol(image_firmware_handle(block_io_guid, &bench), bench_device_path_guid, boot_path);
	own = efi_protocol(bench.self, &bench_loaded_image_guid);
	own->DeviceHandle = esp;
	bench.handles_before = image_firmware_handles();
	arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
	bench.platform.arena = &bench.arena;
	bench.platform.machine.boot_partition_lba = BENCH_BOOT_LBA;
	bench.plan.mode = ENTRY_MODE_IMAGE;
	bench.plan.image = (struct plan_image){ .file = make_file(0, "/efi/x.efi", "MZ a program"), .path = "/efi/x.efi", .options = "" };
	bench.plan.image.initrd = bench.initrd;
	return 0;
}

enum status bench_start(struct err *err)
{
	*err = (struct err){ .code = OK };
	return image_start(&bench.platform, &bench.plan, err);
}

void bench_assert_nothing_left(void)
{
	EFI_DEVICE_PATH *path;

	assert_int_equal(image_firmware_allocations(), 0);
	assert_int_equal(image_firmware_handles(), bench.handles_before);
	assert_null(bench_find_initrd(&path));
}
