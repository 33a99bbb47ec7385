/* SPDX-License-Identifier: MIT */
/* Initrds in memory, and the LoadFile2 that hands them to the kernel. */
#include "uefi/initrd.h"

#include "core/base/checked.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "kernel-handoff/plan.h"
#include "uefi/firmware.h"
#include "uefi/status.h"

#define INITRDS_BYTES_MAX (UINT64_C(1) << 52) /* what a processor can address */

enum { INITRD_ALIGN = 4 }; /* of each archive but the first (Linux Documentation/driver-api/early-userspace/buffer-format.rst) */

/* Sits in the first page of its memory; the archives follow on the next. */
struct initrd {
	EFI_LOAD_FILE_PROTOCOL protocol; /* first, so that `this` of a call is the initrd */
	EFI_HANDLE handle;
	UINT64 bytes;
	UINTN pages; /* all, the first too */
};

struct initrd_path {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
};

static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static const EFI_GUID load_file2_guid = { 0x4006C0C1, 0xFCB3, 0x403E, { 0x99, 0x6D, 0x4A, 0x6C, 0x87, 0x24, 0xE0, 0x6D } };

static const struct initrd_path initrd_path = {
	.vendor = { .Header = { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } },
		    .Guid = { 0x5568E427, 0x68FC, 0x4F3D, { 0xAC, 0x74, 0xCA, 0x55, 0x52, 0x31, 0xCC, 0x68 } } },
	.end = { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};

static uint8_t *data_of(struct initrd *initrd)
{
	return (uint8_t *)initrd + EFI_PAGE_SIZE;
}

/* LoadFile(): the first call asks for the size with a buffer that is too small. */
static EFI_STATUS EFIAPI serve(struct _EFI_LOAD_FILE_PROTOCOL *this, EFI_DEVICE_PATH *path, BOOLEAN boot_policy, UINTN *bytes, VOID *buffer)
{
	struct initrd *initrd = (struct initrd *)this;

	if (!this || !path || !bytes)
		return EFI_INVALID_PARAMETER;
	if (boot_policy)
		return EFI_UNSUPPORTED;
	if (!buffer || *bytes < initrd->bytes) {
		*bytes = initrd->bytes;
		return EFI_BUFFER_TOO_SMALL;
	}
	memcpy(buffer, data_of(initrd), initrd->bytes);
	*bytes = initrd->bytes;
	return EFI_SUCCESS;
}

/* Where the next archive starts, behind `bytes` bytes of others. */
static uint64_t next_start(uint64_t bytes)
{
	return align_down(bytes + INITRD_ALIGN - 1, INITRD_ALIGN);
}

static enum status measure(const struct plan_image *image, uint64_t *bytes, struct err *err)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < image->initrd_count; i++) {
		uint64_t start = next_start(end), more = image->initrd[i]->bytes;

		if (more > INITRDS_BYTES_MAX - start)
			return err_set(err, ERR_TOO_BIG, "the initrds are larger than any memory", NULL, 0, 0);
		if (more > 0)
			end = start + more;
	}
	*bytes = end;
	return OK;
}

static enum status read_all(const struct plan_image *image, uint8_t *data, struct err *err)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < image->initrd_count; i++) {
		struct file *file = image->initrd[i];
		uint64_t start = next_start(end);

		if (file->bytes == 0)
			continue;
		memset(data + end, 0, start - end);
		if (file_read(file, 0, file->bytes, data + start, err) != OK)
			return err_add(err, "cannot load initrd {s}", file->path, 0, 0);
		end = start + file->bytes;
	}
	return OK;
}

static enum status allocate(uint64_t bytes, struct initrd **initrd, struct err *err)
{
	EFI_PHYSICAL_ADDRESS address = 0;
	UINTN pages = 1 + (bytes - 1) / EFI_PAGE_SIZE + 1;
	EFI_STATUS status = efi_boot()->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &address);

	if (EFI_ERROR(status)) {
		(void)err_set(err, efi_status_code(status), efi_status_name(status), NULL, 0, 0);
		return err_add(err, "no memory for {a} bytes of initrds", NULL, bytes, 0);
	}
	*initrd = (struct initrd *)(uintptr_t)address;
	**initrd = (struct initrd){ .protocol = { serve }, .bytes = bytes, .pages = pages };
	return OK;
}

static bool is_offered(void)
{
	EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)&initrd_path;
	EFI_HANDLE handle;

	return efi_boot()->LocateDevicePath((EFI_GUID *)&load_file2_guid, &path, &handle) == EFI_SUCCESS && IsDevicePathEnd(path);
}

static enum status publish(struct initrd *initrd, struct err *err)
{
	EFI_STATUS status = efi_boot()->InstallMultipleProtocolInterfaces(&initrd->handle, (EFI_GUID *)&device_path_guid, &initrd_path,
									  (EFI_GUID *)&load_file2_guid, &initrd->protocol, NULL);

	return EFI_ERROR(status) ? efi_error(status, err, "cannot offer the initrd to the kernel", NULL) : OK;
}

enum status initrd_offer(const struct plan_image *image, struct initrd **initrd, struct err *err)
{
	struct initrd *made = NULL;
	uint64_t bytes = 0;
	enum status status = measure(image, &bytes, err);

	if (status != OK || bytes == 0) {
		*initrd = NULL;
		return status;
	}
	if (is_offered()) {
		(void)err_set(err, ERR_DENIED, "another program offers an initrd already, so the entry's would be lost", NULL, 0, 0);
		return err_hint(err, "start the machine anew without that program, or leave the initrd out of the entry to take its");
	}
	if (allocate(bytes, &made, err) != OK)
		return err->code;
	status = read_all(image, data_of(made), err);
	if (status == OK)
		status = publish(made, err);
	if (status == OK)
		*initrd = made;
	else
		(void)efi_boot()->FreePages((uintptr_t)made, made->pages);
	return status;
}

void initrd_withdraw(struct initrd *initrd)
{
	if (!initrd)
		return;
	/* An offer that cannot be taken back must not lead into memory of others: then it stays. */
	if (efi_boot()->UninstallMultipleProtocolInterfaces(initrd->handle, (EFI_GUID *)&device_path_guid, &initrd_path,
							    (EFI_GUID *)&load_file2_guid, &initrd->protocol, NULL) == EFI_SUCCESS)
		(void)efi_boot()->FreePages((uintptr_t)initrd, initrd->pages);
}
