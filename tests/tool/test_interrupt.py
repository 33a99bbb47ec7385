# SPDX-License-Identifier: MIT
"""Interrupts, and whatever else a process inherits: mkboot does not depend on it, and neither do these tests."""

import fcntl
import os
import signal
import subprocess
import sys
import time

from support import boots, check, create, environment, equal, inspect, mkboot, nothing_left, read, tool, write
import support

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'run')
EPOCH = {'SOURCE_DATE_EPOCH': '1700000000'}
CAUGHT = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def kernel():
	return support.KERNEL


def start_create(**changes):
	return subprocess.Popen([support.MKBOOT, 'create', '--elf', kernel(), '--module', 'large', 'x.img'], stderr=subprocess.PIPE,
				stdin=subprocess.DEVNULL, env=environment(**changes))


def finish(process):
	message = process.communicate(timeout=support.SECONDS)[1].decode()
	return process.returncode, message


def hold_program(name):
	"""A helper program that says that it runs, by opening `held`, and then waits for its end. Gives the environment for it."""
	write(f'bin/{name}', '#!/bin/sh\nexec sleep 1000 >held\n')
	os.chmod(f'bin/{name}', 0o755)
	os.mkfifo('held')
	return {'PATH': f'{os.getcwd()}/bin:/usr/bin:/bin'}


def test_interrupt():
	"""While each of the helper programs runs: exit status 130, no file is left, the old output stays, the program is gone."""
	write('large', 'x')
	create('--elf', kernel(), 'x.img')
	before = read('x.img')
	for name in 'mkfs.fat', 'mmd', 'mcopy':
		path = hold_program(name)
		for number in CAUGHT:
			process = start_create(**path)
			with open('held', 'rb') as held: # returns when the program runs
				process.send_signal(number)
				code, message = finish(process)
				equal(code, 130, f'exit status ({message})')
				check('interrupted' in message, message)
				equal(held.read(), b'', 'what the program wrote') # and this when it is gone
			check(read('x.img') == before, 'the old output has changed')
			nothing_left('bin', 'held', 'large', 'x.img')
		os.unlink(f'bin/{name}')
		os.unlink('held')


def test_moments_of_interrupts():
	"""Whenever the signal comes, also after the end: the old output or the new one, and nothing else."""
	with open('large', 'wb') as file:
		file.write(os.urandom(1 << 20) * 16)
	create('--elf', kernel(), 'x.img')
	for turn in range(15):
		before = read('x.img')
		process = start_create()
		time.sleep(turn * 0.03)
		process.send_signal(CAUGHT[turn % 3])
		code, message = finish(process)
		if code == 0:
			check(read('x.img') != before and boots(inspect('x.img')), 'no new output')
		else:
			before_main = code == -CAUGHT[turn % 3] and not message
			check(code == 130 or before_main, f'exit status {code} ({message})')
			check(read('x.img') == before, 'the old output has changed')
		nothing_left('large', 'x.img')


def test_killed():
	"""A helper program does not outlive a mkboot that is killed, either."""
	write('large', 'x')
	process = start_create(**hold_program('mcopy'))
	with open('held', 'rb') as held:
		process.kill()
		finish(process)
		equal(held.read(), b'', 'what the program wrote')


def test_ignored_interrupts():
	"""What the user has told to be ignored (nohup, a background job of a script) is."""
	write('large', 'x')
	path = hold_program('mcopy')

	def ignore():
		for number in CAUGHT:
			signal.signal(number, signal.SIG_IGN)
	process = subprocess.Popen([support.MKBOOT, 'create', '--elf', kernel(), '--module', 'large', 'x.img'], stderr=subprocess.PIPE,
				   env=environment(**path), preexec_fn=ignore)
	with open('held', 'rb'):
		for number in CAUGHT:
			process.send_signal(number)
		check(process.poll() is None, 'ended')
		process.kill()
	equal(finish(process)[0], -signal.SIGKILL, 'exit status')


def test_inherited_signals():
	"""A parent that ignores the end of its children does not hide a failure from us; blocked signals are not blocked here."""
	def ignore():
		signal.signal(signal.SIGCHLD, signal.SIG_IGN)
		signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
	create('--elf', kernel(), 'x.img', preexec_fn=ignore)
	write('bin/mcopy', '#!/bin/sh\necho the reason >&2\nexit 1\n')
	os.chmod('bin/mcopy', 0o755)
	mkboot('create', '--elf', kernel(), 'y.img', env={'PATH': f'{os.getcwd()}/bin:/usr/bin:/bin'}, preexec_fn=ignore).expect(
		1, 'mcopy: the reason')
	nothing_left('bin', 'x.img')


