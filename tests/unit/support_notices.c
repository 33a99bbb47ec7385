/* SPDX-License-Identifier: MIT */
/* Collects notices and trails as text. */
#include "support_notices.h"

void notices_init(struct notices *notices)
{
	notices->not_used = 0;
	text_buffer_init(&notices->text, notices->data, sizeof notices->data);
}

void notices_take(void *context, unsigned line, const char *message, const char *subject)
{
	struct notices *notices = context;

	if (message == config_not_used)
		notices->not_used++;
	else
		print(&notices->text.sink, "%u: %s: %s\n", line, message, subject);
}

const char *trail_text(const struct err *err)
{
	static char data[1024];
	struct text_buffer text;

	text_buffer_init(&text, data, sizeof data);
	err_print(&text.sink, err);
	return data;
}
