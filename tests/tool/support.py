# SPDX-License-Identifier: MIT
"""What the tests of mkboot share: running it, and looking at images with other people's tools."""

import json
import os
import subprocess

MKBOOT = ''  # set by `run`
KERNEL = ''
SECTOR = 512
GPT_VOLUME, MBR_VOLUME = 2 << 20, 1 << 20  # where the boot volume starts, in bytes
SECONDS = 120


class Failure(Exception):
	"""A test has failed; the text says why."""


def check(condition, message):
	if not condition:
		raise Failure(message)


def equal(got, wanted, what):
	check(got == wanted, f'{what}: {got!r} instead of {wanted!r}')


class Result:
	def __init__(self, words, done):
		self.words, self.code, self.out, self.err = words, done.returncode, done.stdout, done.stderr

	def expect(self, code, *texts):
		"""The exit code, and texts that have to be in the messages. Messages have one form."""
		said = f'{self.words}\nexit status {self.code}\nstdout: {self.out[-2000:]}\nstderr: {self.err[-2000:]}'
		check(self.code == code, f'exit status {self.code} instead of {code}\n{said}')
		for text in texts:
			check(text in self.err, f'no {text!r} in the messages\n{said}')
		for line in self.err.splitlines():
			check(line.startswith(('mkboot: error: ', 'mkboot: hint: ', 'mkboot: warning: ', 'mkboot: note: ',
						  'mkboot: interrupted')),
			      f'not a message of mkboot: {line!r}\n{said}')
		return self


def environment(**changes):
	"""That of the tests (surroundings.py) with changes; None takes a variable away."""
	return {key: value for key, value in {**os.environ, **changes}.items() if value is not None}


def mkboot(*words, env=None, **options):
	"""Runs mkboot; `env` holds changes of the environment."""
	words = [MKBOOT, *map(str, words)]
	options = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'stdin': subprocess.DEVNULL, **options}
	done = subprocess.run(words, text=True, errors='replace', timeout=SECONDS, env=environment(**(env or {})), **options)
	return Result(words[1:], done)


def create(*words, **options):
	return mkboot('create', *words, **options).expect(0)


def inspect(image, code=0):
	done = mkboot('inspect', '--json', image)
	check(done.code == code, f'inspect: exit status {done.code} instead of {code}: {done.out} {done.err}')
	return json.loads(done.out)


def boots(seen, *firmwares):
	"""What inspect() has seen would boot by mkboot on all of these firmwares; without names, on each."""
	return all(seen['boots'][firmware]['by'] == 'mkboot' for firmware in firmwares or ('bios', 'uefi'))


def tool(*words):
	"""Runs another program, which has to succeed; gives its output."""
	path = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
	done = subprocess.run([str(word) for word in words], capture_output=True, text=True, errors='replace', env=environment(PATH=path),
			      timeout=SECONDS)
	check(done.returncode == 0, f'{words}: exit status {done.returncode}: {done.stdout}{done.stderr}')
	return done.stdout


def volume_of(image, offset):
	"""The boot volume as a file of its own."""
	name = image + '.fat'
	size = os.path.getsize(image) - offset - (1 << 20 if offset == GPT_VOLUME else 0)
	tool('dd', f'if={image}', f'of={name}', 'bs=1M', f'skip={offset >> 20}', f'count={size >> 20}', 'conv=sparse', 'status=none')
	return name


def check_volume(image, offset):
	"""The FAT is as fsck.fat wants it."""
	volume = volume_of(image, offset)
	try:
		tool('fsck.fat', '-n', volume)
	finally:
		os.unlink(volume)


def file_on(image, offset, path):
	done = subprocess.run(['mtype', '-i', f'{image}@@{offset}', f'::{path}'], capture_output=True, check=True)
	return done.stdout


def read(path, offset=0, size=-1):
	with open(path, 'rb') as file:
		file.seek(offset)
		return file.read(size)


def write(path, data, offset=None):
	"""Makes a file with its folders, or changes bytes of one."""
	if offset is None and os.path.dirname(path):
		os.makedirs(os.path.dirname(path), exist_ok=True)
	with open(path, 'wb' if offset is None else 'r+b') as file:
		file.seek(offset or 0)
		file.write(data.encode() if isinstance(data, str) else data)
	return path


def sparse(path, size):
	with open(path, 'wb') as file:
		file.truncate(size)
	return path


def nothing_left(*names):
	"""The folder holds exactly these names."""
	equal(sorted(os.listdir('.')), sorted(names), 'files that are left')


def tree(entries, **files):
	"""A folder `root` with entries ({id: text}), the example kernel as /kernel, and other files."""
	for name, text in entries.items():
		write(f'root/loader/entries/{name}.conf', text)
	for name, data in files.items():
		write(f'root/{name}', data)
	write('root/kernel', read(KERNEL))
	return 'root'
