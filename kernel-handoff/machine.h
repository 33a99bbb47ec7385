/* SPDX-License-Identifier: MIT */
/*
 * What a kernel wants to know about the machine. A shell fills it once; protocols only read it. A fact that the firmware does not have
 * is zero or empty: protocols leave the tag or field out then.
 */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* How the screen can be used at the jump. */
enum screen_kind { SCREEN_NONE, SCREEN_TEXT, SCREEN_LINEAR };

struct screen {
	enum screen_kind kind;
	uint64_t phys;                                             /* 0xB8000 for text */
	uint32_t pitch_bytes, width, height, bits_per_pixel;       /* text: columns, lines, 16 bits a cell */
	uint8_t cursor_column, cursor_line, text_mode, font_lines; /* SCREEN_TEXT: BIOS video mode (3, 7), height of a glyph */
	struct {
		uint8_t position, bits;
	} red, green, blue, reserved; /* SCREEN_LINEAR */
};

/* VBE 3.0, sections 4.3, 4.4 and 4.13: what the Multiboot VBE fields and tag have, for the mode that is set at the kernel's entry. */
struct vbe_information {
	uint16_t mode, interface_segment, interface_offset, interface_bytes;
	uint8_t control[512], mode_information[256];
};

/* A mode that the screen can be put in. */
struct video_mode {
	uint32_t number; /* the firmware's own: VBE mode, or index of the graphics output protocol */
	struct screen screen;
};

enum { VIDEO_MODES_MAX = 128 };

/*
 * The firmware's video functions. Asked only when somebody wants another mode than the present one: some firmware is slow or wrong there.
 */
struct video_source {
	/* All linear modes, at most VIDEO_MODES_MAX, in no order; *count may be 0. The list is valid until the next call. */
	void (*modes)(const struct video_mode **mode, unsigned *count);
	/* BIOS only, NULL elsewhere: fills *information for a mode of the list; false if the firmware does not answer. */
	bool (*vbe)(uint32_t number, struct vbe_information *information);
};

/* INT 15h AX=5303h (APM 1.2), as the Multiboot2 APM tag has it. version 0: no APM. */
struct apm {
	uint16_t version, code_segment, data_segment, flags, code_segment_16, code_length, code_length_16, data_length;
	uint32_t entry_offset;
};

enum { BIOS_DRIVE_NONE = 0xFFFFFFFF };

/* ACPI tables that somebody wants, each with its header, as the firmware has them; empty: there is none. Checksums are for the reader. */
struct acpi_tables {
	struct span madt, dmar, ivrs;
};

/*
 * What CPUID and model-specific registers say of the processor that runs the loader, which stands for all of them. `known` is false on the
 * host, where plans are made for a machine that is not there.
 */
struct cpu_facts {
	bool known;
	char vendor[13]; /* "GenuineIntel", "AuthenticAMD" */
	bool hypervisor; /* CPUID 1 ECX bit 31: this is a virtual machine */
	char hypervisor_vendor[13];
	bool msr, apic, x2apic, vmx, svm;
	uint32_t apic_id;         /* with `apic`: of its own */
	bool random_seed, random; /* RDSEED, RDRAND */
	bool no_execute_off;      /* Intel: cpu_no_execute is false because MSR 1A0h bit 34 hides it */
	bool apic_base_known;     /* the register could be read */
	bool x2apic_enabled;      /* MSR 1Bh bit 10 */
	bool feature_control_known;
	uint64_t feature_control;                         /* MSR 3Ah */
	bool vmx_controls_known, ept, unrestricted_guest; /* MSRs 482h and 48Bh: what may be switched on */
	bool vm_cr_known;
	uint64_t vm_cr;     /* MSR C0010114h */
	bool nested_paging; /* CPUID 8000000Ah EDX bit 0 */
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
	struct apm apm;
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
