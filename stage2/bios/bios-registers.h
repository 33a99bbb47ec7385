/* SPDX-License-Identifier: MIT */
/* Offsets of struct bios_registers (bios.h), for assembler. */
#ifndef STAGE2_BIOS_REGISTERS_H
#define STAGE2_BIOS_REGISTERS_H

#define REGISTERS_EAX   0
#define REGISTERS_EBX   4
#define REGISTERS_ECX   8
#define REGISTERS_EDX   12
#define REGISTERS_ESI   16
#define REGISTERS_EDI   20
#define REGISTERS_EBP   24
#define REGISTERS_FLAGS 28
#define REGISTERS_DS    32
#define REGISTERS_ES    34
#define REGISTERS_BYTES 36

#endif
