# SPDX-License-Identifier: MIT
"""Disks and partitions with boot sectors, to be started by `chain`."""

import os
import struct

from disk_image import SECTOR
from foreign_loaders import put_grub, put_syslinux, tool

MIB = 1 << 20
MBR_TABLE, MBR_ENTRY_BYTES, MBR_ENTRIES, SIGNATURE = 446, 16, 4, b'\x55\xaa'
PARTITION_SECTORS, FAT_TYPE = 8 * MIB // SECTOR, 0x0C
GRUB_MARK = 'GRUB-WAS-CHAINED'
SERIAL_GRUB = f'serial --unit=0 --speed=115200\nterminal_output serial\necho {GRUB_MARK}\nhalt\n'
SPIN = b'\xeb\xfe'.ljust(SECTOR - 2, b'\0') + SIGNATURE # for ever at its first instruction

# Of the second disks: what lies where, in sectors.
VOLUME_LBA, EMPTY_LBA, LOGICAL_LBA, VOLUME_SECTORS = 2048, 10240, 20480, 8192


def put_sectors(disk, lba, sector_file):
	"""A boot sector and what it reads, but for a partition table that is there."""
	with open(sector_file, 'rb') as file:
		data = file.read()
	table = disk.read(MBR_TABLE, MBR_ENTRIES * MBR_ENTRY_BYTES) if lba == 0 else data[MBR_TABLE:SECTOR - 2]
	disk.write(lba * SECTOR, data[:MBR_TABLE] + table + data[SECTOR - 2:])


def is_gpt(disk):
	return disk.read(SECTOR, 8) == b'EFI PART'


def add_partition(disk):
	"""A partition behind all others, on a disk that is made larger for it. Returns (number, first LBA)."""
	lba = (os.path.getsize(disk.path) + MIB - 1) // MIB * MIB // SECTOR
	sectors = PARTITION_SECTORS
	os.truncate(disk.path, (lba + sectors) * SECTOR + MIB)
	if is_gpt(disk):
		tool('sgdisk', '-e', '-n', f'0:{lba}:{lba + sectors - 1}', disk.path)
		entries, size = disk.number(SECTOR + 72, 8), disk.number(SECTOR + 84, 4)
		number = 1
		while disk.number(entries * SECTOR + (number - 1) * size + 32, 8) != lba:
			number += 1
		return number, lba
	number = next(i for i in range(MBR_ENTRIES) if disk.number(MBR_TABLE + i * MBR_ENTRY_BYTES + 4, 1) == 0) + 1
	disk.write(MBR_TABLE + (number - 1) * MBR_ENTRY_BYTES, struct.pack('<B3xB3xII', 0, FAT_TYPE, lba, sectors))
	return number, lba


def gpt_entry(disk, number):
	entries, size = disk.number(SECTOR + 72, 8), disk.number(SECTOR + 84, 4)
	return disk.read(entries * SECTOR + (number - 1) * size, size)


def make_syslinux_volume(disk, lba, kernel):
	"""SYSLINUX on a FAT16 volume at `lba` that starts a Linux kernel."""
	tool('mkfs.fat', '-F', '16', '-s', '1', '--offset', str(lba), disk.path, str(PARTITION_SECTORS // 2))
	put_syslinux(disk, lba * SECTOR)
	volume = f'{disk.path}@@{lba * SECTOR}'
	tool('mcopy', '-i', volume, kernel, '::/kernel')
	tool('mcopy', '-i', volume, '-', '::/syslinux.cfg', text='SERIAL 0 115200\nPROMPT 0\nDEFAULT k\nLABEL k\nLINUX /kernel\nAPPEND by syslinux\n')


def make_disk(kind, disk, sector_file):
	"""A second disk: 'mbr' or 'gpt' with verdict sectors and a volume without a boot sector, 'grub', 'spin'."""
	with open(disk.path, 'wb') as file:
		file.truncate(16 * MIB)
	if kind == 'gpt':
		tool('sfdisk', '-q', disk.path, text=f'label: gpt\nstart={VOLUME_LBA}, size={VOLUME_SECTORS}, name="A volume"\n'
			f'start={EMPTY_LBA}, size={VOLUME_SECTORS}\n')
		put_sectors(disk, VOLUME_LBA, sector_file)
		return
	tool('sfdisk', '-q', disk.path, text=f'label: dos\nstart={VOLUME_LBA}, size={VOLUME_SECTORS}, type=c\n'
		f'start={EMPTY_LBA}, size={VOLUME_SECTORS}, type=6\nstart={LOGICAL_LBA - 2048}, type=5\n'
		f'start={LOGICAL_LBA}, size={VOLUME_SECTORS}, type=c\n')
	if kind == 'mbr':
		for lba in (0, VOLUME_LBA, LOGICAL_LBA):
			put_sectors(disk, lba, sector_file)
	elif kind == 'grub':
		put_grub(disk, 1, '/', SERIAL_GRUB, ('biosdisk', 'serial', 'terminal', 'echo', 'halt'))
	elif kind == 'spin':
		disk.write(0, SPIN[:MBR_TABLE])
