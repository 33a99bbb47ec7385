# SPDX-License-Identifier: MIT
"""
Kernels of another kind than their entry says, and gzip files of an odd shape. One boot a firmware tries all that has to be refused, entry by
entry, and ends with a kernel that starts. Then a disk whose boot partition is none.
"""

import gzip
import lzma
import struct

from cases import EXAMPLE, Case, consoles, debugcon, example
from disk_image import Image


def read(path):
	with open(path, 'rb') as file:
		return file.read()


def late_header(kernel):
	"""A Multiboot2 header behind the first 32 KiB, and no other."""
	magic = 0xE85250D6
	header = struct.pack('<4IHHI', magic, 0, 24, -(magic + 24) & 0xFFFFFFFF, 0, 0, 8)
	return kernel.replace(struct.pack('<I', magic), bytes(4)).ljust(32768, b'\x90') + header


def other_machine(kernel):
	return kernel[:18] + struct.pack('<H', 183) + kernel[20:]


def two_members(kernel, behind):
	return gzip.compress(kernel[:5000]) + gzip.compress(kernel[5000:]) + bytes(512) + behind


# Key, a kernel that it would start, what is made of that one (or the name of another one that takes its place), what the loader says.
KINDS = (
	('multiboot2', 'verdict-mb2.elf', lzma.compress, r'is not a kernel of this kind: .*; it is packed by xz'),
	('multiboot2', 'verdict-mb2.elf', lambda kernel: b'\x28\xB5\x2F\xFD' + bytes(range(256)) * 9, r'it is packed by zstd'),
	('multiboot2', 'verdict-mb2.elf', late_header, r'its Multiboot2 header is at offset 0x[0-9a-f]+, and has to be in the first 32768 bytes'),
	('multiboot2', 'verdict-mb2.elf', other_machine, r'is an ELF file for another processor, not for x86; it is for AArch64'),
	('multiboot2', 'verdict-mb2.elf', lambda kernel: b'#!/bin/sh\n', r'it is a script'),
	('multiboot2', 'verdict-mb2.elf', lambda kernel: two_members(kernel, b'')[:-600], r'cannot unpack gzip: the file is cut off'),
	('elf', 'example-kernel', lambda kernel: b'070701'.ljust(600, b'0'), r'is not an ELF file; it is a cpio archive'),
	('elf', 'example-kernel', lambda kernel: gzip.compress(b'') + bytes(512), r'there is nothing in this gzip file'),
	('elf', 'example-kernel', 'verdict-linux64', r'it is a Linux kernel \(bzImage\)'),
	('pvh', 'pvh-32.elf', 'verdict-mb2.elf', r'has no PVH entry: .*; it is a kernel with a Multiboot2 header'),
)
HINTS = (r'unpack it first: xz -dc FILE > UNPACKED', r'put the header.s section first', r'use the key linux \(mkboot create --linux\)',
	r'use the key multiboot2 \(mkboot create --multiboot2\)', r'name it by the key initrd')


def kinds_case(paths, prefix, firmware):
	tree, files, lines = [], {}, []
	for number, (key, kernel, change, words) in enumerate(KINDS, 10):
		tree += [(f'loader/entries/{number}.conf', f'sort-key {number}\n{key} /{number}\n'), (f'{number}', '@{%s}' % kernel)]
		files[f'/{number}'] = (paths[kernel], change) if callable(change) else (paths[change], lambda kernel: kernel)
		lines.append(rf'^mkboot: error: cannot start {number}\.conf: kernel /{number}\b.*{words}')
	tree += [('loader/entries/99.conf', 'sort-key 99\nelf /good.gz\noptions qemu-exit\n'), ('good.gz', '@{example-kernel}')]
	files['/good.gz'] = (paths['example-kernel'], lambda kernel: two_members(kernel, b'SIZE0001'))

	def damage(disk):
		for name, (path, change) in files.items():
			disk.file_write(name, change(read(path)))

	note = r'^mkboot: note: .*the last 8 bytes of /good\.gz are not used: they lie behind its packed data$'
	hints = (rf'^mkboot: hint: .*{hint}' for hint in HINTS)
	return Case(f'{prefix}kinds', Image((), tuple(tree), damage=damage), (EXAMPLE, *consoles(*lines, note), *debugcon(*hints)), firmware=firmware)


def write_ext4(disk):
	"""What the start of an ext4 volume has, where the boot volume was."""
	superblock = bytearray(1024)
	superblock[0x38:0x3A] = b'\x53\xEF'
	superblock[0x5C:0x64] = struct.pack('<II', 0x3C, 0x2C2)
	disk.write(disk.boot_volume(), bytes(1024) + bytes(superblock))


def cases(paths):
	yield kinds_case(paths, '', 'bios')
	yield kinds_case(paths, 'uefi-', 'uefi')
	seen = consoles(r'^mkboot: error: .*boot partition 2 has no file system that is known here; it is an ext4 file system$',
		r'^mkboot: hint: kernels and entries have to be on a FAT volume')
	yield Case('foreign-boot-volume', Image(example().options, damage=write_ext4), seen, until=('serial', r'^mkboot: hint: .*FAT volume'))
