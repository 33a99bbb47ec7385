/* SPDX-License-Identifier: MIT */
/* The console: each line once on each device, and keys from all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "flow/platform.h"
#include "support_efi_image.h"
#include "support_efi_machine.h"
#include "uefi/console.h"

/* ACPI(PNP0501,n)/Uart(115200,8,N,1), and the VT100 node that a terminal adds. */
#define SERIAL(n) 2, 1, 12, 0, 0xD0, 0x41, 1, 5, n, 0, 0, 0
#define PCI       1, 1, 6, 0, 1, 0
#define UART      3, 14, 19, 0, 0, 0, 0, 0, 0, 0xC2, 1, 0, 0, 0, 0, 0, 8, 1, 1
#define VT100     3, 10, 20, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
#define END       0x7F, 0xFF, 4, 0

static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static const EFI_GUID console_out_device_guid = { 0xd3b36f2c, 0xd551, 0x11d4, { 0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };

static uint8_t first_port[] = { PCI, SERIAL(0), UART, VT100, END };
static uint8_t second_port[] = { PCI, SERIAL(1), UART, VT100, END };
static uint8_t card[] = { PCI, UART, END };
static uint8_t screen[] = { PCI, END };

static int reset(void **state)
{
	EFI_HANDLE self;

	(void)state;
	fake_machine_reset(&self);
	return 0;
}

static void add_output(uint8_t *path)
{
	EFI_HANDLE handle = image_firmware_handle(console_out_device_guid, NULL);

	image_firmware_protocol(handle, device_path_guid, path);
}

static void text_goes_to_the_firmware(void **state)
{
	char expected[400] = "\rone\r\ntwo\r\n?", long_line[300];
	struct sink *console = console_init();

	(void)state;
	print(console, "one\ntwo\n\xC3");
	assert_string_equal(fake_machine.screen, expected);
	assert_string_equal(fake_machine.debug, "one\ntwo\n\xC3");
	memset(long_line, 'x', sizeof long_line - 1);
	long_line[sizeof long_line - 1] = '\0';
	memset(long_line + 120, '\n', 10);
	print(console, "%s", long_line);
	assert_int_equal(strlen(fake_machine.screen), strlen(expected) + strlen(long_line) + 10);
}

/* Devices that lack a character are not asked to show it; the columns of a line stay the same. */
static void characters_that_the_firmware_has(void **state)
{
	struct sink *console = console_init();

	(void)state;
	print(console, "caf\u00e9 \ud55c\uad6d \u263a \U0001f427 \n");
	assert_string_equal(fake_machine.screen, "\rcaf\u00e9 ? ?  ? ?  \r\n"); /* the first: console_init() listens for it */
	assert_string_equal(fake_machine.serial, "caf\u00e9 \ud55c\uad6d \u263a \U0001f427 \n");
	fake_machine.shows_korean = true;
	memset(fake_machine.screen, 0, sizeof fake_machine.screen);
	print(console, "\ud55c\uad6d");
	assert_string_equal(fake_machine.screen, "\ud55c\uad6d");
}

/* The firmware has the first port if a path says so, or if it is heard there whatever its paths say. */
static void no_line_comes_twice(void **state)
{
	static const struct {
		uint8_t *path; /* NULL: none, as with U-Boot */
		bool is_heard, is_ours;
	} cases[] = {
		{ first_port, false, false }, { second_port, false, true }, { card, false, true }, { screen, false, true },
		{ NULL, false, true },        { second_port, true, false }, { card, true, false }, { NULL, true, false },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		reset(state);
		fake_machine.console_is_serial = cases[i].is_heard;
		if (cases[i].path) {
			add_output(screen);
			add_output(cases[i].path);
		}
		print(console_init(), "text\n");
		assert_string_equal(fake_machine.screen, cases[i].path == first_port ? "text\r\n" : "\rtext\r\n");
		assert_string_equal(fake_machine.serial, cases[i].is_ours ? "text\n" : cases[i].is_heard ? "text\r\n" : "");
		assert_int_equal(fake_machine.serial_starts, cases[i].is_ours);
		assert_int_equal(fake_machine.level, TPL_APPLICATION);
	}
	/* Firmware without a splitter of consoles: the one that there is. */
	reset(state);
	image_firmware.table.ConsoleOutHandle = image_firmware_handle(device_path_guid, first_port);
	print(console_init(), "text\n");
	assert_string_equal(fake_machine.serial, "");
}

static void without_a_console(void **state)
{
	(void)state;
	image_firmware.table.ConOut = NULL;
	add_output(first_port);
	print(console_init(), "text\n");
	assert_string_equal(fake_machine.serial, "text\n");
}

static void ports_are_left_when_the_firmware_is_gone(void **state)
{
	struct sink *console;

	(void)state;
	add_output(first_port);
	console = console_init();
	console_leave_firmware();
	image_firmware.table.ConOut = NULL;
	print(console, "text\n");
	assert_string_equal(fake_machine.serial, "text\n");
	assert_string_equal(fake_machine.debug, "text\n");
	assert_int_equal(fake_machine.serial_starts, 1);
}

static void nothing_is_left_in_the_firmware(void **state)
{
	(void)state;
	console_init();
	assert_int_equal(fake_machine.events, 1);
	console_end();
	assert_int_equal(fake_machine.events, 0);
	console_end();
	assert_int_equal(image_firmware_allocations(), 0);
}

static void type(UINT16 scan_code, CHAR16 character)
{
	fake_machine.key_queue[fake_machine.keys++] = (EFI_INPUT_KEY){ .ScanCode = scan_code, .UnicodeChar = character };
}

static void keys_of_the_keyboard(void **state)
{
	static const struct {
		UINT16 scan_code;
		CHAR16 character;
		int key;
	} cases[] = {
		{ 0, '\r', KEY_ENTER }, { 0, '\n', KEY_ENTER }, { 0x17, 0, KEY_ESCAPE }, { 1, 0, KEY_UP },
		{ 2, 0, KEY_DOWN },     { 0, '7', '7' },        { 0, 'x', 'x' },
	};

	(void)state;
	add_output(first_port);
	console_init();
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		type(cases[i].scan_code, cases[i].character);
		assert_int_equal(console_key(5000), cases[i].key);
	}
	assert_int_equal(fake_machine.waited_ms, 0);
	/* What means nothing to us does not end the wait. */
	type(0x0B, 0);
	type(0, 0xE4);
	type(0, 'y');
	assert_int_equal(console_key(5000), 'y');
}

