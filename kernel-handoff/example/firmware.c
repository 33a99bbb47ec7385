/* SPDX-License-Identifier: MIT */
/* What the firmware left: UEFI's tables, and ACPI's processors. */
#include "example.h"

#include <mkboot/handoff.h>

/* EFI_MEMORY_DESCRIPTOR (UEFI specification 2.10, section 7.2.3). */
struct efi_descriptor {
	uint32_t type, reserved;
	uint64_t start, virtual_start, pages, attributes;
};

/* EFI_MEMORY_TYPE: the loader's and boot services' memory, and what is free. All of it is RAM now. */
static bool efi_type_is_ram(uint32_t type)
{
	return (type >= 1 && type <= 4) || type == 7;
}

static bool efi_map_agrees(void)
{
	uint64_t bytes = handoff->efi_memory_map_bytes, step = handoff->efi_descriptor_bytes;

	if (step < sizeof(struct efi_descriptor) || bytes == 0 || bytes % step != 0 || handoff->efi_descriptor_version != 1 ||
	    !lies_in(handoff->efi_memory_map, bytes, MKBOOT_MEMORY_LOADER))
		return false;
	for (uint64_t offset = 0; offset < bytes; offset += step) {
		const struct efi_descriptor *descriptor = at(handoff->efi_memory_map + offset);
		uint64_t last = descriptor->start + descriptor->pages * PAGE_BYTES - 1;
		bool ram = efi_type_is_ram(descriptor->type);

		if (is_ram_at(descriptor->start) != ram || is_ram_at(last) != ram)
			return false;
	}
	return true;
}

/* Offsets in EFI_SYSTEM_TABLE (UEFI specification 2.10, section 4.3). Its pointer to boot services becomes 0 when those end. */
static void check_efi_tables(void)
{
	const struct {
		uint64_t signature, rest[10], runtime_services, boot_services;
	} *table = at(handoff->efi_system_table);

	check(table->signature == 0x5453595320494249, "the system table begins with \"IBI SYST\"");
	check(table->boot_services == 0, "boot services have ended");
	check(*(const uint64_t *)at(table->runtime_services) == 0x56524553544e5552,
	      "runtime services, by a physical address, begin with \"RUNTSERV\"");
}

void show_firmware(void)
{
	const struct mkboot_screen *screen = &handoff->screen;
	uint64_t last = screen->start + (uint64_t)screen->pitch_bytes * screen->height - 1;

	print("example: EFI memory map at 0x%lx: %lu bytes, descriptors of %u bytes, version %u\n", handoff->efi_memory_map,
	      handoff->efi_memory_map_bytes, handoff->efi_descriptor_bytes, handoff->efi_descriptor_version);
	if (handoff->firmware == MKBOOT_FIRMWARE_UEFI) {
		check_efi_tables();
		check(efi_map_agrees(), "the EFI memory map and the memory ranges agree");
	} else {
		check(handoff->efi_system_table == 0 && handoff->efi_memory_map == 0 && handoff->efi_memory_map_bytes == 0,
		      "there is nothing of EFI on a BIOS");
	}
	if (screen->kind == MKBOOT_SCREEN_LINEAR)
		check(probe_write(screen->start) == PROBE_DONE && probe_write(last) == PROBE_DONE, "the screen is mapped, and writable");
}

/* Our own local APIC: leaf 0Bh has all of its id, leaf 1 has eight bits of it (Intel SDM vol. 2, CPUID). */
static uint32_t own_apic_id(void)
{
	enum { LEAF_FEATURES = 1, LEAF_TOPOLOGY = 0xb };

	if (read_cpuid(0).eax >= LEAF_TOPOLOGY && read_cpuid(LEAF_TOPOLOGY).ebx != 0)
		return read_cpuid(LEAF_TOPOLOGY).edx;
	return read_cpuid(LEAF_FEATURES).ebx >> 24;
}

void show_cpus(void)
{
	const struct mkboot_cpu *cpu = at(handoff->cpus);
	unsigned boot = 0, usable = 0;
	bool ours = true, once = true;

	check(handoff->cpu_count == 0 || lies_in(handoff->cpus, handoff->cpu_count * sizeof *cpu, MKBOOT_MEMORY_LOADER),
	      "the list of processors lies in loader memory");
	for (uint32_t i = 0; i < handoff->cpu_count; i++) {
		print("example: processor of APIC id %u, ACPI UID %u:%s%s%s\n", cpu[i].apic_id, cpu[i].acpi_uid,
		      cpu[i].flags & MKBOOT_CPU_ENABLED ? " enabled" : "",
		      cpu[i].flags & MKBOOT_CPU_ONLINE_CAPABLE ? " online capable" : "",
		      cpu[i].flags & MKBOOT_CPU_BOOT ? " runs this" : "");
		usable += (cpu[i].flags & (MKBOOT_CPU_ENABLED | MKBOOT_CPU_ONLINE_CAPABLE)) != 0;
		if (cpu[i].flags & MKBOOT_CPU_BOOT) {
			boot++;
			ours = cpu[i].apic_id == own_apic_id();
		}
		for (uint32_t k = 0; k < i; k++)
			once = once && cpu[k].apic_id != cpu[i].apic_id;
	}
	print("example: %u processors\n", handoff->cpu_count);
	check(usable == handoff->cpu_count && once, "each of them is listed once, and can be used");
	check(handoff->cpu_count == 0 || (boot == 1 && ours), "one of them runs this, and it has our APIC id");
}
