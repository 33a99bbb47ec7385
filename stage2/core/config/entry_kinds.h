/* SPDX-License-Identifier: MIT */
/*
 * The kinds of kernels, one line each: everything that has to know them all is made from this list, such as the keys of an entry, the
 * options of `mkboot create` and the hints that name the keys.
 *
 *   KIND(NAME, "key", TAKES, READERS, "WHAT", "help")
 *
 * TAKES     what else an entry names: INITRDS, MODULES or NOTHING
 * READERS   ONLY_US: no other loader reads such entries, so a key that is not known is a mistake; OTHERS_TOO
 * WHAT      what stands behind the key, as mkboot(1) calls it
 * help      what --help says
 */
#pragma once

/* clang-format off */
#define ENTRY_KINDS(KIND) \
	KIND(LINUX, "linux", INITRDS, OTHERS_TOO, "FILE", "the kernel: Linux by its own boot protocol, or, on UEFI, its EFI stub") \
	KIND(MULTIBOOT2, "multiboot2", MODULES, ONLY_US, "FILE", "the kernel: Multiboot2, for example Xen") \
	KIND(MULTIBOOT, "multiboot", MODULES, ONLY_US, "FILE", "the kernel: Multiboot 1") \
	KIND(PVH, "pvh", MODULES, ONLY_US, "FILE", "the kernel: ELF with a PVH entry, for example an unpacked Linux (vmlinux)") \
	KIND(ELF, "elf", MODULES, ONLY_US, "FILE", "the kernel: 64-bit ELF by mkboot's own hand-off") \
	KIND(EFI, "efi", NOTHING, OTHERS_TOO, "FILE", "the kernel: a program for UEFI") \
	KIND(UKI, "uki", NOTHING, OTHERS_TOO, "FILE", "the kernel: a unified kernel image, on UEFI") \
	KIND(CHAIN, "chain", NOTHING, ONLY_US, "TARGET", \
	     "instead of a kernel, a boot sector: 'disk N', 'partition M' or 'disk N partition M' (BIOS)")
/* clang-format on */

#define ENTRY_KIND_KEY(name, key, takes, readers, what, help) " " key

/* All keys in one literal, with a blank in front of each: for messages. */
#define ENTRY_KIND_KEYS ENTRY_KINDS(ENTRY_KIND_KEY)
