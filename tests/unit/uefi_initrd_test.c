/* SPDX-License-Identifier: MIT */
/* Initrds for PE kernels over a firmware of the tests: how they are joined and offered, and what happens when others offer one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "support_efi_start.h"

static void initrds_are_joined(void **state)
{
	struct err err;

	(void)state;
	bench_add_initrd("/a", "12345");
	bench_add_initrd("/empty", "");
	bench_add_initrd("/b", "1234");
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(bench.joined_bytes, 12);
	assert_memory_equal(bench.joined,
			    "12345\0\0\0"
			    "1234",
			    12);
	bench_assert_nothing_left();
}

/* Zeros after the last one would change what the kernel measures. */
static void nothing_follows_the_last_initrd(void **state)
{
	struct err err;

	(void)state;
	bench_add_initrd("/a", "1234");
	bench_add_initrd("/b", "123");
	bench_add_initrd("/empty", "");
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(bench.joined_bytes, 7);
	assert_memory_equal(bench.joined, "1234123", 7);
}

static void empty_initrds_are_none(void **state)
{
	struct err err;

	(void)state;
	bench_add_initrd("/empty", "");
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(image_firmware.starts, 1);
	assert_false(bench.initrd_there);
	bench_assert_nothing_left();
}

static EFI_STATUS program_asks_wrongly(EFI_HANDLE image)
{
	EFI_DEVICE_PATH *path;
	struct _EFI_LOAD_FILE_PROTOCOL *source = bench_find_initrd(&path);
	UINTN bytes = 2;
	char small[2] = "?";

	(void)image;
	assert_non_null(source);
	assert_int_equal(source->LoadFile(source, path, TRUE, &bytes, small), EFI_UNSUPPORTED);
	assert_int_equal(source->LoadFile(NULL, path, FALSE, &bytes, small), EFI_INVALID_PARAMETER);
	assert_int_equal(source->LoadFile(source, NULL, FALSE, &bytes, small), EFI_INVALID_PARAMETER);
	assert_int_equal(source->LoadFile(source, path, FALSE, NULL, small), EFI_INVALID_PARAMETER);
	assert_int_equal(source->LoadFile(source, path, FALSE, &bytes, small), EFI_BUFFER_TOO_SMALL);
	assert_int_equal(bytes, 3);
	assert_string_equal(small, "?");
	return EFI_SUCCESS;
}

static void load_file2_answers_as_specified(void **state)
{
	struct err err;

	(void)state;
	bench_add_initrd("/a", "123");
	image_firmware.program = program_asks_wrongly;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_trail(&err, "came back: success");
	bench_assert_nothing_left();
}

static void initrds_beyond_all_memory_are_refused(void **state)
{
	struct err err;

	(void)state;
	bench_add_initrd("/a", "123");
	bench_add_initrd("/b", "123");
	bench.initrd[1]->bytes = UINT64_MAX - 2;
	assert_status(ERR_TOO_BIG, bench_start(&err), &err);
	assert_int_equal(image_firmware.starts, 0);
	assert_int_equal(image_firmware_allocations(), 0);
}

static EFI_HANDLE offer_by_others(void)
{
	static EFI_LOAD_FILE_PROTOCOL other;
	EFI_HANDLE handle = image_firmware_handle(bench_load_file2_guid, &other);

	image_firmware_protocol(handle, bench_device_path_guid, (void *)bench_initrd_path);
	return handle;
}

static void an_initrd_of_others_is_an_error(void **state)
{
	struct err err;

	(void)state;
	offer_by_others();
	bench_add_initrd("/a", "123");
	assert_status(ERR_DENIED, bench_start(&err), &err);
	assert_trail(&err, "offers an initrd already");
	assert_hint(&err, "leave the initrd out of the entry");
	assert_int_equal(image_firmware.starts, 0);
	assert_int_equal(image_firmware_allocations(), 0);
	assert_int_equal(image_firmware_handles(), bench.handles_before + 1); /* theirs is still there */
}

static EFI_STATUS program_without_look(EFI_HANDLE image)
{
	EFI_DEVICE_PATH *path;

	(void)image;
	bench.initrd_there = bench_find_initrd(&path) != NULL;
	return EFI_SUCCESS;
}

static void an_initrd_of_others_stays_if_we_have_none(void **state)
{
	EFI_HANDLE other = offer_by_others();
	struct err err;

	(void)state;
	image_firmware.program = program_without_look;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_true(bench.initrd_there);
	assert_non_null(efi_protocol(other, &bench_load_file2_guid));
}

/* LoadFile2 on a handle of another kind is not an initrd. */
static void other_load_file2_is_not_in_the_way(void **state)
{
	static uint8_t nothing[] = { PATH_END };
	EFI_HANDLE other = image_firmware_handle(bench_load_file2_guid, &bench);
	struct err err;

	(void)state;
	image_firmware_protocol(other, bench_device_path_guid, nothing);
	bench_add_initrd("/a", "123");
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(bench.joined_bytes, 3);
}

static void an_offer_that_cannot_be_withdrawn_keeps_its_memory(void **state)
{
	struct err err;

	(void)state;
	bench_add_initrd("/a", "123");
	image_firmware.uninstall_fails = true;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(image_firmware_allocations(), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(initrds_are_joined, bench_set_up),
		cmocka_unit_test_setup(nothing_follows_the_last_initrd, bench_set_up),
		cmocka_unit_test_setup(empty_initrds_are_none, bench_set_up),
		cmocka_unit_test_setup(load_file2_answers_as_specified, bench_set_up),
		cmocka_unit_test_setup(initrds_beyond_all_memory_are_refused, bench_set_up),
		cmocka_unit_test_setup(an_initrd_of_others_is_an_error, bench_set_up),
		cmocka_unit_test_setup(an_initrd_of_others_stays_if_we_have_none, bench_set_up),
		cmocka_unit_test_setup(other_load_file2_is_not_in_the_way, bench_set_up),
		cmocka_unit_test_setup(an_offer_that_cannot_be_withdrawn_keeps_its_memory, bench_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
