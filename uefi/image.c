/* SPDX-License-Identifier: MIT */
/*
 * Starts a PE image by the firmware (UEFI specification 2.10, section 7.4), and tidies up when it comes back.
 *
 * The image is read by our own file systems and loaded from memory, with the device path that it would have had if the firmware had read
 * it: programs look beside themselves for their files.
 */
#include "uefi/image.h"

#include "core/base/arena.h"
#include "core/base/file.h"
#include "flow/platform.h"
#include "kernel-handoff/plan.h"
#include "uefi/device_path.h"
#include "uefi/firmware.h"
#include "uefi/initrd.h"
#include "uefi/random_seed.h"
#include "uefi/status.h"
#include "uefi/utf16.h"

enum { EXIT_TEXT_UNITS_MAX = 200 };

static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

struct image {
	struct platform *platform;
	const struct plan_image *plan;
	EFI_PHYSICAL_ADDRESS file; /* its bytes, until the firmware has loaded it */
	UINTN file_pages;          /* 0: not there */
	EFI_HANDLE handle;         /* NULL: not loaded */
	EFI_LOADED_IMAGE *loaded;
	struct initrd *initrd;
};

static enum status no_working_memory(struct err *err)
{
	return err_set(err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
}

/* --- loading -------------------------------------------------------------------------------------------------------------------------- */

static void forget_file(struct image *image)
{
	if (image->file_pages > 0)
		(void)efi_boot()->FreePages(image->file, image->file_pages);
	image->file_pages = 0;
}

static enum status read_image(struct image *image, struct err *err)
{
	struct file *file = image->plan->file;
	UINTN pages = file->bytes / EFI_PAGE_SIZE + 1;
	EFI_STATUS status = efi_boot()->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &image->file);

	if (EFI_ERROR(status))
		return efi_error(status, err, "no memory to read {s} to", image->plan->path);
	image->file_pages = pages;
	return file_read(file, 0, file->bytes, (void *)(uintptr_t)image->file, err);
}

static enum status explain_load(EFI_STATUS status, const char *path, struct err *err)
{
	if (status != EFI_SECURITY_VIOLATION && status != EFI_ACCESS_DENIED)
		return efi_error(status, err, "the firmware cannot load {s}", path);
	(void)efi_error(status, err, "the firmware refuses {s}: it is not signed by a key that Secure Boot trusts", path);
	return err_hint(err, "sign the file (sbsign), or enrol the key that signed it, or switch Secure Boot off in the firmware's setup");
}

static enum status load_image(struct image *image, struct err *err)
{
	const EFI_LOADED_IMAGE *self = efi_protocol(efi_image, &loaded_image_guid);
	EFI_HANDLE volume = self ? self->DeviceHandle : NULL;
	EFI_DEVICE_PATH *path;
	EFI_STATUS status;

	volume = device_path_find_partition(volume, image->platform->machine.boot_partition_lba);
	path = device_path_of_file(volume, image->plan->path, image->platform->arena);
	if (!path)
		return no_working_memory(err);
	status = efi_boot()->LoadImage(FALSE, efi_image, path, (void *)(uintptr_t)image->file, image->plan->file->bytes, &image->handle);
	if (EFI_ERROR(status)) {
		/* Loaded all the same, for a firmware that asks its user: not by us. */
		if (status == EFI_SECURITY_VIOLATION && image->handle)
			(void)efi_boot()->UnloadImage(image->handle);
		image->handle = NULL;
		return explain_load(status, image->plan->path, err);
	}
	image->loaded = efi_protocol(image->handle, &loaded_image_guid);
	if (!image->loaded)
		return err_set(err, ERR_UNSUPPORTED, "the firmware does not say how it loaded {s}", image->plan->path, 0, 0);
	return OK;
}

static enum status set_options(struct image *image, struct err *err)
{
	size_t units;
	uint16_t *options;

	if (image->plan->options[0] == '\0')
		return OK;
	options = utf16_from_utf8(image->platform->arena, image->plan->options, &units);
	if (!options)
		return no_working_memory(err);
	image->loaded->LoadOptions = options;
	image->loaded->LoadOptionsSize = (UINT32)(units * sizeof *options);
	return OK;
}

/* --- running -------------------------------------------------------------------------------------------------------------------------- */

struct console_state {
	INT32 mode, attribute;
	BOOLEAN cursor_visible;
};

static void console_save(struct console_state *state)
{
	const SIMPLE_TEXT_OUTPUT_INTERFACE *console = efi_table->ConOut; /* NULL: there is none */

	if (console)
		*state = (struct console_state){ console->Mode->Mode, console->Mode->Attribute, console->Mode->CursorVisible };
}

/* Whatever the image did: its last words stay to be read if they are in the mode that we know. */
static void console_restore(const struct console_state *state)
{
	SIMPLE_TEXT_OUTPUT_INTERFACE *console = efi_table->ConOut;

	if (!console)
		return;
	if (console->Mode->Mode != state->mode && state->mode >= 0)
		(void)console->SetMode(console, (UINTN)state->mode);
	(void)console->SetAttribute(console, (UINTN)state->attribute);
	(void)console->EnableCursor(console, state->cursor_visible);
}

/* What the image said when it ended; NULL if it said nothing. */
static const char *take_exit_text(struct arena *arena, UINT16 *data, UINTN bytes)
{
	UINTN units = bytes / sizeof *data;
	const char *text;

	if (!data)
		return NULL;
	text = ascii_from_utf16(arena, data, units < EXIT_TEXT_UNITS_MAX ? units : EXIT_TEXT_UNITS_MAX);
	(void)efi_boot()->FreePool(data);
	return text && text[0] != '\0' ? text : NULL;
}

static enum status explain_return(const struct image *image, EFI_STATUS status, const char *text, struct err *err)
{
	static const char what[] = "{s} was started and came back";

	if (!text)
		return efi_error(status, err, what, image->plan->path);
	(void)err_set(err, efi_status_code(status), "it says \"{s}\"", text, 0, 0);
	(void)err_add(err, efi_status_name(status), NULL, 0, 0);
	return err_add(err, what, image->plan->path, 0, 0);
}

static enum status run_image(struct image *image, struct err *err)
{
	struct console_state console = { .mode = -1 };
	UINT16 *exit_data = NULL;
	UINTN exit_bytes = 0;
	EFI_STATUS status;

	console_save(&console);
	watchdog_restart();
	status = efi_boot()->StartImage(image->handle, &exit_bytes, &exit_data);
	watchdog_restart();
	console_restore(&console);
	return explain_return(image, status, take_exit_text(image->platform->arena, exit_data, exit_bytes), err);
}

/* The firmware unloads an application that has ended; another image may have got its handle since. */
static void unload(const struct image *image)
{
	if (image->handle && efi_protocol(image->handle, &loaded_image_guid) == image->loaded)
		(void)efi_boot()->UnloadImage(image->handle);
}

enum status image_start(struct platform *platform, const struct plan *plan, struct err *err)
{
	struct image image = { .platform = platform, .plan = &plan->image };
	struct random_seed_table *seed;
	enum status status = read_image(&image, err);

	if (status == OK)
		status = load_image(&image, err);
	forget_file(&image);
	if (status == OK)
		status = set_options(&image, err);
	if (status == OK)
		status = initrd_offer(image.plan, &image.initrd, err);
	seed = status == OK ? random_seed_offer(&platform->machine) : NULL;
	if (status == OK)
		status = run_image(&image, err);
	random_seed_withdraw(seed);
	initrd_withdraw(image.initrd);
	unload(&image);
	return status;
}
