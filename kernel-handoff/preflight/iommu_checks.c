/* SPDX-License-Identifier: MIT */
/* The IOMMU as the firmware describes it, and x2APIC, which does not work without it. */
#include "kernel-handoff/acpi/dmar.h"
#include "kernel-handoff/acpi/ivrs.h"
#include "kernel-handoff/preflight/checks.h"

/* The tables in turn: what is wrong is in *err. ERR_NOT_FOUND: there is none. */
static enum status read_tables(const struct preflight *preflight, struct dmar *dmar, struct err *err)
{
	const struct acpi_tables *acpi = &preflight->machine->acpi;
	const struct memory_map *map = &preflight->plan->memory->map;

	*dmar = (struct dmar){ .units = 0 };
	if (acpi->dmar.bytes == 0 && acpi->ivrs.bytes == 0)
		return err_set(err, ERR_NOT_FOUND, "the firmware describes no IOMMU (ACPI table DMAR or IVRS)", NULL, 0, 0);
	if (acpi->dmar.bytes > 0 && dmar_read(acpi->dmar, map, dmar, err) != OK)
		return err->code;
	return acpi->ivrs.bytes > 0 ? ivrs_check(acpi->ivrs, map, err) : OK;
}

enum preflight_value check_iommu(struct preflight *preflight)
{
	struct dmar dmar;
	struct err err = { .code = OK };
	const struct err_frame *found = &err.frame[0];
	enum status status = read_tables(preflight, &dmar, &err);

	if (status == OK)
		return VALUE_OK;
	if (status != ERR_NOT_FOUND) {
		preflight_problem(preflight, found->what, found->subject, found->a, found->b,
				  "a hypervisor may go without the IOMMU, or not start: look for a newer version of the firmware");
		return VALUE_BAD;
	}
	preflight_problem(
		preflight, found->what, found->subject, found->a, found->b,
		preflight->machine->cpu.hypervisor
			? "to pass devices on to guests, give this virtual machine an IOMMU (QEMU: -machine q35 -device intel-iommu)"
			: "to pass devices on to guests, switch on VT-d (Intel) or AMD-Vi in the firmware's setup");
	return VALUE_MISSING;
}

/*
 * Once it is on, x2APIC can only be left by switching the APIC off, and devices' interrupts reach all processors only through an IOMMU
 * that remaps them: Xen stops with a message if the table says that x2APIC must stay off.
 */
enum preflight_value check_x2apic(struct preflight *preflight)
{
	const struct cpu_facts *cpu = &preflight->machine->cpu;
	struct dmar dmar;
	struct err ignored = { .code = OK };
	bool sound;

	if (!cpu->x2apic)
		return VALUE_NONE;
	if (!cpu->apic_base_known)
		return VALUE_UNKNOWN;
	if (!cpu->x2apic_enabled)
		return VALUE_OK;
	sound = read_tables(preflight, &dmar, &ignored) == OK;
	if (sound && dmar.x2apic_opt_out) {
		preflight_problem(preflight, "the firmware has switched x2APIC on, and says in ACPI's DMAR that it has to be off", NULL, 0,
				  0, "switch x2APIC off in the firmware's setup, or its opt-out: Xen stops here");
		return VALUE_BAD;
	}
	if (sound && (dmar.interrupt_remapping || preflight->machine->acpi.ivrs.bytes > 0))
		return VALUE_OK;
	preflight_problem(preflight, "the firmware has switched x2APIC on, and there is no IOMMU that remaps interrupts", NULL, 0, 0,
			  "switch x2APIC off, or VT-d and its interrupt remapping on, in the firmware's setup");
	return VALUE_BAD;
}
