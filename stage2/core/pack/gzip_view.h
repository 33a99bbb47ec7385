/* SPDX-License-Identifier: MIT */
/* The `view` of unpack_gzip: see unpack.h. */
#pragma once

#include "core/base/status.h"

#include <stdint.h>

struct arena;
struct file;
struct library_gate;

MUST_CHECK enum status gzip_view(struct file *packed, uint64_t bytes, uint64_t work_max, struct arena *arena, struct library_gate *gate,
				 struct file **unpacked, struct err *err);
