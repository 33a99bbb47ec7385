/* SPDX-License-Identifier: MIT */
/* A terminal as it was before. */
#include "disk-tools/terminal.h"

#include <stdbool.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile bool is_saved;

void terminal_save(void)
{
	is_saved = tcgetattr(STDIN_FILENO, &saved) == 0;
}

void terminal_restore(void)
{
	/* In the background this would stop us (SIGTTOU). */
	if (is_saved && tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}
