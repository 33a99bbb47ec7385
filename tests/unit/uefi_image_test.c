/* SPDX-License-Identifier: MIT */
/* image_start() over a firmware of the tests: what the program gets, what is said when it cannot start, and that nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/hash/crc32.h"
#include "support_efi_start.h"

static EFI_STATUS rude_program(EFI_HANDLE image)
{
	(void)image;
	assert_int_equal(image_firmware.watchdog_seconds, 300);
	image_firmware.console_mode = (SIMPLE_TEXT_OUTPUT_MODE){ .Mode = 2, .Attribute = 0, .CursorVisible = TRUE };
	image_firmware.watchdog_seconds = 0;
	return EFI_SUCCESS;
}

static void the_program_gets_its_file_and_path(void **state)
{
	static const uint8_t expected[] = { PATH_BOOT, 4,   4, 26,  0, '\\', 0, 'e', 0, 'f', 0, 'i', 0, '\\',
					    0,         'x', 0, '.', 0, 'e',  0, 'f', 0, 'i', 0, 0,   0, PATH_END };
	struct err err;

	(void)state;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_trail(&err, "/efi/x.efi was started and came back: aborted");
	assert_int_equal(image_firmware.starts, 1);
	assert_int_equal(image_firmware.source_bytes, 12);
	assert_int_equal(image_firmware.source_crc32, crc32_update(0, "MZ a program", 12));
	assert_int_equal(image_firmware.path_bytes, sizeof expected);
	assert_memory_equal(image_firmware.path, expected, sizeof expected);
	assert_int_equal(bench.options_bytes, 0);
	assert_false(bench.initrd_there);
	assert_int_equal(bench.allocations_then, 0); /* the file's bytes are not needed any more */
	bench_assert_nothing_left();
}

static void an_unknown_partition_is_the_loaders_own(void **state)
{
	static const uint8_t esp[] = { PATH_ESP };
	struct err err;

	(void)state;
	bench.platform.machine.boot_partition_lba = 0x999;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_memory_equal(image_firmware.path, esp, sizeof esp);
}

static void a_loader_without_a_device_names_the_file_alone(void **state)
{
	EFI_LOADED_IMAGE *own = efi_protocol(bench.self, &bench_loaded_image_guid);
	struct err err;

	(void)state;
	own->DeviceHandle = NULL;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(image_firmware.starts, 1);
	assert_int_equal(image_firmware.path_bytes, 26 + 4);
}

static void options_are_utf16(void **state)
{
	static const uint16_t expected[] = { 'a', '=', 0xE4, ' ', 0xD83D, 0xDE00, 0 };
	struct err err;

	(void)state;
	bench.plan.image.options = "a=\xC3\xA4 \xF0\x9F\x98\x80";
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(bench.options_bytes, sizeof expected);
	assert_memory_equal(bench.options, expected, sizeof expected);
	bench_assert_nothing_left();
}

static void secure_boot_is_explained(void **state)
{
	static const EFI_STATUS refusals[] = { EFI_SECURITY_VIOLATION, EFI_ACCESS_DENIED };
	struct err err;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		image_firmware.load_status = refusals[i];
		image_firmware.loads_all_the_same = refusals[i] == EFI_SECURITY_VIOLATION;
		assert_status(ERR_DENIED, bench_start(&err), &err);
		assert_trail(&err, "the firmware refuses /efi/x.efi: it is not signed by a key that Secure Boot trusts");
		assert_hint(&err, "sbsign");
		assert_int_equal(image_firmware.starts, 0);
		assert_int_equal(image_firmware.unloads, 1); /* of the first one only: the second was not loaded */
		bench_assert_nothing_left();
	}
}

static void a_damaged_image_is_named(void **state)
{
	struct err err;

	(void)state;
	image_firmware.load_status = EFI_LOAD_ERROR;
	assert_status(ERR_CORRUPT, bench_start(&err), &err);
	assert_trail(&err, "the firmware cannot load /efi/x.efi: load error");
	assert_null(err.hint);
	bench_assert_nothing_left();
}

