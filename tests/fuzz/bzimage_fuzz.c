/* SPDX-License-Identifier: MIT */
/* Linux kernels of any bytes, as far as the plan and boot_params. */
#include "support_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	fuzz_plan("linux", data, bytes);
	return 0;
}
