# SPDX-License-Identifier: MIT
"""`mkboot run`: how a machine's end is told, and that QEMU never outlives mkboot."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
import time

from support import SECTOR, check, create, environment, equal, mkboot, nothing_left, read, write
import support

DISK = 1 << 20 # SeaBIOS boots nothing much smaller
# Boot sectors, in 16-bit code.
HANG = 'fb f4 eb fc'
TRIPLE_FAULT = 'fa 0f011e007d cc'         # an interrupt by an empty table
KEYBOARD_RESET = 'b0fe e664 ebfe'
POWER_OFF = 'b80020 ba0406 ef ebfe'       # ACPI's PM1a control register, as SeaBIOS places it


def machine_exit(value):
	return f'b0{value:02x} e6f4 ebfe'


def say(text):
	"""To the first serial port."""
	return 'baf803' + ''.join(f'b0{byte:02x}ee' for byte in text.encode())


def boot_sector(name, *code):
	data = bytes.fromhex(''.join(code))
	return write(name, data.ljust(510, b'\0') + b'\x55\xaa' + bytes(DISK - SECTOR))


def run(*words, **options):
	return mkboot('run', *words, **options)


def test_reset():
	"""A triple fault and a reset are a failure, however the machine is watched, and whatever it has said before."""
	for name, code in ('fault', TRIPLE_FAULT), ('reset', KEYBOARD_RESET):
		boot_sector(name, say('x'), code)
		for watched in [], ['--timeout', 100]:
			done = run(*watched, name).expect(1, f'error: the machine was reset: {name}: ', 'hint: with --allow-reset')
			equal(done.out.strip(), 'x', 'what it said')
		done = run('--expect', 'never', name)
		done.expect(1, f'the expected line did not come: {name}: the machine was reset', 'hint: with --allow-reset')
		run('--expect', 'x', name).expect(0, 'note: the expected line came')
		done = run('--allow-reset', '--expect', '^xxx', name).expect(0, 'note: the machine was reset')
		check(done.out.startswith('xxx'), done.out)
		run(name, '--', '-action', 'reboot=reset').expect(1, 'the machine was reset')
	nothing_left('fault', 'reset')


def test_ends():
	"""Every end says why in one line."""
	boot_sector('off', say('last words'), POWER_OFF)
	boot_sector('good', machine_exit(16))
	boot_sector('bad', machine_exit(3))
	boot_sector('zero', machine_exit(0))
	boot_sector('hang', say('x'), HANG)
	for watched in [], ['--timeout', 100]:
		run(*watched, 'off').expect(0, 'note: the machine was powered off: off: ')
		run(*watched, 'good').expect(0, 'note: the machine ended itself: good: it wrote 16 to port 0xf4')
		run(*watched, 'bad').expect(1, 'error: the machine ended itself: bad: it wrote 3 to port 0xf4')
		run(*watched, 'zero').expect(1, 'exit status 1', 'wrote 0 to port 0xf4')
		done = mkboot('-q', 'run', *watched, 'off').expect(0)
		equal(done.err, '', 'what -q leaves')
	run('--timeout', 2, 'hang').expect(1, 'the machine was ended: hang: timeout of 2 s')
	run('--timeout', 2, '--expect', 'y', 'hang').expect(1, 'the expected line did not come: hang: the machine was ended: timeout')
	run('--expect', 'y', 'off').expect(1, 'the expected line did not come: off: the machine was powered off', 'at most 300 s')
	for watched in [], ['--timeout', 100], ['--expect', 'x']:
		done = run(*watched, 'hang', '--', '-device', 'no-such-device')
		check('QEMU could not start' in done.err and 'no-such-device' in done.err, done.err)
		equal(done.code, 1, 'exit status')
	run('--timeout', 0, 'hang').expect(2, 'not a number in range: --timeout 0')


def test_expected_line():
	"""A line is not taken for another one before it is whole, and the last one needs no end."""
	boot_sector('okay', say('okay\nok'), POWER_OFF)
	run('--expect', '^ok$', 'okay').expect(0)
	boot_sector('okay', say('okay\n'), POWER_OFF)
	run('--expect', '^ok$', 'okay').expect(1, 'the machine was powered off')
	boot_sector('prompt', say('name: '), HANG)
	run('--expect', '^name: ', 'prompt').expect(0)


def test_held():
	"""With -S the machine waits for its user, as everywhere."""
	boot_sector('off', POWER_OFF)
	run('--timeout', 2, 'off', '--', '-S').expect(1, 'timeout of 2 s')


def test_temporary_folder():
	boot_sector('off', POWER_OFF)
	write('file', '')
	for folder, why in ('/nowhere', 'No such file'), ('file', 'Not a directory'), ('/proc', 'no temporary file'):
		for watched in [], ['--timeout', 100]:
			run(*watched, 'off', env={'TMPDIR': folder}).expect(5, f'cannot start QEMU: {folder}: ', why, 'hint: set TMPDIR')
	os.mkdir('a, b @@4M:')
	for folder in '', 'a, b @@4M:', None:
		run('off', env={'TMPDIR': folder}).expect(0, 'powered off')
	equal(os.listdir('a, b @@4M:'), [], 'files that are left')


def test_names():
	for name in 'c:x.img', 'a,b.img', 'a b.img', 'json:{}', 'fd:3':
		boot_sector(name, machine_exit(16))
		run(name).expect(0, 'it wrote 16')
	run('-').expect(2, 'not a name of a file: -')


def test_environment_of_qemu():
	write('bin/qemu-system-x86_64', '#!/bin/sh\nenv\n')
	os.chmod('bin/qemu-system-x86_64', 0o755)
	boot_sector('off', POWER_OFF)
	changes = {'PATH': f'{os.getcwd()}/bin:/usr/bin:/bin', 'QEMU_AUDIO_DRV': 'oss', 'QEMU_MODULE_DIR': '/x', 'DISPLAY': ':1'}
	done = run('--timeout', 100, 'off', env=changes).expect(1, 'QEMU could not start')
	names = [line.split('=')[0] for line in done.out.splitlines()]
	check(not any(name.startswith('QEMU_') for name in names) and 'DISPLAY' in names, names)
	check('TMPDIR=/var/tmp' in done.out.splitlines(), done.out)


def start(*words, **options):
	"""A machine that runs, and the id of its QEMU."""
	boot_sector('hang', say('x'), HANG)
	options = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, **options}
	process = subprocess.Popen([support.MKBOOT, 'run', *words, 'hang'], stderr=subprocess.PIPE, env=environment(), **options)
	if process.stdout:
		equal(process.stdout.read(1), b'x', 'first output')
		return process, qemu_of(process)
	return process, None


def qemu_of(process):
	for name in os.listdir('/proc'):
		if name.isdigit():
			try:
				fields = read(f'/proc/{name}/stat').rsplit(b')', 1)[1].split()
			except (FileNotFoundError, ProcessLookupError):
				continue
			if int(fields[1]) == process.pid:
				return int(name)
	raise support.Failure('QEMU does not run')


def is_gone(pid):
	try:
		return read(f'/proc/{pid}/stat').rsplit(b')', 1)[1].split()[0] == b'Z'
	except (FileNotFoundError, ProcessLookupError):
		return True


def wait_until_gone(pid):
	for _ in range(support.SECONDS * 100):
		if is_gone(pid):
			return
		time.sleep(0.01)
	raise support.Failure('QEMU has outlived mkboot')


def test_ended_by_signals():
	"""SIGINT, SIGTERM, SIGHUP: QEMU is gone when mkboot is."""
	for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
		for watched in [], ['--timeout', '100'], ['--expect', 'y']:
			process, qemu = start(*watched)
			process.send_signal(number)
			message = process.communicate(timeout=support.SECONDS)[1].decode()
			equal(process.returncode, 130, f'exit status ({message})')
			check('mkboot: interrupted' in message, message)
			check(is_gone(qemu), 'QEMU has outlived mkboot')


def test_killed():
	"""Neither does QEMU outlive a mkboot that is killed, or that nobody listens to; a killed QEMU is said to be."""
	for watched in [], ['--timeout', '100']:
		process, qemu = start(*watched)
		process.kill()
		process.communicate(timeout=support.SECONDS)
		wait_until_gone(qemu)
		process, qemu = start(*watched)
		os.kill(qemu, signal.SIGKILL)
		message = process.communicate(timeout=support.SECONDS)[1].decode()
		equal(process.returncode, 1, 'exit status')
		check('QEMU was ended: hang: by signal 9 (Killed)' in message, message)
	boot_sector('talk', say('x'), 'eeebfd')
	for ignored in False, True:
		reader, writer = os.pipe()
		process = subprocess.Popen([support.MKBOOT, 'run', '--timeout', '100', 'talk'], stdin=subprocess.DEVNULL, stdout=writer,
					   stderr=subprocess.PIPE, env=environment(), restore_signals=not ignored)
		os.close(writer)
		os.read(reader, 1)
		qemu = qemu_of(process)
		os.close(reader)
		message = process.communicate(timeout=support.SECONDS)[1].decode()
		equal(process.returncode, 5 if ignored else -signal.SIGPIPE, f'exit status ({message})')
		wait_until_gone(qemu)


def take_terminal():
	"""In the new process: standard input is its terminal."""
	os.setsid()
	fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_terminal():
	"""On a terminal, which is as it was when the machine has ended, however it did."""
	for number in signal.SIGTERM, None:
		ours, theirs = pty.openpty()
		before = termios.tcgetattr(theirs)
		process = start(stdin=theirs, stdout=theirs, preexec_fn=take_terminal)[0]
		said = b''
		while b'x' not in said:
			said += os.read(ours, 100)
		check(termios.tcgetattr(theirs) != before, 'QEMU did not take the terminal')
		os.kill(process.pid if number else qemu_of(process), number or signal.SIGKILL)
		message = process.communicate(timeout=support.SECONDS)[1].decode()
		equal(process.returncode, 130 if number else 1, f'exit status ({message})')
		check('note: starting hang; Ctrl-A X ends the machine' in message, message)
		equal(termios.tcgetattr(theirs), before, 'settings of the terminal')
		os.close(ours)
		os.close(theirs)
