/* SPDX-License-Identifier: MIT */
/*
 * The verdict program for UEFI: says how it was loaded and what it can reach. Words of its load options steer it: read=PATH reads a file
 * of its own volume, `stay` paints the screen and leaves the machine on, `return` makes it come back to the loader.
 */
#include "screen.h"
#include "support.h"

#include <efi.h>

enum { WORDS_BYTES = 512, CHUNK_BYTES = 65536 };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

static EFI_BOOT_SERVICES *boot;

static void *protocol(EFI_HANDLE handle, EFI_GUID guid)
{
	void *interface = NULL;

	return handle && boot->HandleProtocol(handle, &guid, &interface) == EFI_SUCCESS ? interface : NULL;
}

/* ASCII of a text with or without a NUL; other characters become '?'. */
static void narrow(const CHAR16 *text, UINTN units, char *to, UINTN bytes)
{
	UINTN length = 0;

	while (length < units && length + 1 < bytes && text[length] != 0) {
		to[length] = text[length] >= 0x20 && text[length] < 0x7F ? (char)text[length] : '?';
		length++;
	}
	to[length] = 0;
}

/* --- options -------------------------------------------------------------------------------------------------------------------------- */

static char options[WORDS_BYTES];

/* What follows `name` at the start of a word; NULL if no word starts so. */
static const char *option(const char *name)
{
	for (const char *word = options; *word; word++) {
		const char *at = word, *sought = name;

		if (word != options && word[-1] != ' ')
			continue;
		while (*sought && *at == *sought) {
			at++;
			sought++;
		}
		if (!*sought)
			return at;
	}
	return NULL;
}

static void report_options(const EFI_LOADED_IMAGE *loaded)
{
	const CHAR16 *text = loaded->LoadOptions;
	UINTN units = loaded->LoadOptionsSize / sizeof *text;

	report_number("options.bytes", loaded->LoadOptionsSize);
	check(loaded->LoadOptionsSize % sizeof *text == 0, "the load options are not whole characters");
	if (units == 0)
		return;
	check(text[units - 1] == 0, "the load options do not end with a NUL");
	narrow(text, units, options, sizeof options);
	report_text("options", options);
}

/* --- where it comes from -------------------------------------------------------------------------------------------------------------- */

static void report_path(const EFI_LOADED_IMAGE *loaded)
{
	const EFI_DEVICE_PATH *node = loaded->FilePath;
	char text[WORDS_BYTES];

	require(node != NULL, "there is no file path");
	require(DevicePathType(node) == MEDIA_DEVICE_PATH && DevicePathSubType(node) == MEDIA_FILEPATH_DP, "the file path is not one");
	narrow((const CHAR16 *)(node + 1), (UINTN)(DevicePathNodeLength(node) - (int)sizeof *node) / sizeof(CHAR16), text, sizeof text);
	report_text("path", text);
	check(IsDevicePathEnd(NextDevicePathNode(node)), "the file path has more than one node");
}

/* Reports the partition that the last node of the volume's path names. */
static void report_volume(const EFI_LOADED_IMAGE *loaded)
{
	const EFI_DEVICE_PATH *node = protocol(loaded->DeviceHandle, (EFI_GUID)EFI_DEVICE_PATH_PROTOCOL_GUID);

	require(node != NULL, "the volume has no device path");
	for (; !IsDevicePathEnd(node); node = NextDevicePathNode(node)) {
		if (DevicePathType(node) != MEDIA_DEVICE_PATH || DevicePathSubType(node) != MEDIA_HARDDRIVE_DP)
			continue;
		report_number("volume.partition", read32((uintptr_t)node + 4));
		report_hex("volume.start", read64((uintptr_t)node + 8));
	}
}

static void read_file(const EFI_LOADED_IMAGE *loaded, const char *path)
{
	EFI_FILE_IO_INTERFACE *volume = protocol(loaded->DeviceHandle, (EFI_GUID)EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID);
	EFI_FILE_HANDLE root, file;
	CHAR16 name[WORDS_BYTES] = { 0 };
	UINT64 end = ~UINT64_C(0), bytes = 0;
	UINTN count;
	void *buffer;

	require(volume && volume->OpenVolume(volume, &root) == EFI_SUCCESS, "the volume cannot be opened");
	for (UINTN i = 0; path[i] && path[i] != ' ' && i + 1 < WORDS_BYTES; i++)
		name[i] = path[i] == '/' ? '\\' : (CHAR16)path[i];
	require(root->Open(root, &file, name, EFI_FILE_MODE_READ, 0) == EFI_SUCCESS, "the file that read= names cannot be opened");
	check(file->SetPosition(file, end) == EFI_SUCCESS && file->GetPosition(file, &bytes) == EFI_SUCCESS, "the file has no size");
	count = bytes;
	require(boot->AllocatePool(EfiLoaderData, count + 1, &buffer) == EFI_SUCCESS, "there is no memory for the file");
	check(file->SetPosition(file, 0) == EFI_SUCCESS && file->Read(file, &count, buffer) == EFI_SUCCESS && count == bytes,
	      "the file cannot be read");
	report_hex("read.bytes", bytes);
	report_hex("read.crc32", crc32((uintptr_t)buffer, bytes));
}

/* --- the initrd, as Linux asks for it ------------------------------------------------------------------------------------------------- */

static const struct {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
} initrd_path = {
	{ { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } },
	  { 0x5568E427, 0x68FC, 0x4F3D, { 0xAC, 0x74, 0xCA, 0x55, 0x52, 0x31, 0xCC, 0x68 } } },
	{ END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};

