/* SPDX-License-Identifier: MIT */
/* Device paths byte by byte, the partition that the boot volume is, text in UTF-16, and the firmware's status codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "support_block.h"
#include "support_efi_image.h"
#include "uefi/device_path.h"
#include "uefi/status.h"
#include "uefi/utf16.h"

/* PciRoot(0)/Pci(3,0), and the same with a partition: number 2 from LBA 0x800 of 0x1000 blocks. */
#define PCI 2, 1, 12, 0, 0xD0, 0x41, 3, 0x0A, 0, 0, 0, 0, 1, 1, 6, 0, 0, 3
#define PARTITION(number, start)                                                                                                           \
	4, 1, 42, 0, number, 0, 0, 0, (start)&0xFF, (start) >> 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,    \
		10, 11, 12, 13, 14, 15, 16, 2, 2
#define END 0x7F, 0xFF, 4, 0

static uint8_t disk_path[] = { PCI, END };
static uint8_t second_path[] = { PCI, PARTITION(2, 0x800), END };
static uint8_t third_path[] = { PCI, PARTITION(3, 0x1800), END };
static uint8_t other_disk_path[] = { 2, 1, 12, 0, 0xD0, 0x41, 3, 0x0A, 1, 0, 0, 0, 1, 1, 6, 0, 0, 3, PARTITION(3, 0x1800), END };
static uint8_t inside_path[] = { PCI, PARTITION(2, 0x800), PARTITION(3, 0x1800), END };
static uint8_t no_end_path[] = { PCI, 4, 1, 3, 0 };
enum { PCI_BYTES = 18, PARTITION_BYTES = 42 };

static uint8_t arena_bytes[16384];
static struct arena arena;
static EFI_HANDLE self;

static int set_up(void **state)
{
	(void)state;
	image_firmware_reset(&self);
	arena_init(&arena, arena_bytes, sizeof arena_bytes);
	return 0;
}

static EFI_DEVICE_PATH *path_of(uint8_t *bytes)
{
	return (EFI_DEVICE_PATH *)bytes;
}

static EFI_HANDLE device(uint8_t *path)
{
	EFI_HANDLE handle = image_firmware_handle((EFI_GUID)EFI_BLOCK_IO_PROTOCOL_GUID, &image_firmware);

	image_firmware_protocol(handle, (EFI_GUID)EFI_DEVICE_PATH_PROTOCOL_GUID, path);
	return handle;
}

static void lengths_are_found(void **state)
{
	UINT64 start;

	(void)state;
	assert_int_equal(device_path_bytes(path_of(disk_path)), PCI_BYTES);
	assert_int_equal(device_path_bytes(path_of(second_path)), PCI_BYTES + PARTITION_BYTES);
	assert_int_equal(device_path_disk_bytes(path_of(disk_path), &start), PCI_BYTES);
	assert_int_equal(start, 0);
	assert_int_equal(device_path_disk_bytes(path_of(third_path), &start), PCI_BYTES);
	assert_int_equal(start, 0x1800);
}

/* A node shorter than its own header would be read for ever. */
static void damaged_paths_are_empty(void **state)
{
	uint8_t *endless = malloc(DEVICE_PATH_BYTES_MAX + 4);
	UINT64 start = 1;

	(void)state;
	assert_int_equal(device_path_bytes(NULL), 0);
	assert_int_equal(device_path_bytes(path_of(no_end_path)), 0);
	assert_int_equal(device_path_disk_bytes(path_of(no_end_path), &start), 0);
	assert_int_equal(start, 0);
	for (unsigned i = 0; i <= DEVICE_PATH_BYTES_MAX; i += 4)
		memcpy(endless + i, (uint8_t[]){ 4, 3, 4, 0 }, 4);
	assert_int_equal(device_path_bytes(path_of(endless)), 0);
	free(endless);
}

static void the_partition_is_found_by_its_start(void **state)
{
	EFI_HANDLE other = device(other_disk_path), inside = device(inside_path), disk = device(disk_path), second = device(second_path),
		   third = device(third_path);

	(void)state;
	(void)other;
	(void)inside;
	image_firmware_handle((EFI_GUID)EFI_BLOCK_IO_PROTOCOL_GUID, &image_firmware); /* a device without a path */
	assert_ptr_equal(device_path_find_partition(second, 0x1800), third);
	assert_ptr_equal(device_path_find_partition(third, 0x800), second);
	assert_ptr_equal(device_path_find_partition(second, 0x800), second);
	assert_ptr_equal(device_path_find_partition(disk, 0x1800), third);
	assert_ptr_equal(device_path_find_partition(disk, 0), disk);
	assert_ptr_equal(device_path_find_partition(second, 0x999), second); /* there is none */
	assert_ptr_equal(device_path_find_partition(NULL, 0x800), NULL);
	assert_int_equal(image_firmware_allocations(), 0);
}

static void files_have_the_path_that_the_firmware_gives(void **state)
{
	static const uint8_t expected[] = { PCI, PARTITION(2, 0x800), 4, 4, 18, 0, '\\', 0, 'a', 0, '\\', 0, 'b', 0, 'c', 0, 0xE4, 0, 0, 0,
					    END };
	EFI_HANDLE second = device(second_path);
	EFI_DEVICE_PATH *path;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		path = device_path_of_file(second, (const char *[]){ "/a/bc\xC3\xA4", "a/bc\xC3\xA4", "//a///bc\xC3\xA4" }[i], &arena);
		assert_non_null(path);
		assert_memory_equal(path, expected, sizeof expected);
	}
	path = device_path_of_file(NULL, "/x", &arena);
	assert_memory_equal(path, ((uint8_t[]){ 4, 4, 10, 0, '\\', 0, 'x', 0, 0, 0, END }), 14);
}

