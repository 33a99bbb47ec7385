# SPDX-License-Identifier: MIT
"""Kernels of another kind than the entry says: the message names what the file is, and the hint is right."""

import gzip
import json
import shlex
import subprocess

from kernel_files import bzimage, elf, handoff_note, multiboot, multiboot2, pe, pvh_note
from support import check, create, mkboot, nothing_left, read, tool, write
import support

KEYS = 'linux', 'multiboot2', 'multiboot', 'pvh', 'elf', 'efi', 'uki'


def refused(key, name, *texts):
	done = mkboot('create', f'--{key}', name, 'x.img').expect(7, f'/{name}', *texts)
	check(done.err.count('error: ') == 1 and done.err.count('hint: ') == 1, f'more than one message: {done.err}')
	return next(line for line in done.err.splitlines() if 'hint: ' in line)


def test_kind_packed():
	kernel = read(support.KERNEL)
	write('plain', kernel)
	packers = (('xz', 'xz -c'), ('zstd', 'zstd -qc'), ('lz4', 'lz4 -qc'), ('lz4', 'lz4 -lqc'), ('bzip2', 'bzip2 -c'),
		   ('lzma', 'xz --format=lzma -c'))
	for name, command in packers:
		write('packed', subprocess.run(command.split() + ['plain'], capture_output=True, check=True).stdout)
		for key in KEYS:
			hint = refused(key, 'packed', f'; it is packed by {name}\n', 'hint: unpack it first: ')
		command = hint.partition('first: ')[2].replace('FILE', 'packed').replace('UNPACKED', 'again')
		tool('sh', '-c', command)
		check(read('again') == kernel, f'not what was packed: {command}')
	create('--elf', 'again', 'x.img')


def test_kind_gzip():
	"""Read as gzip(1) reads it; what is behind is worth a note."""
	kernel = read(support.KERNEL)
	first, second = gzip.compress(kernel[:5000]), gzip.compress(kernel[5000:])
	for behind, note in ((b'', False), (bytes(700), False), (b'SIZE0001', True), (bytes(700) + b'x', True)):
		write('kernel.gz', first + gzip.compress(b'') + second + behind)
		create('--elf', 'kernel.gz', 'x.img')
		plan = json.loads(mkboot('plan', '--json', 'x.img').expect(0).out)['entries'][0]
		texts = [item['text'] for item in plan['notes'] if 'behind its packed data' in item['text']]
		check(bool(texts) == note, f'{behind[-8:]}: {plan["notes"]}')
	write('kernel.gz', gzip.compress(b'') + bytes(512))
	refused('elf', 'kernel.gz', 'there is nothing in this gzip file')
	write('kernel.gz', first + second[:-20])
	refused('elf', 'kernel.gz', 'the file is cut off')
	write('kernel.gz', gzip.compress(gzip.compress(kernel)))
	refused('elf', 'kernel.gz', 'it is packed by gzip')


def test_kind_right_key():
	"""Each kind by each other key; the hint's own option then starts it."""
	kinds = {
		'linux': (bzimage(), 'it is a Linux kernel (bzImage)'),
		'multiboot2': (elf(32, body=multiboot2()), 'it is a kernel with a Multiboot2 header'),
		'multiboot': (elf(32, body=multiboot()), 'it is a kernel with a Multiboot 1 header'),
		'pvh': (elf(32, note=pvh_note()), 'it is an ELF file with a PVH entry'),
		'elf': (elf(64, note=handoff_note()), "it is a kernel for mkboot's own hand-off"),
		'efi': (pe(), 'it is a program for UEFI'),
		'uki': (pe(b'.linux'), 'it is a unified kernel image'),
	}
	for right, (data, name) in kinds.items():
		write('kernel', data)
		create(f'--{right}', 'kernel', 'x.img')
		for key in KEYS:
			# UEFI starts every PE image by its stub, as `linux` and `efi` mean it.
			if key == right or (right in ('efi', 'uki') and key in ('linux', 'efi')):
				continue
			hint = refused(key, 'kernel', name)
			check(f'(mkboot create --{right})' in hint, f'{key} for {right}: {hint}')


def test_kind_other_version():
	"""Both headers in one file: each key takes its own; a bad one of the wanted version is what counts."""
	write('kernel', elf(32, body=multiboot() + bytes(4) + multiboot2()))
	create('--multiboot', 'kernel', 'x.img')
	create('--multiboot2', 'kernel', 'x.img')
	damaged = bytearray(multiboot2())
	damaged[12] ^= 1
	write('kernel', elf(32, body=bytes(damaged)))
	refused('multiboot2', 'kernel', 'has a bad checksum')


