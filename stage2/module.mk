# SPDX-License-Identifier: MIT
core_src += $(wildcard stage2/core/*/*.c) $(wildcard stage2/flow/*.c)
# What a C library gives to the host build.
free_only_src += stage2/core/base/memory.c stage2/core/base/stack_guard.c stage2/core/pack/library_heap.c
shell_src += $(wildcard stage2/pc/*.c stage2/pc/*.S)
