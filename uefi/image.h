/* SPDX-License-Identifier: MIT */
/* ENTRY_MODE_IMAGE: a PE image that the firmware loads and starts. */
#pragma once

#include "core/base/status.h"

struct plan;
struct platform;

/* platform_ops.start_image. */
enum status image_start(struct platform *platform, const struct plan *plan, struct err *err);
