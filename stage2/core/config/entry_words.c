/* SPDX-License-Identifier: MIT */
/* Paths and variables. */
#include "core/config/entry_words.h"

#include "core/base/arena.h"
#include "core/config/config_lines.h"
#include "core/config/config_notice.h"

static bool is_slash(uint8_t c)
{
	return c == '/' || c == '\\';
}

static bool is_relative(struct span name)
{
	return config_text_is(name, ".") || config_text_is(name, "..");
}

enum status entry_path_copy(struct span text, const char *key, struct arena *arena, const char **path, struct err *err)
{
	char *made = ARENA_NEW_ARRAY(arena, char, text.bytes + 2); /* the '/' in front and the NUL */
	size_t used = 0;

	if (!made)
		return err_set(err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
	if (is_grub_variable(text)) {
		(void)err_set(err, ERR_CORRUPT, "a variable of GRUB, which has no value here", NULL, 0, 0);
		(void)err_hint(err, "write the path itself");
		return config_err_value(arena, key, text, err);
	}
	for (size_t at = 0, bytes; at < text.bytes; at += bytes) {
		struct span name;

		for (bytes = 0; at + bytes < text.bytes && !is_slash(text.data[at + bytes]);)
			bytes++;
		name = span_part(text, at, bytes);
		if (is_relative(name)) {
			(void)err_set(err, ERR_CORRUPT, "a path must not have \".\" or \"..\" in it", NULL, 0, 0);
			return config_err_value(arena, key, text, err);
		}
		if (bytes > 0)
			made[used++] = '/';
		for (size_t i = 0; i < bytes; i++)
			made[used++] = (char)name.data[i];
		bytes += at + bytes < text.bytes;
	}
	if (used == 0)
		return err_set(err, ERR_CORRUPT, "{s} without a path", key, 0, 0);
	*path = made;
	return OK;
}

static bool is_name(struct span text)
{
	for (size_t i = 0; i < text.bytes; i++) {
		uint8_t c = text.data[i];

		if (!(c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return text.bytes > 0;
}

/* The name without '$' and braces; empty if the word is no variable. */
static struct span variable_name(struct span word)
{
	struct span name;

	if (word.bytes < 2 || word.data[0] != '$')
		return span_of("", 0);
	name = span_part(word, 1, word.bytes);
	if (name.data[0] == '{' && name.data[name.bytes - 1] == '}')
		name = span_part(name, 1, name.bytes - 2);
	return is_name(name) ? name : span_of("", 0);
}

bool is_grub_variable(struct span word)
{
	return variable_name(word).bytes > 0;
}

bool is_usually_empty(struct span variable)
{
	/* Of tuned (Fedora, RHEL), and of Fedora CoreOS at each start but the first. */
	static const char *const names[] = { "tuned_initrd", "tuned_params", "ignition_firstboot" };
	struct span name = variable_name(variable);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (config_text_is(name, names[i]))
			return true;
	}
	return false;
}
