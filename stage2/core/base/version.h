/* SPDX-License-Identifier: MIT */
/* The suite's version, for assembler and C. At most 15 characters: it stands in the header of a stage-2 copy. */
#pragma once

#define MKBOOT_VERSION "0.1.0"
