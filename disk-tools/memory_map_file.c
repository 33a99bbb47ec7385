/* SPDX-License-Identifier: MIT */
/* Reading memory maps from text. */
#include "disk-tools/memory_map_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t type;
} types[] = {
	{ "ram", MEMORY_RAM },
	{ "reserved", MEMORY_RESERVED },
	{ "acpi", MEMORY_ACPI },
	{ "nvs", MEMORY_NVS },
	{ "bad", MEMORY_BAD },
	{ "persistent", MEMORY_PERSISTENT },
	{ "unaccepted", MEMORY_UNACCEPTED },
};

enum { TYPES = sizeof types / sizeof types[0] };

const char *memory_type_name(uint32_t type)
{
	for (unsigned i = 0; i < TYPES; i++) {
		if (types[i].type == type)
			return types[i].name;
	}
	return "type";
}

static bool parse_type(const char *text, uint32_t *type)
{
	char *end;
	unsigned long number = strtoul(text, &end, 0);

	for (unsigned i = 0; i < TYPES; i++) {
		if (strcmp(types[i].name, text) == 0) {
			*type = types[i].type;
			return true;
		}
	}
	*type = (uint32_t)number;
	return end != text && *end == '\0' && number > 0 && number <= UINT32_MAX;
}

/* Address: decimal, or hexadecimal with 0x; *text moves behind it. */
static bool parse_address(char **text, uint64_t *address)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*address = strtoull(*text, &end, 0);
	*text = end;
	return errno == 0;
}

/* "START-END TYPE" without a comment or surrounding blanks. */
static bool parse_range(char *line, struct memory_range *range)
{
	*range = (struct memory_range){ .attributes = 1 };
	if (!parse_address(&line, &range->start))
		return false;
	line += strspn(line, " \t");
	if (*line++ != '-')
		return false;
	line += strspn(line, " \t");
	if (!parse_address(&line, &range->end) || strspn(line, " \t") == 0 || range->end <= range->start)
		return false;
	return parse_type(line + strspn(line, " \t"), &range->type);
}

enum exit_code memory_map_file_read(const char *path, struct memory_range *range, unsigned *count)
{
	FILE *file = fopen(path, "re");
	char where[512], line[256];
	enum exit_code code = EXIT_OK;

	if (file == NULL)
		return fail_errno(errno == ENOENT ? EXIT_BAD_INPUT : EXIT_IO, "cannot read the memory map", path, errno);
	*count = 0;
	for (unsigned number = 1; code == EXIT_OK && fgets(line, sizeof line, file) != NULL; number++) {
		size_t length = strcspn(line, "#\n");

		while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
			length--;
		line[length] = '\0';
		snprintf(where, sizeof where, "%s:%u", path, number);
		if (length == 0)
			continue;
		if (*count == MEMORY_MAP_FILE_RANGES_MAX)
			code = fail(EXIT_BAD_INPUT, "too many ranges in the memory map", where, "at most %d", MEMORY_MAP_FILE_RANGES_MAX);
		else if (!parse_range(line + strspn(line, " \t"), &range[*count]))
			code = fail(EXIT_BAD_INPUT, "not a range of a memory map", where,
				    "\"%s\" (START-END ram|reserved|acpi|nvs|bad|persistent|unaccepted)", line);
		else
			++*count;
	}
	if (code == EXIT_OK && ferror(file))
		code = fail_errno(EXIT_IO, "cannot read the memory map", path, errno);
	fclose(file);
	return code;
}
