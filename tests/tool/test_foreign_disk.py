# SPDX-License-Identifier: MIT
"""Disks in formats that mkboot does not read, and volumes that it does not mount: named, with a command that helps."""

import json
import os
import shutil
import struct

from support import GPT_VOLUME, check, create, equal, inspect, mkboot, read, tool, write
import support

COMMANDS = ['inspect'], ['inspect', '--json'], ['plan'], ['run']


def image():
	create('--elf', support.KERNEL, 'x.img')
	return read('x.img')


def refused(name, what):
	"""By each command, in the same words. Gives the hint's command with the name in it."""
	for command in COMMANDS:
		done = mkboot(*command, name).expect(7, f'mkboot: error: not a raw disk image: {name}: it is {what}\n', 'mkboot: hint: ')
		equal(done.out, '', 'output')
	hint = next(line for line in done.err.splitlines() if 'hint: ' in line)
	return hint.rpartition(': ')[2].replace('IMAGE', name).replace('FILE', name)


def test_foreign_disk_formats():
	data = image()
	formats = (
		('qcow2', 'qcow2', [], 'a qcow2 image'), ('old.qcow2', 'qcow2', ['-o', 'compat=0.10'], 'a qcow2 image'),
		('qcow', 'qcow', [], 'a qcow image'), ('vmdk', 'vmdk', [], 'a VMDK image'),
		('stream.vmdk', 'vmdk', ['-o', 'subformat=streamOptimized'], 'a VMDK image'),
		('flat.vmdk', 'vmdk', ['-o', 'subformat=monolithicFlat'], 'the description of a VMDK image'),
		('vdi', 'vdi', [], 'a VDI image'), ('vhdx', 'vhdx', [], 'a VHDX image'), ('vpc', 'vpc', ['-o', 'force_size=on'], 'a dynamic VHD image'),
		('parallels', 'parallels', [], 'a Parallels image'),
	)
	for suffix, name, options, what in formats:
		file = f'd.{suffix}'
		tool('qemu-img', 'convert', '-f', 'raw', '-O', name, *options, 'x.img', file)
		command = refused(file, what)
		if name in ('qcow2', 'vdi'):
			tool('sh', '-c', command)
			check(read('disk.img') == data, f'not the same disk: {command}')


def test_foreign_disk_packed():
	data = image()
	for name, command in ('gzip', 'gzip -1c'), ('xz', 'xz -0c'), ('zstd', 'zstd -1qc'), ('lz4', 'lz4 -qc'), ('bzip2', 'bzip2 -1c'):
		tool('sh', '-c', f'{command} x.img > packed')
		command = refused('packed', f'packed by {name}').replace('UNPACKED', 'disk.img')
		tool('sh', '-c', command)
		check(read('disk.img') == data, f'not the same disk: {command}')


def test_foreign_disk_fixed_vhd():
	"""The data of the disk and a footer: read, with a word, and the disk ends where its data do."""
	data = image()
	tool('qemu-img', 'convert', '-f', 'raw', '-O', 'vpc', '-o', 'subformat=fixed,force_size=on', 'x.img', 'x.vhd')
	equal(os.path.getsize('x.vhd'), len(data) + 512, 'size')
	done = mkboot('inspect', '--json', 'x.vhd').expect(0, 'warning: x.vhd is a fixed VHD image: read as a raw one')
	seen = json.loads(done.out)
	check(seen['boots']['bios'] and not any(problem['serious'] for problem in seen['problems']), seen)
	mkboot('plan', 'x.vhd').expect(0, 'fixed VHD')
	write('x.vhd', struct.pack('>I', 3), len(data) + 60) # a dynamic disk's footer, whose data are not those of the disk
	check('fixed' not in mkboot('inspect', 'x.vhd').err, 'taken for a fixed VHD')


def made_volumes():
	"""File systems made by their own programs: file and name."""
	write('folder/file', 'text')
	for name, megabytes, command, what in (
		('ext2', 8, 'mkfs.ext2 -q', 'an ext2 file system'), ('ext3', 16, 'mkfs.ext3 -q', 'an ext3 file system'),
		('ext4', 16, 'mkfs.ext4 -q', 'an ext4 file system'), ('xfs', 320, 'mkfs.xfs -q', 'an XFS file system'),
		('btrfs', 128, 'mkfs.btrfs -q', 'a btrfs file system'), ('swap', 8, 'mkswap -q', 'swap space'),
	):
		with open(name, 'wb') as file:
			file.truncate(megabytes << 20)
		os.chmod(name, 0o600)
		tool(*command.split(), name)
		yield name, what
	tool('mksquashfs', 'folder', 'squashfs', '-quiet', '-no-progress')
	yield 'squashfs', 'a squashfs image'


def problem(name, code=3):
	found = [item for item in inspect(name, code)['problems'] if 'boot volume' in item['what']]
	check(len(found) == 1, found)
	return found[0]


def test_foreign_volume_whole():
	for name, what in made_volumes():
		found = problem(name)
		check(f'{name} has neither a partition table nor a file system that is known here; it is {what}' in found['why'], found)
		check('on a FAT volume' in found['hint'], found)
		mkboot('plan', name).expect(7, f'it is {what}', 'on a FAT volume')
	mkboot('run', '--timeout', '2', 'ext4').expect(1, 'warning: ext4 is an ext4 file system: no firmware finds a loader there')


def test_foreign_volume_in_partition():
	"""In place of the ESP, and as the only partition of a disk without one."""
	image()
	for name, what in made_volumes():
		if os.path.getsize(name) > 60 << 20:
			continue
		shutil.copy('x.img', 'y.img')
		write('y.img', read(name), GPT_VOLUME)
		found = problem('y.img')
		check(f'boot partition 2 has no file system that is known here; it is {what}' in found['why'], found)
		tool('sgdisk', '-t', '2:8300', 'y.img')
		found = problem('y.img')
		check(f'y.img has no boot partition: partition 2 is {what}' in found['why'] and 'on a FAT volume' in found['hint'], found)
		mkboot('plan', 'y.img').expect(7, f"partition 2 is {what}")


def test_foreign_volume_mbr():
	"""Behind an MBR a partition's type says little: what lies there counts if nothing else is found."""
	create('--table', 'mbr', '--elf', support.KERNEL, 'x.img')
	with open('ext4', 'wb') as file:
		file.truncate(16 << 20)
	tool('mkfs.ext4', '-q', 'ext4')
	write('x.img', b'\x83', 446 + 4)
	mkboot('inspect', 'x.img').expect(0)
	write('x.img', read('ext4'), 1 << 20)
	check('partition 1 is an ext4 file system' in problem('x.img')['why'], problem('x.img'))


def test_foreign_volume_blank():
	with open('blank', 'wb') as file:
		file.truncate(4 << 20)
	check('it is nothing but zeros at its start' in problem('blank')['why'], problem('blank'))


def test_foreign_disk_iso():
	"""An image for CD drives may have a partition table as well."""
	image()
	write('x.img', read(support.KERNEL)[:4096], GPT_VOLUME) # no FAT any more
	tool('sgdisk', '-t', '2:8300', 'x.img')
	write('x.img', b'\1CD001\1', 32768)
	found = problem('x.img', 0) # its El Torito catalogue may have a program for UEFI: that is unknown
	check('x.img has no boot partition; it is an ISO 9660 image' in found['why'] and 'xorriso' in found['hint'], found)
