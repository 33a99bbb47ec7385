# SPDX-License-Identifier: MIT
"""
A BIOS that misbehaves: one case for each kind. adversary/README.md says how it works; `make adversary` boots the long list (long_list.py).
"""

from dataclasses import replace

from adversary.quirks import (A20_OFF, CORRUPT, DIRECTION_DOWN, FAIL, HANG, INTERRUPTS_OFF, KIB, LOSE_ALL, LOSE_OTHERS, NVS, POKE_64, PRETEND, RAM, RESERVED,
	SHORT, SHORT_SILENT, STACK, GIB, Bios, Rule, each, first, memory, resets_below, sectors_above, segment_from)
from cases import EXAMPLE, VERDICT, Case, example, handed_over, multiboot2
from disk_image import Image
from real_cases import chain, second_disk

NO_EXTENSIONS = Rule(0x13, 0x41, FAIL, 0x01)
LOW = (0, 639 * KIB, RAM)
TOO_LITTLE = r'^mkboot: error: the firmware leaves too little memory below 640 KiB'


def boots(files, name, bios, image=None, seen=(EXAMPLE,), **more):
	"""A case: the image, the example kernel's if it is left out, on this BIOS."""
	image = image or example()
	return Case(f'adversary-{name}', replace(image, damage=lambda disk: bios.install(disk, files['adversary.bin'])), () if 'until' in more else seen, **more)


def boots_mb2(files, name, bios, **more):
	"""The same with the Multiboot2 verdict kernel, and modules that have to be as they are on the host."""
	return boots(files, name, bios, multiboot2(), handed_over(files)['multiboot2'], **more)


def menu():
	"""The keyboard is asked."""
	return Image(('--elf', '{example-kernel}', '--timeout', '1', '--options', 'qemu-exit'))


def after(interrupt, effects):
	return Bios((Rule(interrupt, effects=effects),))


def a20(files):
	"""Switched off by a call, and off at the entry with an INT 15h AX=2401h that does not help."""
	yield boots(files, 'a20-int13', after(0x13, A20_OFF))
	yield boots_mb2(files, 'a20-int13-mb2', after(0x13, A20_OFF), device='ide')
	yield boots(files, 'a20-int15', after(0x15, A20_OFF))
	yield boots(files, 'a20-int16', after(0x16, A20_OFF), menu())
	for name, rule in (('absent', Rule(0x15, 0x2401, FAIL, 0x86)), ('lies', Rule(0x15, 0x2401, PRETEND)),
			('off', Rule(0x15, 0x2401, PRETEND, effects=A20_OFF))):
		yield boots(files, f'a20-entry-{name}', Bios((rule,), a20_off=True))


def disk(files):
	yield boots_mb2(files, 'carry-without-status', Bios((Rule(0x13, 0x42, FAIL, 0, each(5)),)))
	yield boots(files, 'edd-dead', Bios((Rule(0x13, 0x42, FAIL, 0x04),)))
	yield boots_mb2(files, 'edd-buffer', Bios((Rule(0x13, 0x42, FAIL, 0x09, segment_from(0x4000)),)))
	yield boots_mb2(files, 'short-reads', Bios((Rule(0x13, 0x42, SHORT, 63, sectors_above(63)),)))
	yield boots_mb2(files, 'short-reads-silent', Bios((Rule(0x13, 0x42, SHORT_SILENT, 100, sectors_above(100)),)))
	yield boots(files, 'no-size', Bios((Rule(0x13, 0x48, POKE_64, 0, where=0x10), Rule(0x13, 0x08, FAIL, 0x07))))
	yield boots(files, 'geometry-hangs', Bios((Rule(0x13, 0x08, HANG),)))
	yield boots(files, 'stack', Bios((Rule(0x13, effects=STACK),), stack_bytes=20000))
	yield boots(files, 'chs-resets', Bios((NO_EXTENSIONS, Rule(0x13, 0x02, FAIL, 0x80, resets_below(3)))), device='ide')
	yield boots_mb2(files, 'chs-lost', Bios((NO_EXTENSIONS, Rule(0x13, 0x02, effects=LOSE_ALL))), device='ide')


def low_memory(files):
	yield boots(files, 'e820-page-0', Bios(ranges=memory((0, 4 * KIB, RESERVED), (4 * KIB, 619 * KIB, RAM), (623 * KIB, 17 * KIB, RESERVED))))
	yield boots(files, 'e820-nvs', Bios(ranges=memory(LOW, (0x57000, 4 * KIB, NVS))))
	yield boots_mb2(files, 'e820-told-twice', Bios(ranges=memory(LOW, LOW)))
	yield boots(files, 'e820-beyond', Bios(ranges=(*memory(), (1 << 60, GIB, RAM))))
	for kib in (448, 320):
		yield boots(files, f'ebda-{kib}', Bios(low_kib=kib))
	yield boots(files, 'ebda-448-chain', Bios(low_kib=448), chain('disk 1'), until=VERDICT, extra=second_disk(files['chain-mbr.img']))
	yield boots(files, 'ebda-288', Bios(low_kib=288), until=('debugcon', TOO_LITTLE)) # the image fits, what it needs beside it does not
	yield boots(files, 'ebda-128', Bios(low_kib=128), until=('debugcon', '^MM'))


def lost(files):
	"""Registers, on the way to what can still be done: the good copy, a message."""
	letter = Rule(0x10, effects=LOSE_ALL | DIRECTION_DOWN | INTERRUPTS_OFF)
	yield boots(files, 'lost-in-letter', Bios((letter, Rule(0x13, 0x42, CORRUPT, when=first(1)))),
		seen=(EXAMPLE, ('debugcon', r'^Smkboot '), ('serial', 'copy A of stage 2 is damaged')))
	yield boots(files, 'lost-in-a20', Bios((Rule(0x15, effects=LOSE_ALL & ~LOSE_OTHERS), ), a20_off=True))
	yield boots(files, 'lost-in-message', Bios((letter,)), extra=('-cpu', 'pentium3'),
		until=('debugcon', '^mkboot: error: this processor cannot run 64-bit code; .* need x86-64'))


def not_asked(files):
	"""What nobody needs."""
	yield boots(files, 'apm-hangs', Bios((Rule(0x15, 0x5300, HANG), Rule(0x15, 0x5303, HANG), Rule(0x15, 0x5304, HANG))))


def cases(files):
	return [*a20(files), *disk(files), *low_memory(files), *lost(files), *not_asked(files)]
