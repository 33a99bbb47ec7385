/* SPDX-License-Identifier: MIT */
/* Collects notices and trails as text. */
#include "support_notices.h"

static void take(void *context, unsigned line, enum notice_kind kind, const char *text)
{
	struct notices *notices = context;

	if (kind == NOTICE_NOT_USED)
		notices->not_used++;
	else
		print(&notices->text.sink, "%u: %s%s\n", line, kind == NOTICE_REMARK ? "(remark) " : "", text);
}

void notices_init(struct notices *notices)
{
	notices->listener = (struct config_listener){ .notice = take, .context = notices };
	notices->not_used = 0;
	text_buffer_init(&notices->text, notices->data, sizeof notices->data);
}

const char *trail_text(const struct err *err)
{
	static char data[1024];
	struct text_buffer text;

	text_buffer_init(&text, data, sizeof data);
	if (err->line > 0)
		print(&text.sink, "%u: ", err->line);
	err_print(&text.sink, err);
	return data;
}
