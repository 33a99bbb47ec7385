# SPDX-License-Identifier: MIT
"""
What comes after a disk that cannot be booted: the firmware goes on with its next choice. The next one is a floppy disk under a BIOS, for
SeaBIOS counts all hard disks as one choice, and a second disk with the loader under UEFI.
"""

from cases import EXAMPLE, NO_ENTRY, Case, consoles, debugcon, example, remove_all_kernels, remove_entries, two_entries
from disk_image import SECTOR
from machine import READ_ONLY, SNAPSHOT

GOING_BACK = r'^mkboot: going back to the firmware in 10 seconds, or at once after a key$'
KEY = ('serial', GOING_BACK, 'ret')


def next_disk(path, device, mode):
	return ('-drive', f'if=none,id=next,format=raw,{mode},file={path}', '-device', f'{device},drive=next')


def boot_volume(disk):
	"""No file system is seen without its first sector."""
	return [disk.boot_volume() // SECTOR]


# (name, image, sectors that cannot be read, what the loader has to say)
FAILURES = (
	('no-entries', two_entries(remove_entries), None, (NO_ENTRY, r'^  no usable entry in /loader/entries of partition 2 \(fat\)$', r'^mkboot: hint: ')),
	('no-kernels', two_entries(remove_all_kernels), None, (NO_ENTRY, r'^  first\.conf: .*/first/kernel', r'^  second\.conf: .*/second/kernel')),
	('unreadable', example(), boot_volume, (r'^mkboot: error: cannot open the boot disk: cannot mount partition 2: .*LBA',)),
)


def bios(paths):
	floppy = (*next_disk(paths['count-floppy.img'], 'floppy', READ_ONLY), '-global', 'isa-fdc.bootindexA=1')
	for name, image, unreadable, said in FAILURES:
		yield Case(f'next-after-{name}', image, (*consoles(*said, GOING_BACK), ('debugcon', r'^tsc=0x')), unreadable=unreadable, extra=floppy, keys=(KEY,))
	# Nobody presses a key, and there is nothing else to start.
	yield Case('next-is-nothing', two_entries(remove_entries), consoles(GOING_BACK), until=('screen', r'^No bootable device'), screen=True)


def uefi(paths):
	"""The loader leaves nothing behind that the next one would miss. (From a volume that cannot be read the firmware starts no loader.)"""
	second = paths['chain-mkboot.img']
	name, image, _, said = FAILURES[0]
	expect = (*debugcon(*said, GOING_BACK), EXAMPLE)
	yield Case(f'uefi-next-after-{name}', image, expect, firmware='uefi', keys=(KEY,), extra=next_disk(second, 'virtio-blk-pci,bootindex=1', SNAPSHOT))
	yield Case(f'u-boot-next-after-{name}', image, expect, firmware='u-boot', extra=next_disk(second, 'ide-hd,bus=ide.0', SNAPSHOT))


def cases(paths):
	return [*bios(paths), *uefi(paths)]
