# SPDX-License-Identifier: MIT
"""A volume that UEFI firmware passes over, as the whole firmware sees it. `make firmware-judge` has all others in one boot."""

from cases import Case
from disk_image import Image


def too_few_clusters(disk):
	"""FAT32 by its layout, and FAT16 by its number of clusters: mkboot reads it, and so do BIOS loaders."""
	volume = disk.boot_volume()
	cluster_sectors, reserved, copies = (disk.number(volume + at, length) for at, length in ((13, 1), (14, 2), (16, 1)))
	sectors = reserved + copies * disk.number(volume + 36, 4) + 65524 * cluster_sectors
	disk.write(volume + 32, sectors.to_bytes(4, 'little'))


def cases(_):
	image = Image(('--elf', '{example-kernel}', '--options', 'qemu-exit', '--size', '40M'), damage=too_few_clusters)
	yield Case('uefi-fat32-with-few-clusters', image, reject=(('debugcon', r'^mkboot'),), firmware='uefi',
		until=('serial', r'BdsDxe: (failed to load|No bootable option)'))
	yield Case('bios-fat32-with-few-clusters', image, (('debugcon', r'^example: all \d+ checks passed$'),))
