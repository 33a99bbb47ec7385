/* SPDX-License-Identifier: MIT */
/* From ACPI's list of processors to that of the hand-off. */
#include "kernel-handoff/proto/elf/elf_cpus.h"

#include "core/base/arena.h"
#include "kernel-handoff/acpi/madt.h"

static uint32_t flags_of(const struct madt_cpu *cpu)
{
	return (cpu->enabled ? MKBOOT_CPU_ENABLED : 0) | (cpu->online_capable ? MKBOOT_CPU_ONLINE_CAPABLE : 0);
}

/* The processor that runs us: by its APIC id, or else the first one, which is where firmware lists it (ACPI 6.5, section 5.2.12.1). */
static void mark_boot_cpu(const struct machine *machine, struct mkboot_cpu *cpu, unsigned count)
{
	unsigned boot = 0;

	if (machine->cpu.known && machine->cpu.apic) {
		while (boot < count && cpu[boot].apic_id != machine->cpu.apic_id)
			boot++;
	} else {
		while (boot < count && (cpu[boot].flags & MKBOOT_CPU_ENABLED) == 0)
			boot++;
	}
	if (boot < count)
		cpu[boot].flags |= MKBOOT_CPU_BOOT;
}

enum status elf_cpus_list(const struct boot_request *request, bool required, struct plan *plan, struct arena *arena,
			  const struct mkboot_cpu **cpus, uint32_t *count, struct err *err)
{
	struct span madt = request->machine->acpi.madt;
	size_t room = madt_cpus_room(madt);
	struct madt_cpu *found = ARENA_NEW_ARRAY(arena, struct madt_cpu, room);
	struct mkboot_cpu *list = ARENA_NEW_ARRAY(arena, struct mkboot_cpu, room);
	unsigned listed = 0;

	if (found == NULL || list == NULL)
		return err_set(err, ERR_NO_MEMORY, "no working memory for {a} processors", NULL, room, 0);
	if (madt.bytes > 0 && madt_cpus(madt, found, &listed, err) != OK) {
		const struct err_frame *why = &err->frame[0];

		plan_note(plan, why->what, why->subject, why->a, why->b,
			  "the kernel is told of no processors; the firmware may need an update");
	}
	if (listed == 0 && required) {
		(void)err_set(err, ERR_UNSUPPORTED, "the firmware has no list of them (ACPI table APIC), or a damaged one", NULL, 0, 0);
		return err_add(err, "the kernel requires to be told of the processors", NULL, 0, 0);
	}
	for (unsigned i = 0; i < listed; i++)
		list[i] = (struct mkboot_cpu){ .apic_id = found[i].apic_id, .acpi_uid = found[i].acpi_uid, .flags = flags_of(&found[i]) };
	mark_boot_cpu(request->machine, list, listed);
	*cpus = list;
	*count = listed;
	return OK;
}
