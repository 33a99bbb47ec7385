/* SPDX-License-Identifier: MIT */
/*
 * The stack protector's guard value. A shell mixes the time stamp counter into it before its first protected function runs; the NUL
 * byte stops overlong strings.
 */
#include "core/base/stack_guard.h"

uintptr_t __stack_chk_guard = 0x5bd1e995a7c60f00u;
