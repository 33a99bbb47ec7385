/* SPDX-License-Identifier: MIT */
/* The plan as a hypervisor will find it: memory, modules, and whether it may start at all. */
#include "core/base/checked.h"
#include "kernel-handoff/image/pe.h"
#include "kernel-handoff/preflight/checks.h"

enum { PAGE_BYTES = 4096, LOW_MEMORY_KIB_MIN = 256, KIB = 1024, XEN_ALIGN = 2 << 20 };

static const uint64_t four_gib = 1ull << 32;

/* The kernel from its lowest to its highest address; false if it has no places. */
static bool kernel_span(const struct plan *plan, uint64_t *start, uint64_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];

		if (place->kind != PLACE_KERNEL)
			continue;
		*start = min_u64(*start, place->start);
		*end = max_u64(*end, place->start + place->bytes);
	}
	return *end != 0;
}

/*
 * Below 640 KiB processors are started, and Xen goes back to real mode there: just below what the BIOS keeps for itself. Xen's own image
 * has to lie on a boundary of 2 MiB.
 */
enum preflight_value check_memory(struct preflight *preflight)
{
	const struct machine *machine = preflight->machine;
	uint64_t start, end;

	if (preflight->plan->mode == ENTRY_MODE_IMAGE)
		return VALUE_NONE;
	if (machine->firmware == FIRMWARE_BIOS && machine->memory_lower_kib < LOW_MEMORY_KIB_MIN) {
		preflight_problem(preflight, "the BIOS leaves {a} KiB of memory below 640 KiB, and a hypervisor needs {b}", NULL,
				  machine->memory_lower_kib, LOW_MEMORY_KIB_MIN,
				  "switch off option ROMs (network, RAID) in the firmware's setup");
		return VALUE_BAD;
	}
	if (preflight->hypervisor == HYPERVISOR_XEN && kernel_span(preflight->plan, &start, &end) &&
	    (start % XEN_ALIGN != 0 || end > four_gib)) {
		preflight_problem(preflight, "Xen would lie at {a:x}, which is not on a boundary of 2 MiB below 4 GiB", NULL, start, 0,
				  "use Xen as it was built, with its Multiboot2 header");
		return VALUE_BAD;
	}
	return VALUE_OK;
}

enum preflight_value check_modules(struct preflight *preflight)
{
	const struct plan *plan = preflight->plan;
	enum preflight_value value = VALUE_NONE;

	for (unsigned i = 0; i < plan->count; i++) {
		const struct place *place = &plan->place[i];

		if (place->kind != PLACE_MODULE)
			continue;
		value = VALUE_OK;
		if (place->start % PAGE_BYTES == 0)
			continue;
		preflight_problem(preflight, "{s} lies at {a:x}, which is not the start of a page", place->what, place->start, 0,
				  "this is a mistake of mkboot: please report it");
		return VALUE_BAD;
	}
	return value;
}

/* Kernels that the firmware cannot verify have been refused before this: see boot_plan(). */
enum preflight_value check_secure_boot(struct preflight *preflight)
{
	const struct machine *machine = preflight->machine;
	struct err ignored;
	struct pe pe;

	if (machine->firmware != FIRMWARE_UEFI)
		return VALUE_NONE;
	if (!machine->secure_boot)
		return VALUE_OFF;
	if (preflight->plan->mode == ENTRY_MODE_IMAGE && pe_open(preflight->plan->image.file, &pe, &ignored) == OK &&
	    pe.signature_bytes > 0)
		return VALUE_OK;
	preflight_problem(preflight, "Secure Boot is on, and {s} is not signed: the firmware will refuse it",
			  preflight->request->kernel_path, 0, 0,
			  "sign it with a key that the firmware knows, or switch Secure Boot off in the firmware's setup");
	return VALUE_BAD;
}
