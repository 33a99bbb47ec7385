/* SPDX-License-Identifier: MIT */
/* The right to be executed. */
#include "uefi/executable.h"

#include "core/base/checked.h"
#include "uefi/firmware.h"
#include "uefi/status.h"

enum { PAGE_BYTES = EFI_PAGE_SIZE };

static const EFI_GUID memory_attribute_guid = { 0xf4560cf6, 0x40ec, 0x4b4a, { 0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 } };

/* GNU-EFI does not have it. Addresses and lengths are whole pages. */
struct memory_attribute_protocol {
	EFI_STATUS(EFIAPI *get)(struct memory_attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 *attributes);
	EFI_STATUS(EFIAPI *set)(struct memory_attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 attributes);
	EFI_STATUS(EFIAPI *clear)(struct memory_attribute_protocol *this, EFI_PHYSICAL_ADDRESS start, UINT64 bytes, UINT64 attributes);
};

/* A firmware that refuses what is so already has not refused anything. */
static enum status allow(struct memory_attribute_protocol *protocol, const char *what, uint64_t start, uint64_t end, struct err *err)
{
	UINT64 attributes = EFI_MEMORY_XP;
	EFI_STATUS status;

	start = align_down(start, PAGE_BYTES);
	end = align_down(end + PAGE_BYTES - 1, PAGE_BYTES);
	status = protocol->clear(protocol, start, end - start, EFI_MEMORY_XP);
	if (!EFI_ERROR(status))
		return OK;
	if (!EFI_ERROR(protocol->get(protocol, start, end - start, &attributes)) && !(attributes & EFI_MEMORY_XP))
		return OK;
	return efi_error(status, err, "the firmware does not let {s} run", what);
}

enum status executable_allow(const struct plan *plan, struct err *err)
{
	struct memory_attribute_protocol *protocol = NULL;
	enum status status = OK;

	if (EFI_ERROR(efi_boot()->LocateProtocol((EFI_GUID *)&memory_attribute_guid, NULL, (void **)&protocol)) || !protocol)
		return OK;
	if (plan->mode != ENTRY_MODE_FIRMWARE)
		return allow(protocol, "the trampoline", plan->trampoline, plan->trampoline + TRAMPOLINE_BYTES, err);
	for (unsigned i = 0; i < plan->count && status == OK; i++) {
		const struct place *place = &plan->place[i];

		if (place->kind == PLACE_KERNEL && place->bytes > 0)
			status = allow(protocol, place->what, place->start, place->start + place->bytes, err);
	}
	return status;
}
