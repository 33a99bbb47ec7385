/* SPDX-License-Identifier: MIT */
/*
 * Console input and output through the firmware (UEFI specification 2.10, sections 12.3 and 12.4).
 *
 * Firmware often has the serial port among its consoles, so our own driver writes there only if it has not: no line comes twice. Device
 * paths tell it on most firmware. Where they do not (U-Boot's consoles have none; a UART may stand behind a vendor's node), the port is
 * asked: looped back on itself, it hears whether the firmware writes to it.
 */
#include "uefi/console.h"

#include "core/base/span.h"
#include "core/base/utf8.h"
#include "flow/platform.h"
#include "stage2/pc/serial.h"
#include "stage2/pc/serial_key.h"
#include "uefi/device_path.h"
#include "uefi/firmware.h"

enum {
	LINE_UNITS = 128,
	STEP_MS = 100,        /* a wait is cut into steps, so that a key of no meaning does not end it */
	STEP_MS_POLLING = 10, /* the serial port has no event */
	TICKS_PER_MS = 10000, /* of a timer: 100 ns */
	ACPI_HID = 4,         /* offsets in an ACPI device path node */
	ACPI_UID = 8,
	ACPI_NODE_BYTES = 12,
	PNP0501 = 0x050141D0, /* a 16550 */
};

