/* SPDX-License-Identifier: MIT */
/* The symbols that -fstack-protector expects. A shell defines __stack_chk_fail: only shells may stop. */
#pragma once

#include <stdint.h>

extern uintptr_t __stack_chk_guard;

_Noreturn void __stack_chk_fail(void);