static void a_full_arena_is_told(void **state)
{
	EFI_HANDLE second = device(second_path);
	unsigned n = 0;

	(void)state;
	do {
		arena_init(&arena, arena_bytes, sizeof arena_bytes);
		arena.fail_at = ++n;
	} while (!device_path_of_file(second, "/a", &arena));
	assert_int_equal(n, 4);
	arena.calls = 0;
	arena.fail_at = 1;
	assert_null(ascii_from_utf16(&arena, (const uint16_t[]){ 0 }, 1));
}

static void assert_utf16(const char *text, const uint16_t *expected, size_t units)
{
	size_t got_units = 0;
	uint16_t *got = utf16_from_utf8(&arena, text, &got_units);

	assert_non_null(got);
	assert_int_equal(got_units, units);
	assert_memory_equal(got, expected, units * sizeof *got);
}

#define assert_units(text, ...) assert_utf16(text, (const uint16_t[]){ __VA_ARGS__, 0 }, sizeof((uint16_t[]){ __VA_ARGS__, 0 }) / 2)

static void text_becomes_utf16(void **state)
{
	(void)state;
	assert_utf16("", (const uint16_t[]){ 0 }, 1);
	assert_units("a\x7F", 'a', 0x7F);
	assert_units("\xC2\x80\xDF\xBF", 0x80, 0x7FF);
	assert_units("\xE0\xA0\x80\xEF\xBF\xBF", 0x800, 0xFFFF);
	assert_units("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 0xD800, 0xDC00, 0xDBFF, 0xDFFF);
	assert_units("\xF0\x9F\x98\x80x", 0xD83D, 0xDE00, 'x');
	/* Bytes that are none: each alone, and what follows is still read. */
	assert_units("\x80x", 0xFFFD, 'x');
	assert_units("\xC3x", 0xFFFD, 'x');
	assert_units("\xE2\x82", 0xFFFD, 0xFFFD);
	assert_units("\xC0\x80", 0xFFFD, 0xFFFD);                         /* overlong */
	assert_units("\xED\xA0\x80", 0xFFFD, 0xFFFD, 0xFFFD);             /* a surrogate */
	assert_units("\xF4\x90\x80\x80", 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD); /* beyond U+10FFFF */
	assert_units("\xFFx", 0xFFFD, 'x');
}

static void utf16_becomes_ascii(void **state)
{
	static const uint16_t text[] = { 'a', '\r', '\n', '\t', 0xE4, 0x1B, '~', 0, 'x' };

	(void)state;
	assert_string_equal(ascii_from_utf16(&arena, text, 9), "a   ??~");
	assert_string_equal(ascii_from_utf16(&arena, text, 1), "a");
	assert_string_equal(ascii_from_utf16(&arena, text, 0), "");
}

static void statuses_have_words(void **state)
{
	(void)state;
	assert_string_equal(efi_status_name(EFI_SUCCESS), "success");
	assert_string_equal(efi_status_name(EFI_ACCESS_DENIED), "access denied");
	assert_string_equal(efi_status_name(EFI_ABORTED), "aborted");
	assert_string_equal(efi_status_name(EFI_WARN_DELETE_FAILURE), "warning: delete failure");
	assert_string_equal(efi_status_name(EFIERR(29)), "unknown status");
	assert_string_equal(efi_status_name(EFIERR(0)), "unknown status");
	assert_string_equal(efi_status_name(EFIERR_OEM(15)), "unknown status");
	assert_string_equal(efi_status_name(100), "unknown status");
	for (unsigned i = 0; i < 100; i++) {
		assert_int_not_equal(efi_status_code(EFIERR(i)), OK);
		assert_int_not_equal(efi_status_code(EFIERR(i)), ERR_NOT_FOUND);
		assert_int_not_equal(efi_status_code(i), OK);
	}
	assert_int_equal(efi_status_code(EFI_SECURITY_VIOLATION), ERR_DENIED);
	assert_int_equal(efi_status_code(EFI_OUT_OF_RESOURCES), ERR_NO_MEMORY);
}

static void statuses_make_trails(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(efi_error(EFI_DEVICE_ERROR, &err, "cannot do {s}", "it"), ERR_IO);
	assert_trail(&err, "cannot do it: device error");
	assert_int_equal(efi_error(EFIERR_OEM(7), &err, "cannot", NULL), ERR_IO);
	assert_trail(&err, "cannot: unknown status 0xc000000000000007");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lengths_are_found, set_up),
		cmocka_unit_test_setup(damaged_paths_are_empty, set_up),
		cmocka_unit_test_setup(the_partition_is_found_by_its_start, set_up),
		cmocka_unit_test_setup(files_have_the_path_that_the_firmware_gives, set_up),
		cmocka_unit_test_setup(a_full_arena_is_told, set_up),
		cmocka_unit_test_setup(text_becomes_utf16, set_up),
		cmocka_unit_test_setup(utf16_becomes_ascii, set_up),
		cmocka_unit_test_setup(statuses_have_words, set_up),
		cmocka_unit_test_setup(statuses_make_trails, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