def test_closed_files():
	"""Without standard input, output and error no image takes their place and is written to by messages."""
	create('--elf', kernel(), '--title', 'x', 'good.img', env=EPOCH)
	write('root/loader/entries/a.conf', 'elf /kernel\nmachine-id x\n') # worth a warning
	write('root/kernel', read(kernel()))
	create('--root', 'root', 'warned.img', env=EPOCH)
	for closed in (0,), (1,), (2,), (0, 1, 2):
		def close(files=closed):
			for file in files:
				os.close(file)
		for name, words in ('good', ['--elf', kernel(), '--title', 'x']), ('warned', ['--root', 'root']):
			done = mkboot('create', *words, 'x.img', env=EPOCH, preexec_fn=close)
			equal(done.code, 0, f'exit status without {closed}')
			tool('cmp', f'{name}.img', 'x.img')


def test_surroundings_of_create():
	"""The same bytes whatever the environment says, but for what it is asked for."""
	create('--elf', kernel(), 'x.img', env=EPOCH)
	write('home/.mtoolsrc', 'drive x: file="/nowhere"\nmtools_skip_check=1\nmtools_lower_case=1\n')
	settings = (
		{'MTOOLSRC': f'{os.getcwd()}/home/.mtoolsrc', 'HOME': f'{os.getcwd()}/home'},
		{'MTOOLS_NO_VFAT': '1', 'MTOOLS_FAT_COMPATIBILITY': '1', 'MTOOLS_LOWER_CASE': '1', 'MTOOLS_SKIP_CHECK': '1'},
		{'MTOOLS_NAME_NUMERIC_TAIL': '0', 'TMPDIR': '/nowhere'},
		{'LC_ALL': 'tr_TR.UTF-8', 'LANG': 'tr_TR', 'TZ': 'Asia/Seoul'}, {'LC_ALL': 'ko_KR.EUC-KR', 'TZ': ':/nowhere'},
		{'LC_ALL': None, 'LANG': 'C', 'TZ': ''}, {'TERM': None, 'HOME': None},
		{'XDG_CONFIG_HOME': '/nowhere', 'GIT_DIR': '/nowhere', 'LIBFDISK_DEBUG': '0', 'POSIXLY_CORRECT': '1'},
	)
	for turn, setting in enumerate(settings):
		mask = os.umask((0o077, 0o000, 0o777 & ~0o600)[turn % 3])
		try:
			create('--elf', kernel(), f'{turn}.img', env={**EPOCH, **setting})
		finally:
			os.umask(mask)
		tool('cmp', 'x.img', f'{turn}.img')


def test_these_tests():
	"""Started by somebody with odd habits, the tests find the same."""
	odd = {'SOURCE_DATE_EPOCH': '5', 'LC_ALL': 'ko_KR.EUC-KR', 'LANG': 'tr_TR', 'TZ': 'Asia/Seoul', 'TERM': 'nonsense', 'HOME': '/nowhere',
	       'TMPDIR': '/nowhere', 'MTOOLSRC': '/nowhere', 'MTOOLS_LOWER_CASE': '1', 'QEMU_AUDIO_DRV': 'oss', 'GIT_DIR': '/nowhere',
	       'XDG_RUNTIME_DIR': '/x', 'PYTHONIOENCODING': 'ascii', 'PATH': os.environ['PATH']}
	tests = 'interrupt', 'output_replaced', 'times', 'same_bytes', 'own_identity'

	def prepare():
		for number in (*CAUGHT, signal.SIGPIPE, signal.SIGCHLD, signal.SIGALRM):
			signal.signal(number, signal.SIG_IGN)
		signal.pthread_sigmask(signal.SIG_BLOCK, CAUGHT)
		os.umask(0o077)
		os.close(0)
	done = subprocess.run([sys.executable, RUN, '--mkboot', support.MKBOOT, '--kernel', support.KERNEL, *tests], env=odd, preexec_fn=prepare,
			      capture_output=True, text=True, timeout=4 * support.SECONDS, check=False)
	check(done.returncode == 0 and f'{len(tests)} passed, 0 failed' in done.stdout, f'{done.stdout}{done.stderr}')
