# SPDX-License-Identifier: MIT
"""Kernels that are not as their format wants them and start all the same, and kernels that only lack memory."""

import struct

from support import check, create, mkboot, write

MAGIC, ADDRESSES, LOAD, MIB = 0x1BADB002, 1 << 16, 0x200000, 1 << 20
HEADER, PROGRAM = struct.Struct('<16sHHIIIIIHHHHHH'), struct.Struct('<8I')


def multiboot(flags, *fields):
	return struct.pack(f'<{3 + len(fields)}I', MAGIC, flags, -(MAGIC + flags) & 0xFFFFFFFF, *fields)


def flat(load=LOAD, load_end=0, bss_end=0):
	"""A file of 4 KiB that is loaded by the addresses in its header."""
	header = multiboot(ADDRESSES, load + 64, load, load_end, bss_end, load)
	return (bytes(64) + header).ljust(4096, b'\x90')


def elf(*segments, entry=LOAD):
	"""An ELF32 file of 8 KiB with a header of Multiboot 1. Segments: (offset, virtual, physical, bytes in the file, bytes)."""
	image = bytearray(HEADER.pack(b'\x7fELF\1\1\1'.ljust(16, b'\0'), 2, 3, 1, entry, 52, 0, 0, 52, 32, len(segments), 0, 0, 0))
	for offset, virt, phys, file_bytes, size in segments:
		image += PROGRAM.pack(1, offset, virt, phys, file_bytes, size, 7, 4096)
	image = image.ljust(4096, b'\0') + multiboot(0)
	return bytes(image.ljust(8192, b'\x90'))


def planned(*words):
	"""What `plan` says has these words."""
	out = mkboot('plan', 'x.img').expect(0).out
	for word in words:
		check(word in out, out)


CODE = (4096, LOAD, LOAD, 4096, 4096)


def test_odd_nothing_is_anywhere():
	"""A segment of zeros whose place in the file is behind its end."""
	write('kernel', elf(CODE, (0x7000000, LOAD + MIB, LOAD + MIB, 0, 4096)))
	check('cut off' not in create('--multiboot', 'kernel', 'x.img').err, 'messages')
	planned('[0x0000000000300000, 0x0000000000301000) kernel')
	write('kernel', elf(CODE, (0x7000000, LOAD + MIB, LOAD + MIB, 1, 4096)))
	mkboot('create', '--multiboot', 'kernel', 'y.img').expect(7, 'is cut off: program header 1')


def test_odd_load_end_behind_the_file():
	write('kernel', flat(load_end=LOAD + MIB))
	create('--multiboot', 'kernel', 'x.img')
	planned('[0x0000000000200000, 0x0000000000300000) kernel', 'kernel = 4096 bytes',
		'note        /kernel: the file ends 1044480 bytes before the load end in the kernel\'s header; they are cleared')


def test_odd_physical_entry():
	write('kernel', elf((4096, 0x80000000 + LOAD, LOAD, 4096, 4096), entry=LOAD + 12))
	create('--multiboot', 'kernel', 'x.img')
	planned('entry       0x000000000020000c', 'note        /kernel: no segment has the entry 0x20000c as a virtual address')


def test_odd_lacking_memory():
	"""What is there on a larger machine needs that machine; what is on none needs another link."""
	write('large', elf(CODE, (0, LOAD + MIB, LOAD + MIB, 0, 900 * MIB)))
	write('high', elf((4096, 3000 * MIB, 3000 * MIB, 4096, 4096), entry=3000 * MIB))
	write('device', elf((4096, 0xFEE00000, 0xFEE00000, 4096, 4096), entry=0xFEE00000))
	write('hole', elf((4096, 0xA0000, 0xA0000, 4096, 4096), entry=0xA0000))
	for name, size in (('large', '1G'), ('high', '4G')):
		mkboot('create', '--multiboot', name, 'x.img').expect(0)
		hint = f'hint: give the machine more memory: {size} would do (mkboot run and mkboot plan: --memory {size})'
		done = mkboot('plan', 'x.img').expect(7, 'there is not RAM everywhere', hint)
		check('link the kernel' not in done.err, done.err)
		mkboot('plan', '--memory', size, 'x.img').expect(0) # the advice is good
	for name in ('device', 'hole'):
		done = mkboot('create', '--multiboot', name, 'y.img').expect(7, 'hint: link the kernel at addresses where this machine has free RAM')
		check('more memory' not in done.err, done.err)
