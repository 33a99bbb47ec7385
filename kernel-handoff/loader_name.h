/* SPDX-License-Identifier: MIT */
/*
 * What the loader calls itself to kernels. Xen takes command lines without their first word from every loader whose name does not contain
 * "GRUB " (its cmdline_cook), and ours begin with the path: that word must stay out of the name.
 */
#pragma once

#include "core/base/version.h"

#define LOADER_NAME "mkboot " MKBOOT_VERSION
