/* SPDX-License-Identifier: MIT */
/* A process that does not depend on its parent's. */
#include "disk-tools/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void process_set_up(void)
{
	sigset_t none;
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	/* A limit on the size of files is an error of write(), not our end. */
	signal(SIGXFSZ, SIG_IGN);
}