static void waits_as_long_as_it_should(void **state)
{
	static const unsigned waits[] = { 0, 1, 99, 1000, 12345 };

	for (unsigned i = 0; i < sizeof waits / sizeof *waits; i++) {
		for (unsigned ours = 0; ours < 2; ours++) {
			reset(state);
			add_output(ours ? screen : first_port);
			console_init();
			assert_int_equal(console_key(waits[i]), KEY_NONE);
			assert_int_equal(fake_machine.waited_ms, waits[i]);
		}
	}
	reset(state);
	image_firmware.table.ConIn = NULL;
	console_init();
	assert_int_equal(console_key(1000), KEY_NONE);
	assert_int_equal(fake_machine.waited_ms, 1000);
}

static void keys_of_a_terminal(void **state)
{
	(void)state;
	add_output(screen);
	console_init();
	fake_machine.serial_input = "\x1B[A\x1BOB5\n";
	assert_int_equal(console_key(1000), KEY_UP);
	assert_int_equal(console_key(1000), KEY_DOWN);
	assert_int_equal(console_key(1000), '5');
	assert_int_equal(console_key(1000), KEY_ENTER);
	/* The firmware reads its own port. */
	reset(state);
	add_output(first_port);
	console_init();
	fake_machine.serial_input = "5";
	assert_int_equal(console_key(1000), KEY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(text_goes_to_the_firmware, reset),
		cmocka_unit_test_setup(characters_that_the_firmware_has, reset),
		cmocka_unit_test_setup(no_line_comes_twice, reset),
		cmocka_unit_test_setup(without_a_console, reset),
		cmocka_unit_test_setup(ports_are_left_when_the_firmware_is_gone, reset),
		cmocka_unit_test_setup(nothing_is_left_in_the_firmware, reset),
		cmocka_unit_test_setup(keys_of_the_keyboard, reset),
		cmocka_unit_test_setup(waits_as_long_as_it_should, reset),
		cmocka_unit_test_setup(keys_of_a_terminal, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
