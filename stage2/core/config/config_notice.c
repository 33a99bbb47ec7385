/* SPDX-License-Identifier: MIT */
/* The wording of notices. */
#include "core/config/config_notice.h"

#include "core/base/arena.h"

enum { QUOTED_COLUMNS = 60 };

struct sink *config_sentence_begin(struct config_sentence *sentence)
{
	text_buffer_init(&sentence->text, sentence->data, sizeof sentence->data);
	return &sentence->text.sink;
}

void config_notice(const struct config_listener *listener, unsigned line, enum notice_kind kind, const struct config_sentence *sentence)
{
	if (listener)
		listener->notice(listener->context, line, kind, sentence->data);
}

void config_quote(struct sink *sink, struct span text)
{
	print(sink, "\"");
	print_untrusted_part(sink, (const char *)text.data, text.bytes, QUOTED_COLUMNS);
	print(sink, "\"");
}

enum status config_err_value(struct arena *arena, const char *key, struct span value, struct err *err)
{
	struct config_sentence sentence;
	struct sink *sink = config_sentence_begin(&sentence);
	const char *copy;

	print(sink, "%s ", key);
	config_quote(sink, value);
	copy = arena_copy_text(arena, sentence.data, sentence.text.length);
	if (!copy)
		return err_set(err, ERR_NO_MEMORY, "the loader's own memory is used up", NULL, 0, 0);
	return err_add(err, "{s}", copy, 0, 0);
}

void config_print_unknown_key(struct sink *sink, struct span key, const char *meant)
{
	print(sink, "unknown key ");
	config_quote(sink, key);
	if (meant)
		print(sink, ": did you mean \"%s\"?", meant);
}
