# SPDX-License-Identifier: MIT
"""`mkboot create` on bad input: one clear error with its exit code, and nothing left behind."""

import os
import resource

from support import SECTOR, check, create, equal, mkboot, nothing_left, read, sparse, tree, write
import support


def kernel():
	return support.KERNEL


def test_missing_file():
	mkboot('create', '--elf', 'nowhere/kernel', 'x.img').expect(7, 'nowhere/kernel: No such file')
	mkboot('create', '--elf', kernel(), '--module', 'lost.bin a', 'x.img').expect(7, 'lost.bin: No such file')
	mkboot('create', '--root', 'nowhere', 'x.img').expect(7, 'nowhere: No such file')
	nothing_left()


def test_not_a_kernel():
	write('text', 'this is not a kernel\n' * 100)
	for key in 'elf', 'linux', 'multiboot2':
		done = mkboot('create', f'--{key}', 'text', 'x.img')
		done.expect(7, 'mkboot: error: cannot be started: /loader/entries/text.conf', '/text')
	nothing_left('text')


def test_truncated_kernel():
	data = read(kernel())
	for size in 0, 1, 63, 64, 200, 4096, 5000:
		write('cut', data[:size])
		mkboot('create', '--elf', 'cut', 'x.img').expect(7, '/cut')
	nothing_left('cut')


def test_two_kernels():
	mkboot('create', '--elf', kernel(), '--linux', kernel(), 'x.img').expect(2, 'two kernels', '--root')
	mkboot('create', 'x.img').expect(2, 'no kernel')
	mkboot('create', '--linux', kernel(), '--module', 'x', 'x.img').expect(2, '--initrd, not --module')
	mkboot('create', '--elf', kernel(), '--initrd', 'x', 'x.img').expect(2, '--module, not --initrd')
	nothing_left()


def test_usage():
	cases = (
		(['--elfs', 'x', 'x.img'], 'did you mean --elf?'), (['--elf'], 'needs a value'),
		(['--pmbr-active=1', 'x.img'], 'takes no value'),
		(['-e', 'x', 'x.img'], 'unknown option'), (['--elf', 'x', 'x.img', 'y.img'], 'too many words: y.img'),
		(['--elf', 'x'], 'no output'), (['--table', 'bsd', 'x.img'], 'gpt or mbr'), (['--size', '64Q', 'x.img'], 'not a size'),
		(['--size', '0', 'x.img'], 'not a size'), (['--size', '99999999999999999999', 'x.img'], 'not a size'),
		(['--timeout', 'x', 'x.img'], 'not a number'), (['--on-failure', 'cry', 'x.img'], 'firmware, reboot or halt'),
		(['--title', 'a', '--title', 'b', 'x.img'], 'given twice'),
		(['--table', 'mbr', '--pmbr-active', '--elf', 'x', 'x.img'], '--pmbr-active'),
		(['--elf', kernel(), ''], 'empty name'), (['--elf', kernel(), '--', ''], 'empty name'),
		(['--elf', kernel(), '--', 'x.img', 'y.img'], 'too many words: y.img'), (['--elf', kernel(), 'x.img', '--', 'y.img'], 'too many words'),
		(['--elf', kernel(), '--'], 'no output'), (['--elf', kernel(), '--module', '', 'x.img'], 'empty name: --module'),
		(['--root', '.', '--elf', 'x', 'x.img'], 'do not fit together'),
		(['--elf', 'x', '--video', '12', 'x.img'], '--video "12" (text, keep, native or WIDTHxHEIGHT[xDEPTH])'),
		(['--elf', 'x', '--preflight', 'yes', 'x.img'], '--preflight "yes" (off, warn or strict)'),
		(['--linux', 'x', '--kaslr', 'off', 'x.img'], '--kaslr means nothing to --linux'), (['--size', '1M', '--elf', kernel(), 'x.img'], None),
	)
	for words, text in cases:
		mkboot('create', *words).expect(2 if text else 6, *([text] if text else []))
	mkboot('creat').expect(2, 'did you mean `mkboot create`?')
	mkboot('frobnicate').expect(2, 'mkboot help')
	mkboot('create', '--elf', kernel(), 'x.img', env={'SOURCE_DATE_EPOCH': 'yesterday'}).expect(2, 'SOURCE_DATE_EPOCH')
	nothing_left()


