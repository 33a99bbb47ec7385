# SPDX-License-Identifier: MIT
"""Boot loaders of others, put on images: GRUB and SYSLINUX from Debian's packages. For the benchmark, and to be started by `chain`."""

import os
import subprocess

from disk_image import MBR_CODE_BYTES, SECTOR

GRUB = '/usr/lib/grub/i386-pc'
# docs of GRUB 2.06, boot.img and diskboot.img: where they keep the place of what they load next
GRUB_KERNEL_LBA, GRUB_BLOCK_LIST = 0x5C, 0x1F4


def tool(*words, text=None):
	"""Runs a program. `text`: its input."""
	done = subprocess.run(words, input=text, stdin=None if text else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
		encoding='utf-8', errors='replace', check=False)
	if done.returncode != 0:
		raise RuntimeError(f'{" ".join(words)}: exit {done.returncode}\n{done.stdout}')


def put_grub(disk, lba, prefix, config, modules):
	"""GRUB in the boot sector and from sector `lba` on, with its configuration built in: no menu, no script to read."""
	configuration, image = disk.path + '.cfg', disk.path + '.core'
	with open(configuration, 'w', encoding='ascii') as file:
		file.write(config)
	tool('grub-mkimage', '-O', 'i386-pc', '-o', image, '-p', prefix, '-c', configuration, *modules)
	with open(f'{GRUB}/boot.img', 'rb') as file:
		boot = bytearray(file.read())
	with open(image, 'rb') as file:
		core = bytearray(file.read())
	os.unlink(configuration)
	os.unlink(image)
	core += bytes(-len(core) % SECTOR)
	boot[GRUB_KERNEL_LBA:GRUB_KERNEL_LBA + 8] = lba.to_bytes(8, 'little')
	# One run of sectors: all of core.img but diskboot.img, its first one.
	core[GRUB_BLOCK_LIST:GRUB_BLOCK_LIST + 10] = (lba + 1).to_bytes(8, 'little') + (len(core) // SECTOR - 1).to_bytes(2, 'little')
	disk.write(0, boot[:MBR_CODE_BYTES])
	disk.write(lba * SECTOR, core)


def put_syslinux(disk, volume):
	"""SYSLINUX in the FAT volume at byte `volume`: its boot sector and its files."""
	tool('syslinux', '--offset', str(volume), '--install', disk.path)
