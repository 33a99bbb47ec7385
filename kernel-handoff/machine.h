/* SPDX-License-Identifier: MIT */
/*
 * What a kernel wants to know about the machine. A shell fills it once; protocols only read it. A fact that the firmware does not have
 * is zero or empty: protocols leave the tag or field out then.
 */
#pragma once

#include "core/base/span.h"
#include "kernel-handoff/cpu_facts.h"
#include "kernel-handoff/screen.h"

#include <stdbool.h>
#include <stdint.h>

/* INT 15h AX=5303h (APM 1.2), as the Multiboot2 APM tag has it. */
struct apm {
	uint16_t version, code_segment, data_segment, flags, code_segment_16, code_length, code_length_16, data_length;
	uint32_t entry_offset;
};

enum { BIOS_DRIVE_NONE = 0xFFFFFFFF };

/* ACPI tables that somebody wants, each with its header, as the firmware has them; empty: there is none. Checksums are for the reader. */
struct acpi_tables {
	struct span madt, dmar, ivrs;
};

enum { RANDOM_SEED_BYTES = 32 };

enum firmware { FIRMWARE_BIOS = 1, FIRMWARE_UEFI = 2 }; /* bits, so that a set of them is a number */

struct machine {
	enum firmware firmware;
	uint32_t memory_lower_kib;   /* contiguous RAM from 0, as INT 12h or the EBDA says; at most 640 */
	uint32_t bios_drive;         /* number that INT 13h knows the boot disk by, or BIOS_DRIVE_NONE */
	uint32_t boot_partition;     /* number of the boot volume's partition, from 1; 0: none */
	uint64_t boot_partition_lba; /* its first block; 0: none */
	uint64_t rsdp_phys;          /* 0: none. The structure was checked (checksums, length) */
	struct span rsdp;            /* its bytes: 20 for ACPI 1.0, `length` from 2.0 on */
	struct span smbios_entry;    /* the SMBIOS entry point structure */
	uint64_t smbios_phys;
	struct span smbios_tables; /* the structure table it points to */
	uint8_t smbios_major, smbios_minor;
	/* NULL, or it returns NULL: no APM. Asked only for a kernel that is told of it: some firmware hangs there. */
	const struct apm *(*apm)(void);
	struct screen screen;
	uint64_t efi_system_table;        /* FIRMWARE_UEFI only, as the next one */
	uint64_t efi_image_handle;        /* the loader's own */
	bool secure_boot;                 /* UEFI: only what the firmware has verified may run */
	bool cpu_no_execute;              /* CPUID 80000001h EDX bit 20: page tables may forbid execution */
	bool cpu_gigabyte_pages;          /* CPUID 80000001h EDX bit 26: page tables may have 1 GiB pages */
	const struct video_source *video; /* NULL: the screen stays as it is */
	struct acpi_tables acpi;
	struct cpu_facts cpu;
	bool has_random_seed; /* by RDSEED or RDRAND, with the time mixed in; never by the time alone */
	uint8_t random_seed[RANDOM_SEED_BYTES];
	uint32_t pnp_phys;     /* BIOS: the Plug and Play installation structure ("$PnP"); 0: none */
	uint32_t firmware_cr4; /* BIOS: what the firmware's own code runs with, and what is started in real mode */
	struct span dhcp_ack;  /* the packet of DHCP, when the loader came over the network */
	uint64_t tsc_at_start; /* time stamp counter when the loader's first C code ran */
};

static inline const struct apm *machine_apm(const struct machine *machine)
{
	return machine->apm != NULL ? machine->apm() : NULL;
}
