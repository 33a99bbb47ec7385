/* SPDX-License-Identifier: MIT */
/* ELF files that no x86 processor starts, by their names: what is said of them. */
#pragma once

#include "core/base/status.h"

/* Each returns OK, or ERR_UNSUPPORTED with a trail that names what the file is, and a hint. `path` lives as long as the trail. */

/* e_ident[EI_CLASS], [EI_DATA] and [EI_VERSION]: 32 or 64 bits, little-endian, version 1. */
MUST_CHECK enum status elf_check_identity(const char *path, const uint8_t *identity, struct err *err);

/* e_machine: i386 or x86-64. */
MUST_CHECK enum status elf_check_machine(const char *path, uint16_t machine, struct err *err);

/* e_type: an executable, or a position-independent one. */
MUST_CHECK enum status elf_check_type(const char *path, uint16_t type, struct err *err);