static void last_words_are_in_the_trail(void **state)
{
	struct err err;

	(void)state;
	image_firmware.exit_text = "no root\r\ndevice";
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_trail(&err, "/efi/x.efi was started and came back: aborted: it says \"no root  device\"");
	bench_assert_nothing_left();
	image_firmware.exit_text = "cut off here";
	image_firmware.exit_bytes = 2 * strlen("cut off") + 1; /* not even whole characters */
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_trail(&err, "it says \"cut off\"");
	bench_assert_nothing_left();
	image_firmware.exit_text = "";
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_trail(&err, "/efi/x.efi was started and came back: aborted");
	assert_int_equal(err.depth, 2);
	bench_assert_nothing_left();
}

static void console_and_watchdog_are_as_before(void **state)
{
	struct err err;

	(void)state;
	image_firmware.program = rude_program;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(image_firmware.console_mode.Mode, 1);
	assert_int_equal(image_firmware.console_mode.Attribute, 7);
	assert_false(image_firmware.console_mode.CursorVisible);
	assert_int_equal(image_firmware.watchdog_seconds, 300);
}

static void a_firmware_without_console_is_served(void **state)
{
	struct err err;

	(void)state;
	image_firmware.table.ConOut = NULL;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(image_firmware.starts, 1);
}

static void files_that_cannot_be_read_start_nothing(void **state)
{
	struct err err;

	(void)state;
	bench_add_initrd("/a", "123");
	bench_add_initrd("/b", "123");
	bench.file[0].fails = true;
	assert_status(ERR_IO, bench_start(&err), &err);
	assert_int_equal(image_firmware.loads, 0);
	bench_assert_nothing_left();
	bench.file[0].fails = false;
	for (unsigned i = 1; i < 3; i++) {
		bench.file[i].fails = true;
		assert_status(ERR_IO, bench_start(&err), &err);
		assert_trail(&err, i == 1 ? "cannot load initrd /a: the test says no" : "cannot load initrd /b: the test says no");
		assert_int_equal(image_firmware.starts, 0);
		bench_assert_nothing_left();
		bench.file[i].fails = false;
	}
}

/* The N-th call that can fail does, for N = 1 until none is left. */
static void firmware_faults_leave_nothing(void **state)
{
	unsigned n = 0;

	(void)state;
	bench_add_initrd("/a", "123");
	for (;;) {
		struct err err;

		image_firmware.fallible = 0;
		image_firmware.fail_at = ++n;
		(void)bench_start(&err);
		bench_assert_nothing_left();
		if (image_firmware.starts > 0)
			break;
		assert_true(err.code == ERR_NO_MEMORY || err.code == ERR_DENIED);
		assert_true(err.depth > 0);
	}
	assert_int_equal(n, 5); /* two allocations, one load, one offer */
}

static void arena_faults_leave_nothing(void **state)
{
	unsigned n = 0, started = 0;

	(void)state;
	bench.plan.image.options = "options";
	bench_add_initrd("/a", "123");
	image_firmware.exit_text = "words";
	while (started == 0) {
		struct err err;

		arena_init(&bench.arena, bench.arena_bytes, sizeof bench.arena_bytes);
		bench.arena.fail_at = ++n;
		(void)bench_start(&err);
		started = image_firmware.starts;
		bench_assert_nothing_left();
		assert_int_equal(err.code, started > 0 ? ERR_IO : ERR_NO_MEMORY);
	}
	assert_int_equal(n, 5); /* the last one is for the program's words, which are left out */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_program_gets_its_file_and_path, bench_set_up),
		cmocka_unit_test_setup(an_unknown_partition_is_the_loaders_own, bench_set_up),
		cmocka_unit_test_setup(a_loader_without_a_device_names_the_file_alone, bench_set_up),
		cmocka_unit_test_setup(options_are_utf16, bench_set_up),
		cmocka_unit_test_setup(secure_boot_is_explained, bench_set_up),
		cmocka_unit_test_setup(a_damaged_image_is_named, bench_set_up),
		cmocka_unit_test_setup(last_words_are_in_the_trail, bench_set_up),
		cmocka_unit_test_setup(console_and_watchdog_are_as_before, bench_set_up),
		cmocka_unit_test_setup(a_firmware_without_console_is_served, bench_set_up),
		cmocka_unit_test_setup(files_that_cannot_be_read_start_nothing, bench_set_up),
		cmocka_unit_test_setup(firmware_faults_leave_nothing, bench_set_up),
		cmocka_unit_test_setup(arena_faults_leave_nothing, bench_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
