/* SPDX-License-Identifier: MIT */
/* ELF kernels of any bytes, as far as the plan of our own hand-off, page tables and all. */
#include "support_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	fuzz_plan("elf", data, bytes);
	return 0;
}
