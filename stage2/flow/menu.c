/* SPDX-License-Identifier: MIT */
/*
 * The menu: a numbered list and one line that shows the choice, rewritten in place. It needs nothing of a console but '\r' and '\n', so
 * that it works the same on a screen of 80 x 25 and on a serial line.
 */
#include "core/base/print.h"
#include "flow/flow.h"

enum {
	PAGE_ENTRIES = 16,
	TITLE_COLUMNS = 42,
	ID_COLUMNS = 28,
	LINE_COLUMNS = 79, /* the last column would wrap */
	TICK_MS = 1000,
};

struct menu {
	struct platform *platform;
	const struct configuration *configuration;
	unsigned selected, first_shown;
	unsigned typed; /* the number that is being typed; 0: none */
	unsigned seconds_left;
	bool counting;
};

/* Untrusted text, cut to a number of columns. */
static void print_cut(struct sink *sink, const char *text, unsigned columns)
{
	char data[LINE_COLUMNS * PRINT_COLUMN_BYTES + 1];
	struct text_buffer buffer;

	text_buffer_init(&buffer, data, sizeof data);
	print_untrusted_cut(&buffer.sink, text, columns);
	print(sink, "%-*s", (int)columns, data);
}

static void draw_list(struct menu *menu)
{
	struct sink *console = menu->platform->console;
	unsigned count = menu->configuration->count, end;

	menu->first_shown = menu->selected - menu->selected % PAGE_ENTRIES;
	end = menu->first_shown + PAGE_ENTRIES < count ? menu->first_shown + PAGE_ENTRIES : count;
	print(console, "\n\n");
	for (unsigned i = menu->first_shown; i < end; i++) {
		const struct entry *entry = &menu->configuration->entry[i].entry;

		print(console, "%c%3u  ", i == menu->configuration->chosen ? '*' : ' ', i + 1);
		print_cut(console, entry->title, TITLE_COLUMNS);
		print(console, "  ");
		print_cut(console, entry->name.id, ID_COLUMNS);
		print(console, "\n");
	}
	if (count > PAGE_ENTRIES)
		print(console, "      entries %u to %u of %u\n", menu->first_shown + 1, end, count);
	print(console, "\nUp, down or a number chooses, Enter starts, Esc starts the default (*).\n");
}

static void draw_choice(const struct menu *menu)
{
	char data[LINE_COLUMNS * PRINT_COLUMN_BYTES + 1];
	struct text_buffer line;

	text_buffer_init(&line, data, sizeof data);
	print(&line.sink, ">%3u  ", menu->selected + 1);
	print_cut(&line.sink, menu->configuration->entry[menu->selected].entry.title, TITLE_COLUMNS);
	if (menu->counting)
		print(&line.sink, "  starts in %u s; any key stops", menu->seconds_left);
	print(menu->platform->console, "\r%-*s", LINE_COLUMNS, data);
}

/* Digits make a number as long as there is such an entry; then a new number begins. */
static void type_digit(struct menu *menu, unsigned digit)
{
	unsigned count = menu->configuration->count;
	unsigned number = menu->typed * 10 + digit;

	if (number > count)
		number = digit;
	menu->typed = number <= count ? number : 0;
	if (menu->typed > 0)
		menu->selected = menu->typed - 1;
}

/* False when the key ends the menu. */
static bool take_key(struct menu *menu, int key)
{
	unsigned count = menu->configuration->count;

	if (key >= '0' && key <= '9') {
		type_digit(menu, (unsigned)(key - '0'));
		return true;
	}
	menu->typed = 0;
	switch (key) {
	case KEY_UP:
		menu->selected = (menu->selected + count - 1) % count;
		return true;
	case KEY_DOWN:
		menu->selected = (menu->selected + 1) % count;
		return true;
	case KEY_ESCAPE:
		menu->selected = menu->configuration->chosen;
		return false;
	default:
		return key != KEY_ENTER && key != '\n';
	}
}

/* Waits for a key or the end of the time; false when an entry is to be started. */
static bool step(struct menu *menu)
{
	unsigned timeout = menu->configuration->loader.timeout_seconds;
	int key = menu->platform->ops->key(menu->platform, TICK_MS);

	if (key == KEY_NONE) {
		menu->seconds_left--;
		if (menu->counting)
			draw_choice(menu);
		if (menu->seconds_left > 0)
			return true;
		menu->selected = menu->configuration->chosen;
		return false;
	}
	menu->counting = false;
	menu->seconds_left = timeout > MENU_IDLE_SECONDS ? timeout : MENU_IDLE_SECONDS;
	if (!take_key(menu, key))
		return false;
	if (menu->selected - menu->selected % PAGE_ENTRIES != menu->first_shown)
		draw_list(menu);
	draw_choice(menu);
	return true;
}

unsigned menu_run(struct platform *platform, const struct configuration *configuration)
{
	struct menu menu = {
		.platform = platform,
		.configuration = configuration,
		.selected = configuration->chosen,
		.seconds_left = configuration->loader.timeout_seconds,
		.counting = true,
	};

	if (configuration->count == 0 || menu.seconds_left == TIMEOUT_NONE)
		return configuration->chosen;
	draw_list(&menu);
	draw_choice(&menu);
	while (step(&menu))
		;
	print(platform->console, "\n");
	return menu.selected;
}
