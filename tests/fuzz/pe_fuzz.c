/* SPDX-License-Identifier: MIT */
/* PE images of any bytes, as far as the plan that has the firmware start them. */
#include "support_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	fuzz_plan("efi", data, bytes);
	fuzz_plan("uki", data, bytes);
	fuzz_plan("linux", data, bytes);
	return 0;
}