def test_values_that_no_line_holds():
	for value in 'a\nb', ' a', 'a ', '', 'a\x1b[2J':
		done = mkboot('create', '--elf', kernel(), '--title', value, 'x.img').expect(2, 'not possible in an entry')
		check('\x1b' not in done.err, 'a control character reaches the terminal')
	mkboot('create', '--elf', kernel(), '--id', 'a/b', 'x.img').expect(2, 'not an id')
	mkboot('create', '--elf', kernel(), '--id', '', 'x.img').expect(2, 'not an id')
	nothing_left()


def test_name_clash():
	write('one/initrd', '1')
	write('two/initrd', '2')
	mkboot('create', '--elf', kernel(), '--module', 'one/initrd', '--module', 'two/initrd', 'x.img').expect(
		7, 'two things of one name', 'one/initrd', 'two/initrd')
	write('two/INITRD', '3')
	mkboot('create', '--elf', kernel(), '--module', 'one/initrd', '--module', 'two/INITRD', 'x.img').expect(7, 'letter case')
	write('loader', 'x')
	mkboot('create', '--elf', kernel(), '--module', 'loader', 'x.img').expect(7, 'two things of one name')
	os.unlink('loader')
	create('--elf', kernel(), '--module', 'one/initrd a', '--module', './one/initrd b', 'x.img')
	nothing_left('one', 'two', 'x.img')


def test_entries_of_a_tree():
	"""Each mistake is named with file and line, before anything is written."""
	cases = (
		('elf /kernel\nfoo bar\n', 'error: root/loader/entries/a.conf:2: unknown key "foo"'),
		('linux /kernel\nfoo bar\n', 'error: root/loader/entries/a.conf:2: unknown key "foo"\n'),
		('linux /kernel\nInitrd /kernel\n', 'error: root/loader/entries/a.conf:2: unknown key "Initrd": did you mean "initrd"?'),
		('linux /kernel\nlinx /kernel\n', 'error: root/loader/entries/a.conf:2: unknown key "linx": did you mean "linux"?'),
		('linux /kernel\noptions $kernelopts\n', 'error: root/loader/entries/a.conf:2: "$kernelopts" is a variable of GRUB, whose value'),
		('linux ${kernel}\n', 'error: root/loader/entries/a.conf:1: linux "${kernel}": a variable of GRUB'),
		('elf /kernel\nvideo 12\n', 'error: root/loader/entries/a.conf:2: video "12": its values are text'),
		('title x\n', 'error: root/loader/entries/a.conf: the entry names no kernel'),
		('elf /kernel\nlinux /kernel\n', 'a.conf'),
		('elf /kernel\n\nelf /kernel\n', 'in line 1'),
		('elf /lost\n', '/lost'),
		('elf /kernel\nmodule /lost.bin x\n', '/lost.bin'),
		('elf /kernel\nmodule /../etc/passwd\n', '..'),
		('elf /loader/loader.conf\n', 'loader.conf'),
		('elf /loader\n', '/loader'),
	)
	for text, message in cases:
		tree({'a': text, 'good': 'elf /kernel\n'})
		write('root/loader/loader.conf', 'default good\n')
		mkboot('create', '--root', 'root', 'x.img').expect(7, message, 'entries/a.conf')
	nothing_left('root')


