/* SPDX-License-Identifier: MIT */
/* A boot of fuzzed kernel bytes on two fixed machines, one with a BIOS and one with UEFI, as far as the plan. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Makes a plan for the kernel and requires of it what a plan promises; a refusal needs a reason. */
void fuzz_plan(const char *protocol, const uint8_t *kernel, size_t bytes);
