/* SPDX-License-Identifier: MIT */
/* The random seed that a kernel finds when the firmware starts it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/span.h"
#include "support_efi_start.h"

enum { SEED_TABLE_BYTES = 4 + RANDOM_SEED_BYTES };

static EFI_GUID seed_guid = { 0x1CE1E5BC, 0x7CEB, 0x42F2, { 0x81, 0xE5, 0x8A, 0xAD, 0xF1, 0x80, 0xF5, 0x7B } };
static EFI_GUID other_guid = { 1, 2, 3, { 4 } };

static uint8_t seen[SEED_TABLE_BYTES];
static void *seen_at;
static uint8_t others[SEED_TABLE_BYTES];

static void *find_seed(void)
{
	void *found = NULL;

	for (UINTN i = 0; i < image_firmware.table.NumberOfTableEntries; i++) {
		if (efi_guid_equal(&image_firmware.configuration[i].VendorGuid, &seed_guid)) {
			assert_null(found);
			found = image_firmware.configuration[i].VendorTable;
		}
	}
	return found;
}

static EFI_STATUS look(EFI_HANDLE image)
{
	(void)image;
	seen_at = find_seed();
	if (seen_at)
		memcpy(seen, seen_at, sizeof seen);
	return EFI_ABORTED;
}

/* As Linux's stub does it when it fails later: a table of its own, and ours given back. */
static EFI_STATUS replace(EFI_HANDLE image)
{
	void *before;

	(void)look(image);
	before = find_seed();
	assert_int_equal(efi_boot()->InstallConfigurationTable(&seed_guid, others), EFI_SUCCESS);
	assert_int_equal(efi_boot()->FreePool(before), EFI_SUCCESS);
	return EFI_ABORTED;
}

static int set_up(void **state)
{
	bench_set_up(state);
	seen_at = NULL;
	image_firmware.program = look;
	bench.platform.machine.has_random_seed = true;
	for (unsigned i = 0; i < RANDOM_SEED_BYTES; i++)
		bench.platform.machine.random_seed[i] = (uint8_t)(0x50 + i);
	assert_int_equal(efi_boot()->InstallConfigurationTable(&other_guid, others), EFI_SUCCESS);
	return 0;
}

static void start(void)
{
	struct err err;

	image_firmware.starts = 0;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(image_firmware.starts, 1);
}

static void a_kernel_finds_the_seed(void **state)
{
	(void)state;
	start();
	assert_non_null(seen_at);
	assert_int_equal(get_le32(seen), RANDOM_SEED_BYTES);
	assert_memory_equal(seen + 4, bench.platform.machine.random_seed, RANDOM_SEED_BYTES);
	assert_null(find_seed());
	assert_int_equal(image_firmware.table.NumberOfTableEntries, 1);
	bench_assert_nothing_left();
}

static void without_a_seed_nothing_is_offered(void **state)
{
	(void)state;
	bench.platform.machine.has_random_seed = false;
	start();
	assert_null(seen_at);
}

static void the_seed_of_others_stays(void **state)
{
	(void)state;
	assert_int_equal(efi_boot()->InstallConfigurationTable(&seed_guid, others), EFI_SUCCESS);
	start();
	assert_ptr_equal(seen_at, others);
	assert_ptr_equal(find_seed(), others);
	bench_assert_nothing_left();
}

static void what_the_image_has_replaced_is_its_own(void **state)
{
	(void)state;
	image_firmware.program = replace;
	start();
	assert_ptr_not_equal(seen_at, others);
	assert_ptr_equal(find_seed(), others);
	bench_assert_nothing_left();
}

/* A firmware that will not take the seed is no reason not to start. */
static void faults_start_all_the_same(void **state)
{
	const unsigned pool = 3, table = 4; /* behind pages and LoadImage */

	(void)state;
	for (unsigned fault = pool; fault <= table; fault++) {
		image_firmware.fallible = 0;
		image_firmware.fail_at = fault;
		seen_at = others;
		start();
		assert_null(seen_at);
		bench_assert_nothing_left();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_kernel_finds_the_seed, set_up),
		cmocka_unit_test_setup(without_a_seed_nothing_is_offered, set_up),
		cmocka_unit_test_setup(the_seed_of_others_stays, set_up),
		cmocka_unit_test_setup(what_the_image_has_replaced_is_its_own, set_up),
		cmocka_unit_test_setup(faults_start_all_the_same, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
