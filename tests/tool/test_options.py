# SPDX-License-Identifier: MIT
"""What all commands have in common: sizes, names, -h, -V, -q, and what they write to a terminal."""

import os
import pty
import subprocess

from support import check, create, environment, equal, mkboot, nothing_left, tree, write
import support

COMMANDS = 'create', 'plan', 'inspect', 'run'


def kernel():
	return support.KERNEL


def size_of(text):
	"""The size of an image as create takes it."""
	create('--size', text, '--table', 'mbr', '--elf', kernel(), 'x.img')
	return os.path.getsize('x.img')


def memory_end(text):
	"""Where the RAM of a machine ends that has so much memory, in bytes."""
	out = mkboot('plan', '--memory', text, '--json', 'machine.img').expect(0).out
	return max(part['end'] for part in support.json.loads(out)['memory_map'] if part['name'] == 'ram')


def test_sizes():
	mib = 1 << 20
	for text, size in (('4M', 4 * mib), ('4m', 4 * mib), ('4MiB', 4 * mib), ('4mib', 4 * mib), ('4096K', 4 * mib),
			   ('4194304', 4 * mib), ('4.5M', 4 * mib), ('0.0625G', 64 * mib), ('1.5G', 1536 * mib), ('0.1GiB', 102 * mib),
			   ('0.00390625t', 4096 * mib),
			   # just above, and just below what a rounded fraction would reach
			   ('0.006835938G', 7 * mib), ('0.006835937G', 6 * mib), ('4095.9999K', 3 * mib),
			   ('8191.9999999K', 7 * mib), ('5242879', 4 * mib)):
		equal(size_of(text), size, text)
	create('--elf', kernel(), 'machine.img')
	equal(memory_end('64') - memory_end('63'), mib, 'a number alone')
	equal(memory_end('1.5G'), memory_end('1536M'), '1.5G')
	wrong = ('64MB', '64kB', '64Q', '64iB', '64MiBs', 'M', '1.M', '.5G', '1.5', '1,5G', '1e3', '0x10M', '-5M', '+5M', '64 M', ' 64M',
		 '', '1..5G', '0', '0M', '0.0000001K', '1.1234567891G', '8388608T', '18446744073709551616',
		 '99999999999999999999M', 'G64', '٤M')
	for command, option, texts in ('plan', '--memory', wrong), ('create', '--size', wrong[:2]), ('run', '--memory', wrong[:2]):
		for text in texts:
			mkboot(command, option, text, 'machine.img').expect(2, f'not a size: {option}', 'hint: a number and K, M, G or T')


def test_dash_is_no_name():
	create('--elf', kernel(), 'x.img')
	create_words = (['--elf', kernel(), '-'], ['--elf', '-', 'y.img'], ['--elf=-', 'y.img'], ['--root', '-', 'y.img'],
			['--elf', kernel(), '--module', '- a b', 'y.img'], ['--linux', kernel(), '--initrd', '-', 'y.img'], ['--efi-loader', '-', 'y.img'])
	others = [[command, *words, '-'] for command in ('plan', 'inspect', 'run') for words in ([], ['--'])]
	for words in [['create', *words] for words in create_words] + others:
		mkboot(*words).expect(2, 'not a name of a file: ', '-: standard input and output are not taken', 'hint: ', './-')
	create('--elf', kernel(), '--options', '-', './-')
	mkboot('inspect', './-').expect(0)
	nothing_left('-', 'x.img')


def test_short_options():
	overview, version = mkboot('help').out, mkboot('version').out
	for words in ['-h'], ['--help'], ['-q', 'help'], ['--quiet', '-h']:
		equal(mkboot(*words).expect(0).out, overview, words)
	for words in ['-V'], ['--version'], ['-q', '-V']:
		equal(mkboot(*words).expect(0).out, version, words)
	for command in COMMANDS:
		text = mkboot('help', command).expect(0).out
		check('-q, --quiet' in text and '-h, --help' in text, text)
		for words in ['-h'], ['--help'], ['x', '-h'], ['--lost', '-h'], ['-q', '-h']:
			equal(mkboot(command, *words).expect(0).out, text, words)
		mkboot(command, '--', '-h').expect(*((2, 'no kernel') if command == 'create' else (7, '-h')))
		for word in '-x', '-V', '-hq', '-q=1':
			mkboot(command, word, 'x.img').expect(2, f'unknown option: {word}', '-h and -q')
		mkboot(command, '--quite', 'x.img').expect(2, 'did you mean --quiet?')
	for value in '-h', '--help': # of an option, it is that
		create('--elf', kernel(), '--options', value, 'x.img')
		os.unlink('x.img')
	mkboot('-x').expect(2, 'unknown command: -x')
	check('usage' in mkboot('-q').err and mkboot('-q').code == 2, 'no command')


def test_quiet():
	"""Errors and their hints are said, warnings with theirs and notes are not."""
	tree({'good': 'elf /kernel\nmachine-id 4098b3f648d74c13b1f04ccfba7798e8\n'})
	write('root/loader/loader.conf', 'console-mode max\n')
	check('warning' in mkboot('create', '--root', 'root', 'x.img').expect(0).err, 'no warning to be quiet about')
	for words in ['-q', 'create'], ['create', '-q'], ['create', '--quiet'], ['--quiet', 'create']:
		equal(mkboot(*words, '--root', 'root', 'x.img').expect(0).err, '', words)
	done = mkboot('create', '-q', '--elf', kernel(), '--size', '1M', 'y.img')
	done.expect(6, 'error: image too small', 'hint: say --size')
	equal(len(done.err.splitlines()), 2, 'lines')


def said_to_terminal(*words, **changes):
	ours, theirs = pty.openpty()
	process = subprocess.Popen([support.MKBOOT, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
				   env=environment(**changes))
	os.close(theirs)
	said = b''
	try:
		while more := os.read(ours, 4096):
			said += more
	except OSError: # how Linux tells the end
		pass
	os.close(ours)
	equal(process.wait(timeout=support.SECONDS), 0, f'exit status ({said})')
	return said


def test_progress():
	"""Only on a terminal that can take it back, and not with -q."""
	words = ['create', '--elf', kernel(), 'x.img']
	check(b'mkboot: checking' in said_to_terminal(*words, TERM='xterm'), 'no progress')
	for kind in 'dumb', '', None:
		equal(said_to_terminal(*words, TERM=kind), b'', f'TERM={kind}')
	equal(said_to_terminal('-q', *words, TERM='xterm'), b'', '-q')
