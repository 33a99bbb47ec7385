# SPDX-License-Identifier: MIT
"""Images for the boot tests: made by `mkboot create`, then damaged on purpose where a case asks for it."""

import contextlib
import hashlib
import itertools
import os
import re
import shutil
import subprocess
import threading
import uuid
from dataclasses import dataclass

SECTOR = 512
# bios-stage1/layout.h
MBR_CODE_BYTES, MBR_COPY_LBA_OFFSETS, STAGE2_LENGTH_OFFSET, STAGE2_MAGIC = 440, (424, 432), 12, b'MKBOOT2\0'
# ESP and extended boot loader partition
GPT_BOOT_TYPES = [uuid.UUID(text).bytes_le for text in ('c12a7328-f81f-11d2-ba4b-00a0c93ec93b', 'bc13c2ff-59e6-4262-a352-b275fd6f7172')]


@dataclass(frozen=True)
class Image:
	"""
	What is on a disk. `options` are those of `mkboot create`; with `tree`, a tuple of (path, text or '@' + file of the host), they
	come with --root. `damage` takes a Disk and changes it. In all strings {name} stands for a file that the cases know.
	"""
	options: tuple = ()
	tree: tuple = ()
	table: str = 'gpt'
	damage: object = None


class Disk:
	"""An image file, opened for damage."""

	def __init__(self, path):
		self.path = path

	def read(self, offset, length):
		with open(self.path, 'rb') as file:
			file.seek(offset)
			return file.read(length)

	def write(self, offset, data):
		with open(self.path, 'r+b') as file:
			file.seek(offset)
			file.write(data)

	def flip(self, offset, length=1):
		"""Inverts bytes: never what was there before."""
		self.write(offset, bytes(byte ^ 0xFF for byte in self.read(offset, length)))

	def number(self, offset, length):
		return int.from_bytes(self.read(offset, length), 'little')

	def stage2_copies(self):
		"""[(first LBA, sectors)] of copy A and copy B, as the boot sector names them."""
		copies = []
		for offset in MBR_COPY_LBA_OFFSETS:
			lba = self.number(offset, 8)
			assert self.read(lba * SECTOR, 8) == STAGE2_MAGIC, f'{self.path}: no stage-2 header at LBA {lba}'
			copies.append((lba, self.number(lba * SECTOR + STAGE2_LENGTH_OFFSET, 4) // SECTOR))
		return copies

	def boot_volume(self):
		"""Offset of the boot volume in bytes."""
		if self.read(SECTOR, 8) == b'EFI PART':
			entries, count, size = self.number(SECTOR + 72, 8), self.number(SECTOR + 80, 4), self.number(SECTOR + 84, 4)
			for at in range(entries * SECTOR, entries * SECTOR + count * size, size):
				if self.read(at, 16) in GPT_BOOT_TYPES:
					return self.number(at + 32, 8) * SECTOR
		return self.number(446 + 8, 4) * SECTOR

	def mtools(self, *words, data=None):
		"""Runs a program of mtools on the boot volume: mtools('mdel', '::/file')."""
		return subprocess.run([words[0], '-i', f'{self.path}@@{self.boot_volume()}', *words[1:]], input=data, check=True,
			stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, 'MTOOLS_SKIP_CHECK': '1'}).stdout

	def file_read(self, name):
		return self.mtools('mtype', f'::{name}')

	def file_write(self, name, data):
		self.mtools('mcopy', '-o', '-', f'::{name}', data=data)

	def file_clusters(self, name):
		"""The chain of a file, [2, 3, ...]."""
		answer = self.mtools('mshowfat', f'::{name}').decode()
		return [cluster for first, last in re.findall(r'<(\d+)(?:-(\d+))?>', answer)
			for cluster in range(int(first), int(last or first) + 1)]

	def fat(self):
		"""The boot volume's file system."""
		return Fat(self, self.boot_volume())

	def file_middle_lba(self, name):
		"""A sector in the middle of a file, far from other files, and so from what firmware reads ahead of them."""
		clusters = self.file_clusters(name)
		return self.fat().cluster_lba(clusters[len(clusters) // 2])

	def fat_link(self, cluster, to):
		"""Makes `cluster` lead to `to` in every FAT."""
		fat = self.fat()
		for start in fat.starts:
			if fat.bits == 12:
				at = start + cluster * 3 // 2
				shift = 4 * (cluster & 1)
				self.write(at, ((self.number(at, 2) & ~(0xFFF << shift)) | to << shift).to_bytes(2, 'little'))
			else:
				self.write(start + cluster * fat.bits // 8, to.to_bytes(fat.bits // 8, 'little'))


class Fat:
	"""Numbers of a FAT volume, from its BIOS parameter block."""

	def __init__(self, disk, volume):
		sector_bytes, cluster_sectors, reserved, fats, root_entries, small, fat_sectors = (
			disk.number(volume + at, length) for at, length in ((11, 2), (13, 1), (14, 2), (16, 1), (17, 2), (19, 2), (22, 2)))
		fat_sectors = fat_sectors or disk.number(volume + 36, 4)
		overhead = reserved + fats * fat_sectors + (root_entries * 32 + sector_bytes - 1) // sector_bytes
		clusters = ((small or disk.number(volume + 32, 4)) - overhead) // cluster_sectors
		self.bits = 12 if clusters < 4085 else 16 if clusters < 65525 else 32
		self.starts = [volume + (reserved + fat * fat_sectors) * sector_bytes for fat in range(fats)] # byte offsets of the FATs
		self.cluster_bytes = cluster_sectors * sector_bytes
		self.data = volume + overhead * sector_bytes

	def cluster_lba(self, cluster):
		return (self.data + (cluster - 2) * self.cluster_bytes) // SECTOR


def copy_sparse(source, target):
	subprocess.run(['cp', '--sparse=always', '--reflink=auto', source, target], check=True)


class Workshop:
	"""Makes images in `folder`, each content once."""

	def __init__(self, mkboot, folder, files):
		self.mkboot = mkboot
		self.folder = folder
		self.files = files # name -> path, for {name} in images
		self.lock = threading.Lock()
		self.locks = {}
		self.copies = itertools.count(1)
		shutil.rmtree(folder, ignore_errors=True)
		os.makedirs(folder)

	def resolve(self, text):
		return re.sub(r'\{([\w.-]+)\}', lambda match: self.files[match[1]], text)

	def create(self, options, tree, table, path):
		"""`mkboot create`; the tree is laid out in a folder beside the image."""
		words = [self.mkboot, 'create', '--table', table, *(self.resolve(option) for option in options)]
		if tree:
			root = path + '.root'
			for name, content in tree:
				target = os.path.join(root, name)
				os.makedirs(os.path.dirname(target), exist_ok=True)
				if content.startswith('@'):
					shutil.copyfile(self.resolve(content[1:]), target)
				else:
					with open(target, 'w', encoding='utf-8') as file:
						file.write(content)
			words += ['--root', root]
		done = subprocess.run([*words, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
		if tree:
			shutil.rmtree(root)
		if done.returncode != 0:
			raise RuntimeError(f'{" ".join(words)} {path}: exit {done.returncode}\n{done.stdout.decode("utf-8", "replace")}')

	def sound(self, image):
		"""The path of the image without its damage."""
		name = hashlib.sha256(repr((image.options, image.tree, image.table)).encode()).hexdigest()[:16]
		path = os.path.join(self.folder, name + '.img')
		with self.lock:
			lock = self.locks.setdefault(path, threading.Lock())
		with lock:
			if not os.path.exists(path):
				self.create(image.options, image.tree, image.table, path)
		return path

	@contextlib.contextmanager
	def opened(self, image, private, keep=False):
		"""Gives a path; a copy of its own if the image is to be damaged or `private` is set."""
		path = self.sound(image)
		if not image.damage and not private:
			yield path
			return
		copy = f'{path[:-4]}-{next(self.copies)}.img'
		copy_sparse(path, copy)
		try:
			if image.damage:
				image.damage(Disk(copy))
			yield copy
		finally:
			if not keep:
				os.unlink(copy)

	def clear(self):
		shutil.rmtree(self.folder)