def test_loader_conf_of_a_tree():
	for text, message in (('timeout soon\n', ':1: timeout "soon": not a number'), ('default nobody\n', ': default "nobody": no usable entry matches'),
		('# x\ncolour blue\n', ':2: unknown key "colour"\n'), ('timeot 3\n', ':1: unknown key "timeot": did you mean "timeout"?')):
		tree({'good': 'elf /kernel\n'})
		write('root/loader/loader.conf', text)
		mkboot('create', '--root', 'root', 'x.img').expect(7, 'error: root/loader/loader.conf' + message)
	write('root/loader/loader.conf', 'timeout 1\n')
	mkboot('create', '--root', 'root', '--timeout', 2, 'x.img').expect(2, '--timeout')
	nothing_left('root')


def test_keys_of_other_loaders():
	"""What other loaders use and this one does not is worth a warning only."""
	tree({'good': 'elf /kernel\nmachine-id 4098b3f648d74c13b1f04ccfba7798e8\n'})
	write('root/loader/loader.conf', 'console-mode max\n')
	done = mkboot('create', '--root', 'root', 'x.img').expect(0, 'warning: root/loader/loader.conf:1: "console-mode" is not used here')
	check('error' not in done.err, done.err)


def test_empty_tree():
	os.makedirs('root')
	mkboot('create', '--root', 'root', 'x.img').expect(7, 'nothing to boot')
	nothing_left('root')


def test_failure_keeps_the_old_output():
	create('--elf', kernel(), 'x.img')
	before = read('x.img')
	mkboot('create', '--elf', kernel(), '--module', 'lost', 'x.img').expect(7)
	mkboot('create', '--elf', kernel(), '--size', '1M', 'x.img').expect(6)
	check(read('x.img') == before, 'the old output has changed')
	nothing_left('x.img')


def test_programs_that_are_missing():
	"""mkfs.fat is found without sbin in PATH; mtools is not found without PATH."""
	mkboot('create', '--elf', kernel(), 'x.img', env={'PATH': '/nowhere'}).expect(9, 'mmd', 'hint: apt install mtools')
	write('x.img', b'\0' * SECTOR)
	mkboot('run', 'x.img', env={'PATH': '/nowhere'}).expect(9, 'qemu-system-x86_64', 'apt install qemu-system-x86')
	nothing_left('x.img')


def test_programs_that_fail():
	"""What a helper program says becomes our error."""
	path = {'PATH': f'{os.getcwd()}/bin:/usr/bin:/bin'}
	for name in 'mkfs.fat', 'mmd', 'mcopy':
		write(f'bin/{name}', '#!/bin/sh\necho first words >&2\necho the reason >&2\nexit 1\n')
		os.chmod(f'bin/{name}', 0o755)
		mkboot('create', '--elf', kernel(), 'x.img', env=path).expect(1, f'{name}: the reason')
		write(f'bin/{name}', '#!/bin/sh\nkill -9 $$\n')
		mkboot('create', '--elf', kernel(), 'x.img', env=path).expect(1, 'signal 9')
		os.unlink(f'bin/{name}')
	nothing_left('bin')


def test_programs_that_lie():
	"""A helper that does nothing and reports success is found out when the image is read back."""
	for name in 'mkfs.fat', 'mcopy':
		write(f'bin/{name}', '#!/bin/sh\nexit 0\n')
		os.chmod(f'bin/{name}', 0o755)
		done = mkboot('create', '--elf', kernel(), 'x.img', env={'PATH': f'{os.getcwd()}/bin:/usr/bin:/bin'})
		check(done.code != 0, f'{name} that does nothing is not noticed')
		os.unlink(f'bin/{name}')
	nothing_left('bin')


def test_no_space():
	"""The limit on the size of files stands for a full disk: it is met by the first write that crosses it."""
	for limit in 1 << 20, 32 << 20:
		def set_limit(bytes_=limit):
			resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))
		mkboot('create', '--elf', kernel(), 'x.img', preexec_fn=set_limit).expect(6, 'File too large', 'make room')
		nothing_left()
