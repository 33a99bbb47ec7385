/* SPDX-License-Identifier: MIT */
/* JSON by json-c. File names need not be UTF-8, JSON must be: other bytes are shown as '?'. */
#include "disk-tools/json.h"

#include "core/base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	char *clean = text != NULL ? strdup(text) : NULL;

	size_t left = text != NULL ? strlen(text) : 0, used;

	for (char *at = clean; at != NULL && left > 0; at += used, left -= used) {
		if (utf8_take(at, left, &used) == UTF8_INVALID)
			*at = '?';
	}
	json_object_object_add(object, key, clean != NULL ? json_object_new_string(clean) : NULL);
	free(clean);
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

struct json_object *json_add_object(struct json_object *object, const char *key)
{
	struct json_object *inner = json_object_new_object();

	json_object_object_add(object, key, inner);
	return inner;
}

struct json_object *json_add_array(struct json_object *object, const char *key)
{
	struct json_object *inner = json_object_new_array();

	json_object_object_add(object, key, inner);
	return inner;
}

struct json_object *json_append_object(struct json_object *array)
{
	struct json_object *inner = json_object_new_object();

	json_object_array_add(array, inner);
	return inner;
}

void json_add_findings(struct json_object *object, const struct findings *findings)
{
	struct json_object *problems = json_add_array(object, "problems");

	for (size_t i = 0; i < findings->count; i++) {
		struct json_object *problem = json_append_object(problems);

		json_add_bool(problem, "serious", findings->item[i].serious);
		json_add_text(problem, "what", findings->item[i].what != NULL ? findings->item[i].what : "configuration");
		json_add_text(problem, "where", findings->item[i].where);
		json_add_text(problem, "why", findings->item[i].why);
		json_add_text(problem, "hint", findings->item[i].hint);
	}
}

enum exit_code json_print(struct json_object *object)
{
	printf("%s\n",
	       json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	return stdout_finish();
}

enum exit_code stdout_finish(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return fail_errno(EXIT_IO, "cannot write", "standard output", errno);
	return EXIT_OK;
}
