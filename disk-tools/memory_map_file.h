/* SPDX-License-Identifier: MIT */
/* Memory maps as text: one range a line, "START-END TYPE"; END is the first address behind it; TYPE as in memory_map.h. */
#pragma once

#include "core/memory/memory_map.h"
#include "disk-tools/report.h"

enum { MEMORY_MAP_FILE_RANGES_MAX = 2048 }; /* more than a map keeps: what is done with a long one can be seen */

/* Fills at most MEMORY_MAP_FILE_RANGES_MAX ranges. EXIT_BAD_INPUT names the line. */
enum exit_code memory_map_file_read(const char *path, struct memory_range *range, unsigned *count);

/* "ram", "reserved", ...; "type" for a number without a name. */
const char *memory_type_name(uint32_t type);
