/* SPDX-License-Identifier: MIT */
/* Multiboot 1 kernels of any bytes, as far as the plan and the boot information. */
#include "support_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	fuzz_plan("multiboot", data, bytes);
	return 0;
}
