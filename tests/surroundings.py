# SPDX-License-Identifier: MIT
"""What a test run must not take over from whoever starts it: signals, environment, umask, standard input."""

import os
import signal
import sys

# PATH says where the programs are; the rest is the same for everybody. Without HOME, mtools would look for the user's own settings.
FIXED = {'HOME': '/nonexistent', 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb', 'TZ': 'UTC0'}
FALLBACK = {'PATH': '/usr/local/bin:/usr/bin:/bin'}
KEPT = ('PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS')
MASK = 0o022
LEFT_ALONE = {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE, signal.SIGXFSZ} # the last two Python ignores, but not for its children


def environment():
	return {**FIXED, **FALLBACK, **{name: os.environ[name] for name in KEPT if name in os.environ}}


def set_up():
	"""Call this first. Python reads its own settings and the locale when it starts, so it is started again where those differ."""
	for number in signal.valid_signals() - LEFT_ALONE:
		if signal.getsignal(number) == signal.SIG_IGN:
			signal.signal(number, signal.SIG_DFL)
	signal.pthread_sigmask(signal.SIG_SETMASK, ())
	os.umask(MASK)
	while (file := os.open(os.devnull, os.O_RDWR)) <= 2:
		os.set_inheritable(file, True)
	os.close(file)
	wanted = environment()
	if dict(os.environ) != wanted:
		os.execve(sys.executable, [sys.executable, *sys.argv], wanted)
	signal.signal(signal.SIGINT, signal.default_int_handler)
