# SPDX-License-Identifier: MIT
"""
The benchmark's part under OVMF: from the entry of a loader to the entry of a Multiboot2 kernel, mkboot beside GRUB.

Both are started by efi-count.efi, which prints the time stamp counter at that moment, from one volume as plain mkfs.vfat makes it: FAT32
with clusters of 512 bytes, no partition table. What the firmware does before is in neither count; what it does for the loader is.
"""

import re

from disk_image import copy_sparse
from machine import Machine

SHARE_MAX = 5 # GRUB's count has to be at least so many times ours
VOLUME_MIB = 128
MEMORY = '512'
COUNTED = ('-icount', 'shift=0,sleep=off')
TIMEOUT = 600
GRUB_MODULES = ('fat', 'part_gpt', 'part_msdos', 'multiboot2')


def make_volume(bench, tool, loader, name):
	"""A volume whose LOADER.EFI is `loader`; all else is the same for all."""
	base, image = bench.path('uefi.img'), bench.path(name + '.img')
	with open(base, 'wb') as file:
		file.truncate(VOLUME_MIB << 20)
	tool('mkfs.vfat', '-F', '32', base)
	with open(bench.path('entry.conf'), 'w', encoding='ascii') as file:
		file.write('multiboot2 /kernel\nmodule /module\n')
	tool('mmd', '-i', base, '::/EFI', '::/EFI/BOOT', '::/loader', '::/loader/entries')
	for source, target in ((bench.files['efi-count.efi'], 'EFI/BOOT/BOOTX64.EFI'), (bench.path('entry.conf'), 'loader/entries/bench.conf'),
			(bench.files['verdict-mb2.elf'], 'kernel'), (bench.module, 'module')):
		tool('mcopy', '-i', base, source, '::/' + target)
	copy_sparse(base, image)
	tool('mcopy', '-i', image, loader, '::/EFI/BOOT/LOADER.EFI')
	return image


def make_grub(bench, tool):
	"""Its commands are built in: it shows no menu and reads no script."""
	with open(bench.path('grub-uefi.cfg'), 'w', encoding='ascii') as file:
		file.write('multiboot2 /kernel\nmodule2 --nounzip /module\nboot\n')
	tool('grub-mkimage', '-O', 'x86_64-efi', '-o', bench.path('grub.efi'), '-p', '/', '-c', bench.path('grub-uefi.cfg'), *GRUB_MODULES)
	return bench.path('grub.efi')


def count(bench, name, image):
	"""Million instructions from the loader's entry to the kernel's."""
	machine = Machine(bench.path(name), image, 'virtio', MEMORY, COUNTED, firmware='uefi')
	machine.run(TIMEOUT, until=('debugcon', r'^tsc=0x[0-9A-Fa-f]+$'))
	seen = [re.search(rf'^{key}=(0x[0-9A-Fa-f]+)$', machine.text('debugcon'), re.MULTILINE) for key in ('loader.tsc', 'tsc')]
	if not all(seen):
		raise RuntimeError(f'{name}: the kernel was not started; see {machine.folder}')
	return (int(seen[1][1], 16) - int(seen[0][1], 16)) / 1e6


def report(bench, tool):
	"""Prints the table; true if the target is met."""
	ours = count(bench, 'mkboot-uefi', make_volume(bench, tool, bench.files['BOOTX64.EFI'], 'mkboot-uefi'))
	grub = count(bench, 'grub-uefi', make_volume(bench, tool, make_grub(bench, tool), 'grub-uefi'))
	met = ours * SHARE_MAX <= grub
	print(f'\nInstructions from the entry of the loader to the entry of a Multiboot2 kernel, in millions; module of {bench.module_mib} MiB, virtio, UEFI')
	print(f'({VOLUME_MIB} MiB volume, FAT32 with clusters of 512 bytes)\n')
	for what, millions in (('mkboot', ours), ('GRUB', grub)):
		print(f'  {what:40} {millions:8.1f}')
	print(f'\ntarget for mkboot: at most 1/{SHARE_MAX} of GRUB, {"met" if met else "MISSED"} (1/{grub / ours:.0f})')
	return met
