/* SPDX-License-Identifier: MIT */
/* Boot sectors of any bytes and any length: a BPB that is found lies in the sector. */
#include "kernel-handoff/image/boot_sector.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct bpb bpb;

	if (boot_sector_bpb(span_of(data, bytes), &bpb) && (bpb.hidden_sectors_at + 4 > bytes || bpb.drive_at + 1 > bytes))
		abort();
	return 0;
}
