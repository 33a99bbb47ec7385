/* SPDX-License-Identifier: MIT */
/* The small part of JSON output that the commands share. Objects belong to json-c: adding a value gives it away. */
#pragma once

#include "disk-tools/findings.h"

#include <json-c/json.h>
#include <stdint.h>

void json_add_text(struct json_object *object, const char *key, const char *text); /* NULL becomes null */
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_bool(struct json_object *object, const char *key, bool value);

/* A new object or array inside `object`. */
struct json_object *json_add_object(struct json_object *object, const char *key);
struct json_object *json_add_array(struct json_object *object, const char *key);
/* A new object at the end of an array. */
struct json_object *json_append_object(struct json_object *array);

/* The findings as "problems": what, where, why, hint, serious. */
void json_add_findings(struct json_object *object, const struct findings *findings);

/* Prints the object to stdout and frees it. EXIT_IO if stdout cannot be written. */
enum exit_code json_print(struct json_object *object);

/* The same check for commands that print text. */
enum exit_code stdout_finish(void);