/* EDK2 puts this protocol on each device that its console writes to. */
static const EFI_GUID console_out_device_guid = { 0xd3b36f2c, 0xd551, 0x11d4, { 0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };

static struct {
	bool firmware, serial; /* where output goes */
	EFI_EVENT timer;
} console;

/*
 * What the firmware can show of a character: UCS-2 (UEFI 2.10, section 12.4.1), and of that what all its devices have. Without the question
 * a terminal of EDK2 may send the low byte of a character that it does not have, which could be an escape.
 */
static CHAR16 firmware_character(uint32_t code)
{
	CHAR16 text[2] = { (CHAR16)code, 0 };

	if (code < 0x80)
		return (CHAR16)code;
	return code <= 0xFFFF && !EFI_ERROR(efi_table->ConOut->TestString(efi_table->ConOut, text)) ? (CHAR16)code : '?';
}

static void firmware_write(const char *text, size_t bytes)
{
	CHAR16 line[LINE_UNITS + 2]; /* a character becomes two at most */
	size_t used = 0;

	for (size_t at = 0, taken; at < bytes; at += taken) {
		uint32_t code = utf8_take(text + at, bytes - at, &taken);

		if (code == '\n')
			line[used++] = '\r';
		line[used++] = firmware_character(code);
		/* The layout of a line was made for columns of a terminal. */
		if (line[used - 1] == '?' && utf8_columns(code) > 1)
			line[used++] = ' ';
		if (used >= LINE_UNITS - 1 || at + taken == bytes) {
			line[used] = 0;
			(void)efi_table->ConOut->OutputString(efi_table->ConOut, line);
			used = 0;
		}
	}
}

static void console_write(struct sink *sink, const char *text, size_t bytes)
{
	(void)sink;
	if (console.firmware)
		firmware_write(text, bytes);
	if (console.serial)
		serial_write(text, bytes);
	debug_console_write(text, bytes);
}

/* The first serial port: a UART node behind the ACPI node of the first 16550. */
static bool is_first_serial_port(const EFI_DEVICE_PATH *path)
{
	const uint8_t *start = (const uint8_t *)path;
	UINTN bytes = device_path_bytes(path);
	bool first_16550 = false;

	for (UINTN at = 0; at < bytes; at += get_le16(start + at + 2)) {
		const EFI_DEVICE_PATH *node = (const EFI_DEVICE_PATH *)(start + at);

		if (node->Type == MESSAGING_DEVICE_PATH && node->SubType == MSG_UART_DP)
			return first_16550;
		if (node->Type == ACPI_DEVICE_PATH && node->SubType == ACPI_DP && get_le16(node->Length) >= ACPI_NODE_BYTES)
			first_16550 = get_le32(start + at + ACPI_HID) == PNP0501 && get_le32(start + at + ACPI_UID) == 0;
	}
	return false;
}

/* Whether one of the paths of the firmware's console leads to the first serial port. */
static bool has_path_to_serial(void)
{
	EFI_HANDLE *handles = NULL;
	UINTN count = 0;
	bool found = is_first_serial_port(device_path_of(efi_table->ConsoleOutHandle));

	if (EFI_ERROR(efi_boot()->LocateHandleBuffer(ByProtocol, (EFI_GUID *)&console_out_device_guid, NULL, &count, &handles)))
		return found;
	for (UINTN i = 0; i < count && !found; i++)
		found = is_first_serial_port(device_path_of(handles[i]));
	(void)efi_boot()->FreePool(handles);
	return found;
}

/* A carriage return: to be seen nowhere, whatever stands in the line. */
static void write_nothing(void)
{
	(void)efi_table->ConOut->OutputString(efi_table->ConOut, (CHAR16[]){ '\r', 0 });
}

/* No timer of the firmware shall read meanwhile what the port hears, and take it for a key. */
static bool firmware_is_heard(void)
{
	EFI_TPL before = efi_boot()->RaiseTPL(TPL_NOTIFY);
	bool heard = serial_is_written_by(write_nothing);

	efi_boot()->RestoreTPL(before);
	return heard;
}

struct sink *console_init(void)
{
	static struct sink sink = { .write = console_write };

	debug_console_init();
	console.firmware = efi_table->ConOut != NULL;
	console.serial = !console.firmware || !(has_path_to_serial() || firmware_is_heard());
	if (console.serial)
		serial_init();
	if (EFI_ERROR(efi_boot()->CreateEvent(EVT_TIMER, TPL_CALLBACK, NULL, NULL, &console.timer)))
		console.timer = NULL;
	return &sink;
}

void console_end(void)
{
	if (console.timer)
		(void)efi_boot()->CloseEvent(console.timer);
	console.timer = NULL;
}

void console_leave_firmware(void)
{
	console.firmware = false;
	if (!console.serial)
		serial_init();
	console.serial = true;
}

static int translate(const EFI_INPUT_KEY *key)
{
	switch (key->ScanCode) {
	case SCAN_NULL:
		return key->UnicodeChar == '\n' ? KEY_ENTER : key->UnicodeChar < 0x80 ? key->UnicodeChar : KEY_NONE;
	case SCAN_UP:
		return KEY_UP;
	case SCAN_DOWN:
		return KEY_DOWN;
	case SCAN_ESC:
		return KEY_ESCAPE;
	default:
		return KEY_NONE;
	}
}

/*
 * Waits for the firmware's keyboard. ReadKeyStroke() is called only when the event says that there is a key: there is firmware that hangs
 * in it otherwise.
 */
static int firmware_key(unsigned wait_ms)
{
	EFI_EVENT events[2] = { console.timer, NULL };
	EFI_INPUT_KEY key = { .ScanCode = 0 };
	UINTN count = 1, index = 0;

	if (!console.timer || EFI_ERROR(efi_boot()->SetTimer(console.timer, TimerRelative, (uint64_t)wait_ms * TICKS_PER_MS))) {
		(void)efi_boot()->Stall(wait_ms * 1000u);
		return KEY_NONE;
	}
	if (efi_table->ConIn)
		events[count++] = efi_table->ConIn->WaitForKey;
	if (EFI_ERROR(efi_boot()->WaitForEvent(count, events, &index)) || index == 0 ||
	    EFI_ERROR(efi_table->ConIn->ReadKeyStroke(efi_table->ConIn, &key)))
		return KEY_NONE;
	return translate(&key);
}

int console_key(unsigned wait_ms)
{
	unsigned step_max = console.serial ? STEP_MS_POLLING : STEP_MS;

	for (;;) {
		unsigned step = wait_ms < step_max ? wait_ms : step_max;
		int key = console.serial ? serial_key() : KEY_NONE;

		if (key == KEY_NONE)
			key = firmware_key(step);
		wait_ms -= step;
		if (key != KEY_NONE || wait_ms == 0)
			return key;
	}
}