static void report_initrd(void)
{
	EFI_GUID load_file2 = { 0x4006C0C1, 0xFCB3, 0x403E, { 0x99, 0x6D, 0x4A, 0x6C, 0x87, 0x24, 0xE0, 0x6D } };
	EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)&initrd_path;
	struct _EFI_LOAD_FILE_PROTOCOL *source;
	EFI_HANDLE handle;
	UINTN bytes = 0, fewer;
	uint8_t *buffer = NULL;

	if (boot->LocateDevicePath(&load_file2, &path, &handle) != EFI_SUCCESS || !IsDevicePathEnd(path)) {
		report_text("initrd", "none");
		return;
	}
	source = protocol(handle, load_file2);
	require(source != NULL, "the initrd's handle has no LoadFile2");
	check(source->LoadFile(source, path, TRUE, &bytes, NULL) == EFI_UNSUPPORTED, "LoadFile2 took a boot policy");
	check(source->LoadFile(NULL, path, FALSE, &bytes, NULL) == EFI_INVALID_PARAMETER, "LoadFile2 took no protocol");
	bytes = 0;
	check(source->LoadFile(source, path, FALSE, &bytes, NULL) == EFI_BUFFER_TOO_SMALL, "LoadFile2 did not ask for a buffer");
	report_hex("initrd.bytes", bytes);
	require(bytes > 0 && boot->AllocatePool(EfiLoaderData, bytes, (void **)&buffer) == EFI_SUCCESS,
		"there is no memory for the initrd");
	fewer = bytes - 1;
	check(source->LoadFile(source, path, FALSE, &fewer, buffer) == EFI_BUFFER_TOO_SMALL && fewer == bytes,
	      "LoadFile2 took a buffer that is too small");
	check(source->LoadFile(source, path, FALSE, &bytes, buffer) == EFI_SUCCESS && fewer == bytes, "LoadFile2 did not load");
	report_hex("initrd.crc32", crc32((uintptr_t)buffer, bytes));
}

/* --- the menu of a boot manager between the loader and this ------------------------------------------------------------------------- */

/* The names of its entries in its order, with blanks between them (systemd's Boot Loader Interface). */
static void report_menu(EFI_SYSTEM_TABLE *table)
{
	static const CHAR16 name[] = { 'L', 'o', 'a', 'd', 'e', 'r', 'E', 'n', 't', 'r', 'i', 'e', 's', 0 };
	EFI_GUID vendor = { 0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f } };
	static CHAR16 value[WORDS_BYTES];
	static char text[WORDS_BYTES];
	UINTN bytes = sizeof value;

	if (table->RuntimeServices->GetVariable((CHAR16 *)name, &vendor, NULL, &bytes, value) != EFI_SUCCESS)
		return;
	for (UINTN i = 0; i + 1 < bytes / sizeof *value; i++)
		text[i] = value[i] == 0 ? ' ' : (char)value[i];
	report_text("menu", text);
}

/* --- the screen ----------------------------------------------------------------------------------------------------------------------- */

static void paint(EFI_SYSTEM_TABLE *table)
{
	const EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics = protocol(table->ConsoleOutHandle, (EFI_GUID)EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID);
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = graphics ? graphics->Mode->Info : NULL;
	bool red_first = info && info->PixelFormat == PixelRedGreenBlueReserved8BitPerColor;

	verdict_stay();
	if (!info || (info->PixelFormat != PixelBlueGreenRedReserved8BitPerColor && !red_first)) {
		report_text("screen", "none");
		return;
	}
	screen_paint(&(struct kernel_screen){
		.start = graphics->Mode->FrameBufferBase,
		.pitch = info->PixelsPerScanLine * 4,
		.width = info->HorizontalResolution,
		.height = info->VerticalResolution,
		.depth = 32,
		.red = { red_first ? 0 : 16, 8 },
		.green = { 8, 8 },
		.blue = { red_first ? 16 : 0, 8 },
	});
}

/* --- the end -------------------------------------------------------------------------------------------------------------------------- */

/* Comes back with a reason, and leaves the console as nobody wants to find it. */
static void come_back(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	static const CHAR16 text[] = { 'a', 's', ' ', 'i', 't', ' ', 'w', 'a', 's', ' ', 't', 'o', 'l', 'd', 0 };
	CHAR16 *reason;

	report_text("end", "return");
	(void)table->ConOut->SetAttribute(table->ConOut, EFI_BLACK | EFI_BACKGROUND_BLACK);
	require(boot->AllocatePool(EfiLoaderData, sizeof text, (void **)&reason) == EFI_SUCCESS, "there is no memory for the reason");
	boot->CopyMem(reason, (void *)text, sizeof text);
	(void)boot->Exit(image, EFI_ABORTED, sizeof text, reason);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	uint64_t tsc = __builtin_ia32_rdtsc();
	static CHAR16 greeting[] = { 'e', 'f', 'i', '-', 'v', 'e', 'r', 'd', 'i', 'c', 't', '\r', '\n', 0 };
	const EFI_LOADED_IMAGE *loaded;

	boot = table->BootServices;
	(void)table->ConOut->OutputString(table->ConOut, greeting);
	report_text("verdict.protocol", "efi");
	report_hex("tsc", tsc);
	loaded = protocol(image, (EFI_GUID)EFI_LOADED_IMAGE_PROTOCOL_GUID);
	require(loaded != NULL, "the image has no LoadedImage");
	check(loaded->ParentHandle != NULL, "the image has no parent");
	report_options(loaded);
	report_path(loaded);
	report_volume(loaded);
	if (option("read="))
		read_file(loaded, option("read="));
	report_initrd();
	report_menu(table);
	if (option("stay"))
		paint(table);
	if (option("return"))
		come_back(image, table);
	verdict_end();
}
