# SPDX-License-Identifier: MIT
"""
The boot cases of kernels that are not as their specification wants them, and that GRUB or `qemu -kernel` start all the same: they start, and
a note says what is odd. docs/conformance/other-loaders.md has the list; what is odd about a kernel is in its name (kernels/break-header.py).
"""

import re
import struct

from cases import VERDICT, Case, debugcon
from disk_image import Image

LOAD_END = r'the file ends [0-9]+ bytes before the load end in the kernel\'s header; they are cleared'
BEHIND = r'the image begins at 0x200000, behind its header at 0x1ff040, which is not loaded'
LENGTH = r'the length in the Multiboot2 header is not that of its tags'
ENTRY = r'no segment has the entry 0x3000[0-9a-f]{2} as a virtual address, and it is taken as a physical one'
IDENTITY = r'e_phentsize is too small'

# The entry's key, the kernel, the notes in their order.
KERNELS = (
	('multiboot', 'mb1-flat-load-end', (LOAD_END,)),
	('multiboot', 'mb1-flat-load-end.program', (LOAD_END, BEHIND)),
	('multiboot', 'mb1-elf-empty-segment', ()),
	('multiboot', 'mb1-elf64-empty-segment.physical-entry.identity', (IDENTITY, ENTRY)),
	('multiboot2', 'mb2-flat-load-end', (LOAD_END,)),
	('multiboot2', 'mb2-flat-load-end.program.length', (LENGTH, LOAD_END, BEHIND)),
	('multiboot2', 'mb2-elf64-empty-segment.physical-entry.identity.length', (LENGTH, IDENTITY, ENTRY)),
	('pvh', 'pvh-64-wide-notes', ()),
)
ON_UEFI = {'mb1-flat-load-end.program', 'mb2-flat-load-end.program.length', 'mb2-elf64-empty-segment.physical-entry.identity.length'}


def case(key, kernel, notes, firmware):
	words = ['--' + key, '{odd-%s}' % kernel, '--options', 'one two=2', '--module', '{payload} first module']
	if firmware == 'uefi' and key == 'multiboot':
		words += ['--multiboot-uefi', 'on']
	lines = [('serial', rf'^mkboot: note: /odd-{re.escape(kernel)}: {note}') for note in notes]
	prefix = 'uefi-' if firmware == 'uefi' else ''
	return Case(f'{prefix}odd-{kernel.replace(".", "-")}', Image(tuple(words)), (VERDICT, *debugcon(r'^module\.0\.start=0x[0-9a-f]+000$'), *lines),
		firmware=firmware)


# --- programs for UEFI -----------------------------------------------------------------------------------------------------------------

PE_HEADER_AT, COFF_BYTES, CHARACTERISTICS, SUBSYSTEM, SIGNATURES, SECTION_BYTES = 0x3C, 24, 22, 68, 144, 40
EXECUTABLE, BOOT_DRIVER = 2, 11


def driver(image, header):
	struct.pack_into('<H', image, header + COFF_BYTES + SUBSYSTEM, BOOT_DRIVER)


def headers(image, header):
	"""No DOS header, no word of being a program, signatures of no bytes behind the file, and a section of nothing behind the image."""
	flags, = struct.unpack_from('<H', image, header + CHARACTERISTICS)
	sections, optional = struct.unpack_from('<H', image, header + 6)[0], struct.unpack_from('<H', image, header + 20)[0]
	struct.pack_into('<H', image, header + CHARACTERISTICS, flags & ~EXECUTABLE)
	struct.pack_into('<2I', image, header + COFF_BYTES + SIGNATURES, 0xFFFF0000, 0)
	end = header + COFF_BYTES + optional + sections * SECTION_BYTES
	image[end:end + SECTION_BYTES] = struct.pack('<8s4I16x', b'.nothing', 0, 0xFFFF0000, 0, 0xFFFF0000)
	struct.pack_into('<H', image, header + 6, sections + 1)
	image[0:end + SECTION_BYTES - header] = image[header:end + SECTION_BYTES]


def program(paths, change):
	"""Puts a changed efi-verdict.efi over the file that has the name of the change."""
	def damage(disk):
		with open(paths['efi-verdict.efi'], 'rb') as file:
			image = bytearray(file.read())
		change(image, struct.unpack_from('<I', image, PE_HEADER_AT)[0])
		disk.file_write(f'/{change.__name__}.efi', image)
	return damage


def programs(paths):
	def damage(disk):
		program(paths, driver)(disk)
		program(paths, headers)(disk)
	tree = (('loader/entries/1.conf', 'sort-key 1\nefi /driver.efi\noptions return\n'), ('driver.efi', '@{efi-verdict.efi}'),
		('loader/entries/2.conf', 'sort-key 2\nefi /headers.efi\noptions x\n'), ('headers.efi', '@{efi-verdict.efi}'))
	return Case('uefi-odd-programs', Image((), tree, damage=damage), (VERDICT, ('serial', r'^mkboot: note: /driver\.efi is a driver: it comes back'),
		('serial', r'mkboot: error: cannot start 1\.conf'),
		('serial', r'^mkboot: note: /headers\.efi: the PE header does not say that it is a program'), *debugcon(r'^options=/headers\.efi x$')),
		firmware='uefi')


def cases(paths):
	yield programs(paths)
	for key, kernel, notes in KERNELS:
		yield case(key, kernel, notes, 'bios')
		if kernel in ON_UEFI:
			yield case(key, kernel, notes, 'uefi')
