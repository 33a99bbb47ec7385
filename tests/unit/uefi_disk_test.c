/* SPDX-License-Identifier: MIT */
/* Block I/O against firmware that is as strict as the specification allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/disk.h"
#include "uefi/firmware.h"

#define DISK 2, 1, 12, 0, 0xD0, 0x41, 3, 0x0A, 0, 0, 0, 0
#define PARTITION                                                                                                                          \
	4, 1, 42, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,   \
		2, 2
#define END 0x7F, 0xFF, 4, 0

static const EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;
static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

static uint8_t disk_path[] = { DISK, END };
static uint8_t partition_path[] = { DISK, PARTITION, END };
static EFI_BLOCK_IO_PROTOCOL partition_io;
static EFI_BLOCK_IO_MEDIA partition_media = { .MediaPresent = TRUE, .LogicalPartition = TRUE, .BlockSize = 512 };

static _Alignas(4096) uint8_t bounce[EFI_DISK_BOUNCE_BYTES];
static _Alignas(4096) uint8_t data[FAKE_DISK_BYTES + 4096];
static struct efi_disk disk;
static struct err err;
static EFI_HANDLE disk_handle, partition_handle;

static void start_from(EFI_HANDLE device)
{
	((EFI_LOADED_IMAGE *)efi_protocol(efi_image, &loaded_image_guid))->DeviceHandle = device;
}

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	partition_io = (EFI_BLOCK_IO_PROTOCOL){ .Media = &partition_media };
	disk_handle = image_firmware_handle(device_path_guid, disk_path);
	image_firmware_protocol(disk_handle, block_io_guid, &fake_machine.block_io);
	partition_handle = image_firmware_handle(device_path_guid, partition_path);
	image_firmware_protocol(partition_handle, block_io_guid, &partition_io);
	start_from(partition_handle);
	return 0;
}

static void open_disk(void)
{
	assert_int_equal(efi_disk_open(&disk, bounce, &err), OK);
	assert_int_equal(disk.device.block_bytes, fake_machine.media.BlockSize);
	assert_int_equal(disk.device.blocks, FAKE_DISK_BYTES / fake_machine.media.BlockSize);
}

/* Reads to data + offset and compares, also with what must not be touched. */
static void check_read(uint64_t lba, uint32_t count, unsigned offset)
{
	uint64_t bytes = (uint64_t)count * disk.device.block_bytes;

	memset(data, 0xA5, sizeof data);
	assert_int_equal(block_read(&disk.device, lba, count, data + offset, &err), OK);
	assert_memory_equal(data + offset, fake_disk + lba * disk.device.block_bytes, bytes);
	assert_int_equal(data[offset + bytes], 0xA5);
}

static void reads_the_whole_disk_behind_the_partition(void **state)
{
	(void)state;
	open_disk();
	check_read(0, 1, 0);
	check_read(17, 1000, 0);
	start_from(disk_handle); /* a disk without partitions */
	open_disk();
	check_read(3, 5, 0);
}

static void reads_in_large_requests(void **state)
{
	(void)state;
	open_disk();
	check_read(1, FAKE_DISK_BYTES / 512 - 1, 0);
	assert_int_equal(fake_machine.longest_read, 1 << 20);
	assert_int_equal(fake_machine.reads, 4);
}

static void obeys_the_alignment(void **state)
{
	static const struct {
		uint32_t align;
		unsigned offset;
		uint64_t longest;
	} cases[] = {
		{ 0, 1, 1 << 20 },
		{ 1, 1, 1 << 20 },
		{ 8, 8, 1 << 20 },
		{ 8, 1, EFI_DISK_BOUNCE_BYTES },
		{ 4096, 512, EFI_DISK_BOUNCE_BYTES },
		{ 4096, 4096, 1 << 20 },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		reset(state);
		fake_machine.media.IoAlign = cases[i].align;
		open_disk();
		check_read(5, 4000, cases[i].offset);
		assert_int_equal(fake_machine.longest_read, cases[i].longest);
	}
}

static void reads_blocks_of_4096_bytes(void **state)
{
	(void)state;
	fake_machine.media.BlockSize = 4096;
	fake_machine.media.LastBlock = FAKE_DISK_BYTES / 4096 - 1;
	fake_machine.media.IoAlign = 8;
	open_disk();
	check_read(3, 700, 0);
	check_read(3, 700, 3);
	check_read(FAKE_DISK_BYTES / 4096 - 1, 1, 0);
	assert_int_equal(block_read(&disk.device, FAKE_DISK_BYTES / 4096, 1, data, &err), ERR_CORRUPT);
}

static void follows_the_medium(void **state)
{
	(void)state;
	open_disk();
	check_read(0, 8, 0);
	fake_machine.media.MediaId++;
	check_read(0, 8, 0);
}

static void names_the_bad_block(void **state)
{
	struct block_retry retry;

	(void)state;
	open_disk();
	fake_machine.bad_lba = 1234;
	assert_int_equal(block_read(&disk.device, 1000, 500, data, &err), ERR_IO);
	block_retry_init(&retry, &disk.device);
	assert_int_equal(block_read(&retry.device, 1000, 500, data, &err), ERR_IO);
	assert_true(fake_machine.resets > 0);
	for (unsigned i = 0; i < err.depth; i++) {
		if (strstr(err.frame[i].what, "LBA {a}") && err.frame[i].a == 1234)
			return;
	}
	fail_msg("the trail does not name LBA 1234");
}

/* A machine that reads has not hung. */
static void keeps_the_watchdog_quiet(void **state)
{
	(void)state;
	open_disk();
	check_read(0, 1, 0);
	assert_int_equal(image_firmware.watchdog_seconds, 300);
}

static void refuses_what_is_no_disk(void **state)
{
	static const uint32_t odd_sizes[] = { 0, 256, 520, 8192 };

	start_from(NULL);
	assert_int_equal(efi_disk_open(&disk, bounce, &err), ERR_NOT_FOUND);
	assert_non_null(err.hint);
	reset(state);
	start_from(image_firmware_handle(device_path_guid, disk_path));
	assert_int_equal(efi_disk_open(&disk, bounce, &err), ERR_NOT_FOUND);
	reset(state);
	((EFI_DEVICE_PATH *)(void *)(disk_path))->SubType = 2; /* the partition's disk has no handle */
	assert_int_equal(efi_disk_open(&disk, bounce, &err), ERR_NOT_FOUND);
	((EFI_DEVICE_PATH *)(void *)(disk_path))->SubType = 1;
	fake_machine.media.MediaPresent = FALSE;
	assert_int_equal(efi_disk_open(&disk, bounce, &err), ERR_IO);
	for (unsigned i = 0; i < sizeof odd_sizes / sizeof *odd_sizes; i++) {
		reset(state);
		fake_machine.media.BlockSize = odd_sizes[i];
		assert_int_equal(efi_disk_open(&disk, bounce, &err), ERR_UNSUPPORTED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_the_whole_disk_behind_the_partition, reset),
		cmocka_unit_test_setup(reads_in_large_requests, reset),
		cmocka_unit_test_setup(obeys_the_alignment, reset),
		cmocka_unit_test_setup(reads_blocks_of_4096_bytes, reset),
		cmocka_unit_test_setup(follows_the_medium, reset),
		cmocka_unit_test_setup(names_the_bad_block, reset),
		cmocka_unit_test_setup(keeps_the_watchdog_quiet, reset),
		cmocka_unit_test_setup(refuses_what_is_no_disk, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
