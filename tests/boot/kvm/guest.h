/* SPDX-License-Identifier: MIT */
/* What the guest (guest.S) and the program that runs it (kvm.c) agree about. */
#ifndef TESTS_BOOT_KVM_GUEST_H
#define TESTS_BOOT_KVM_GUEST_H

#define GUEST_START 0x10000 /* of its code in the virtual machine's memory */
#define GUEST_PORT  0x3F8

#ifndef __ASSEMBLER__
extern const unsigned char guest_code[], guest_code_end[];
#endif

#endif
