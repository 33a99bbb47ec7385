/* SPDX-License-Identifier: MIT */
/* Kernels for `pvh` of any bytes, as far as the plan and the start info. */
#include "support_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	fuzz_plan("pvh", data, bytes);
	return 0;
}