def test_kind_wrong_place():
	for key, header, window, align in ('multiboot', multiboot, 8192, 4), ('multiboot2', multiboot2, 32768, 8):
		for skip in range(1, align):
			write('kernel', elf(32, body=header(skip)))
			refused(key, 'kernel', f'which is not a multiple of {align}', 'hint: align the header')
		write('kernel', elf(32).ljust(window, b'\x90') + header())
		refused(key, 'kernel', f'header is at offset {window:#x}, and has to be in the first {window} bytes', 'hint: put the header')


def test_kind_foreign_elf():
	"""Whatever the entry's key, the file's own trouble is named."""
	files = (
		(elf(64, machine=183), 'AArch64 (e_machine 183)', 'x86-64'), (elf(64, machine=243), 'RISC-V', 'x86-64'),
		(elf(32, machine=40), 'ARM', 'x86-64'), (elf(64, machine=999), 'its e_machine is 999', 'x86-64'),
		(elf(64, machine=21, order='>'), 'is a big-endian ELF file', 'x86-64'),
		(elf(64, kind=1), 'is a relocatable ELF file', 'ld -o KERNEL'), (elf(64, kind=4), 'is an ELF core dump', "kernel's own file"),
	)
	for data, name, hint in files:
		write('kernel', data)
		for key in KEYS:
			check(hint in refused(key, 'kernel', name), f'{key}: {name}')
	write('kernel', pe(machine=0xAA64))
	for key in KEYS:
		refused(key, 'kernel', 'is a PE image for another processor', 'hint: take the file that was built for x86-64')
	write('kernel', pe(subsystem=3))
	refused('elf', 'kernel', 'it is a program for DOS or Windows')


def test_kind_plain_elf():
	write('kernel', elf(64))
	for key in 'multiboot2', 'multiboot', 'pvh', 'linux', 'efi':
		refused(key, 'kernel', 'it is a 64-bit ELF file without the header of a boot protocol', 'CONFIG_PVH=y')
	write('kernel', elf(32))
	refused('elf', 'kernel', 'it is a 32-bit ELF file without the header of a boot protocol')


def test_kind_upper_half():
	"""p_paddr = p_vaddr in the upper half: the hint has both ways out."""
	high = 0xFFFFFFFF80000000
	for key, parts in ('elf', {}), ('multiboot2', {'body': multiboot2()}), ('pvh', {'note': pvh_note()}):
		write('kernel', elf(64, virt=high, phys=high, **parts))
		hint = refused(key, 'kernel', f'wants to lie at {high:#x}, above 4 GiB')
		check('AT()' in hint and '-pie' in hint, hint)
		write('kernel', elf(64, virt=high, phys=1 << 33, **parts))
		check('-pie' not in refused(key, 'kernel', 'above 4 GiB'), 'a hint for others')


def test_kind_other_files():
	write('root/file', 'text\n')
	tool('tar', 'cf', 'tar', 'root')
	write('cpio', b'070701' + b'0' * 104)
	write('script', '#!/bin/sh\nexit 0\n')
	write('text', 'title a kernel\n' * 100)
	write('empty', b'')
	write('zeros', bytes(9000))
	write('sector', b'\xEB\x58\x90'.ljust(510, b'\x90') + b'\x55\xAA')
	write('deb', b'!<arch>\ndebian-binary   '.ljust(400, b'0'))
	create('--elf', support.KERNEL, 'disk')
	names = {'tar': 'a tar archive', 'cpio': 'a cpio archive', 'script': 'a script', 'text': 'a text file', 'empty': 'empty',
		 'zeros': 'nothing but zeros at its start', 'sector': 'a boot sector, or a disk', 'deb': 'a Debian package',
		 'disk': 'a disk with a GPT'}
	for file, name in names.items():
		for key in KEYS:
			refused(key, file, f'it is {name}')


def test_kind_missing_option():
	"""`create KERNEL OUT`, as one tries it first."""
	write('k', elf(32, body=multiboot2()))
	write('k.gz', gzip.compress(elf(32, note=pvh_note())))
	write('text', 'no kernel\n')
	mkboot('create', 'k', 'x.img').expect(2, 'too many words: x.img', 'hint: k is a kernel with a Multiboot2 header: mkboot create --multiboot2 k OUT')
	done = mkboot('create', 'k.gz').expect(2, 'no kernel', 'hint: k.gz is an ELF file with a PVH entry: mkboot create --pvh k.gz OUT')
	words = shlex.split(done.err.rpartition(': mkboot ')[2].replace('OUT', 'x.img'))
	mkboot(*words).expect(0)
	for words in (['text', 'y.img'], ['text'], ['lost', 'y.img'], ['x.img'], ['--table', 'bsd', 'k']):
		done = mkboot('create', *words).expect(2)
		check(' is a ' not in done.err, done.err)
	nothing_left('k', 'k.gz', 'text', 'x.img')
