# SPDX-License-Identifier: MIT
"""
The boot cases of kernels that are not as their specification wants them, and that GRUB or `qemu -kernel` start all the same: they start, and
a note says what is odd. docs/conformance/other-loaders.md has the list; what is odd about a kernel is in its name (kernels/break-header.py).
"""

import re

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


def cases(paths):
	del paths
	for key, kernel, notes in KERNELS:
		yield case(key, kernel, notes, 'bios')
		if kernel in ON_UEFI:
			yield case(key, kernel, notes, 'uefi')
