# SPDX-License-Identifier: MIT
core_src += $(wildcard kernel-handoff/*.c kernel-handoff/image/*.c kernel-handoff/proto/*.c \
	kernel-handoff/proto/*/*.c kernel-handoff/acpi/*.c kernel-handoff/paging/*.c kernel-handoff/preflight/*.c)
# Used by the shells that run in long mode; the host has nothing to jump to.
shell_src += kernel-handoff/jump/jump.c kernel-handoff/jump/trampoline.S
