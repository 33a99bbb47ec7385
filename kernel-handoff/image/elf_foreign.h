/* SPDX-License-Identifier: MIT */
/* ELF files that no x86 processor starts, by their names: what is said of them. */
#pragma once

#include "core/base/status.h"

/* The checks return OK, or ERR_UNSUPPORTED with a trail that names what the file is, and a hint. `path` lives as long as the trail. */

/* e_ident[EI_CLASS] and [EI_DATA]: 32 or 64 bits, little-endian. */
MUST_CHECK enum status elf_check_identity(const char *path, const uint8_t *identity, struct err *err);

/* e_machine: i386 or x86-64. */
MUST_CHECK enum status elf_check_machine(const char *path, uint16_t machine, struct err *err);

/* An e_type that is not an executable's: ERR_UNSUPPORTED always. */
MUST_CHECK enum status elf_refuse_type(const char *path, uint16_t type, struct err *err);
