# SPDX-License-Identifier: MIT
"""
Disks with something unusual in their tables, their FAT or their BOOTX64.EFI, and what UEFI makes of each. `mkboot inspect` has to say it,
and OVMF has to do it: the same table serves the tests of the tool and one boot.
"""

import json
import os
import random
import struct
import subprocess
import zlib
from dataclasses import dataclass

from disk_image import SECTOR, Disk, copy_sparse

ID = b'judge-id-of-this-disk-is-here...'
LOADER = 'EFI/BOOT/BOOTX64.EFI'
# name: options of `mkboot create`
BASES = {'fat12': ('--size', '5M'), 'fat16': ('--size', '16M'), 'fat32': ('--size', '40M'), 'mbr': ('--size', '16M', '--table', 'mbr'),
	'large': ('--size', '16M', '--sector-size', '4096')}


class Volume:
	"""The boot volume of a disk, to be damaged."""

	def __init__(self, path, base):
		self.disk = Disk(path)
		self.path = path
		self.base = base
		self.sector = sector_of(base)
		self.start = {'mbr': 1 << 20, 'large': 1 << 20}.get(base, 2 << 20)

	def field(self, offset, length, value):
		"""Writes a field of the FAT's boot sector."""
		self.disk.write(self.start + offset, value.to_bytes(length, 'little'))

	def get(self, offset, length):
		return self.disk.number(self.start + offset, length)

	def clusters(self, count):
		"""Makes the FAT32 one of so many clusters."""
		used = self.get(14, 2) + self.get(16, 1) * self.get(36, 4)
		self.field(32, 4, used + count * self.get(13, 1))

	def headers(self):
		"""Offsets of the GPT's headers: the primary and its backup."""
		return self.sector, self.disk.number(self.sector + 32, 8) * self.sector

	def gpt(self, change, sizes=None):
		"""Calls change(header, entries) for each copy and signs it again. `sizes`: number and bytes of the entries that it shall have."""
		for at in self.headers():
			header = bytearray(self.disk.read(at, 92))
			place, count, size = (int.from_bytes(header[a:b], 'little') for a, b in ((72, 80), (80, 84), (84, 88)))
			old = self.disk.read(place * self.sector, count * size)
			entries = [bytearray(old[i * size:(i + 1) * size]) for i in range(count)]
			if sizes:
				count, size = sizes
				entries = [bytearray((entries[i] if i < len(entries) else b'').ljust(size, b'\0')) for i in range(count)]
				if at != self.sector: # the backup's array ends where its header begins
					struct.pack_into('<Q', header, 72, at // self.sector - -(-count * size // self.sector))
			change(header, entries)
			array = b''.join(entries)
			struct.pack_into('<III', header, 80, len(entries), size, zlib.crc32(array))
			header[16:20] = bytes(4)
			struct.pack_into('<I', header, 16, zlib.crc32(header))
			self.disk.write(int.from_bytes(header[72:80], 'little') * self.sector, array)
			self.disk.write(at, header)

	def line(self, number, kind, first, count, status=0):
		"""Writes line 1 to 4 of the MBR."""
		self.disk.write(446 + 16 * (number - 1), struct.pack('<B3xB3xII', status, kind, first, count))

	def program(self, change):
		"""Replaces BOOTX64.EFI by change(its bytes)."""
		self.disk.file_write(LOADER, change(bytearray(self.disk.file_read(LOADER))))

	def resize(self, by):
		with open(self.path, 'r+b') as file:
			file.truncate(os.path.getsize(self.path) + by)


@dataclass(frozen=True)
class Judged:
	name: str
	base: str
	damage: object            # function of a Volume
	verdict: str              # what `inspect` says of UEFI
	starts: object = None     # whether the firmware starts BOOTX64.EFI; None: as the verdict says
	says: str = ''            # what is among the problems
	sector: int = 0           # the disk is read as one with sectors of so many bytes; 0: those that it was made for


# --- FAT -------------------------------------------------------------------------------------------------------------------------------

def fields(*writes):
	def damage(volume):
		for offset, length, value in writes:
			volume.field(offset, length, value)
	return damage


def fat_cases():
	for base in BASES:
		yield Judged(f'good-{base}', base, lambda volume: None, 'yes')
	yield Judged('fat32-20000-clusters', 'fat32', lambda volume: volume.clusters(20000), 'no', says='FAT32 begins at 65525')
	yield Judged('fat32-65524-clusters', 'fat32', lambda volume: volume.clusters(65524), 'no', says='65524 clusters')
	yield Judged('fat32-65525-clusters', 'fat32', lambda volume: volume.clusters(65525), 'yes')
	for name, writes in {'reserved-0': (14, 2, 0), 'copies-0': (16, 1, 0), 'sector-256': (11, 2, 256), 'sector-513': (11, 2, 513),
			'sector-8192': (11, 2, 8192), 'cluster-0': (13, 1, 0), 'cluster-3': (13, 1, 3), 'media-42': (21, 1, 0x42),
			'media-f7': (21, 1, 0xF7), 'root-0': (17, 2, 0)}.items():
		yield Judged(f'fat16-{name}', 'fat16', fields(writes), 'no')
	yield Judged('fat16-total-0', 'fat16', fields((19, 2, 0), (32, 4, 0)), 'no')
	for media in 0, 1, 0xF0, 0xF9:
		yield Judged(f'fat16-media-{media}', 'fat16', fields((21, 1, media)), 'yes')
	yield Judged('fat32-version', 'fat32', fields((42, 2, 1)), 'no')
	yield Judged('fat32-one-fat', 'fat32', fields((40, 2, 0x81)), 'no', says='mirroring is off')
	yield Judged('fat32-first-fat', 'fat32', fields((40, 2, 0x80)), 'no', says='mirroring is off')
	yield Judged('fat32-mirrored', 'fat32', fields((40, 2, 1)), 'yes')
	# The firmware takes these, mkboot does not.
	yield Judged('fat16-no-signature', 'fat16', fields((510, 2, 0)), 'unknown', True)
	yield Judged('fat16-no-names', 'fat16', fields((0, 3, 0), (54, 8, 0)), 'unknown', True)
	yield Judged('fat16-longer-than-partition', 'fat16', fields((19, 2, 60000)), 'unknown', True)


# --- tables ----------------------------------------------------------------------------------------------------------------------------

def flip(*offsets):
	"""Inverts a byte of the GPT: 'primary', 'backup' or 'array' and an offset."""
	def damage(volume):
		primary, backup = volume.headers()
		at = {'primary': primary, 'backup': backup, 'array': primary + volume.sector}
		for where, offset in offsets:
			volume.disk.flip(at[where] + offset)
	return damage


def esp(entries):
	return next(entry for entry in entries if entry[:4] == b'\x28\x73\x2a\xc1')


def attributes(value):
	return lambda volume: volume.gpt(lambda header, entries: struct.pack_into('<Q', esp(entries), 48, value))


def overlap(volume):
	def change(_, entries):
		first, last = struct.unpack_from('<QQ', esp(entries), 32)
		entries[7][:] = esp(entries)
		entries[7][:32] = bytes(range(1, 33))
		struct.pack_into('<QQ', entries[7], 32, last - 10, last)
	volume.gpt(change)


def usable(first=0, last=0):
	def change(header, entries):
		start, end = struct.unpack_from('<QQ', esp(entries), 32)
		if first:
			struct.pack_into('<Q', header, 40, start + first)
		if last:
			struct.pack_into('<Q', header, 48, end + last)
	return lambda volume: volume.gpt(change)


def move_esp(number):
	def change(_, entries):
		entry = esp(entries)
		entries[number - 1][:], entry[:] = bytes(entry), bytes(len(entry))
	return change


def esp_type(guid):
	def change(_, entries):
		esp(entries)[:16] = guid
	return lambda volume: volume.gpt(change)


def protective(number, first, count):
	def damage(volume):
		volume.disk.write(446, bytes(64))
		volume.line(number, 0xEE, first, count)
	return damage


def grown_without_primary(volume):
	volume.resize(1 << 20)
	flip(('array', 40))(volume)


def gpt_cases():
	yield Judged('gpt-primary-header', 'fat16', flip(('primary', 60)), 'yes', says='the primary GPT is damaged')
	yield Judged('gpt-primary-array', 'fat16', flip(('array', 60)), 'yes', says='the primary GPT is damaged')
	yield Judged('gpt-backup', 'fat16', flip(('backup', 60)), 'yes', says='its backup is damaged or missing')
	yield Judged('gpt-both', 'fat16', flip(('primary', 60), ('backup', 60)), 'no')
	yield Judged('gpt-grown', 'fat16', lambda volume: volume.resize(1 << 20), 'yes', says='the disk is larger')
	yield Judged('gpt-grown-large', 'large', lambda volume: volume.resize(1 << 20), 'yes', says='the disk is larger')
	yield Judged('gpt-grown-primary', 'fat16', grown_without_primary, 'no', says='the primary GPT is damaged')
	yield Judged('gpt-shrunk', 'fat16', lambda volume: volume.resize(-(1 << 19)), 'yes', says='there is no backup GPT')
	# The firmware starts the loader, which then wants the whole of its volume.
	yield Judged('gpt-cut', 'fat16', lambda volume: volume.resize(-(4 << 20)), 'no', True, says='does not lie on the disk')
	yield Judged('gpt-attribute-1', 'fat16', attributes(2), 'no', says='tells the firmware to ignore it')
	yield Judged('gpt-attributes', 'fat16', attributes(1 << 63 | 5), 'yes')
	yield Judged('gpt-overlap', 'fat16', overlap, 'no', says='overlaps with partition')
	yield Judged('gpt-usable-first', 'fat16', usable(first=1), 'no', says='usable')
	yield Judged('gpt-usable-last', 'fat16', usable(last=-1), 'no', says='usable')
	yield Judged('gpt-usable-exactly', 'fat16', usable(first=-2048), 'yes')
	for count, size in (4, 128), (128, 256), (16, 1024), (256, 128), (512, 128):
		yield Judged(f'gpt-{count}-entries-of-{size}', 'fat16', lambda volume, sizes=(count, size): volume.gpt(lambda *_: None, sizes), 'yes')
	yield Judged('gpt-esp-last-of-300', 'fat16', lambda volume: volume.gpt(move_esp(300), (300, 128)), 'yes')
	yield Judged('gpt-type-basic-data', 'fat16', esp_type(bytes.fromhex('a2a0d0ebe5b9334487c068b6b72699c7')), 'no', True)
	yield Judged('gpt-type-xbootldr', 'fat16', esp_type(bytes.fromhex('ffc213bce6596242a352b275fd6f7172')), 'yes')
	for number, count in (1, 0), (2, 0xFFFFFFFF), (3, 1), (4, 100):
		yield Judged(f'pmbr-{number}-{count}', 'fat16', protective(number, 1, count), 'yes')
	yield Judged('pmbr-from-0', 'fat16', protective(1, 0, 100), 'no')
	yield Judged('pmbr-missing', 'fat16', lambda volume: volume.line(1, 0x83, 1, 1000), 'no')
	yield Judged('hybrid', 'fat16', lambda volume: volume.line(3, 0x0C, 4096, 8192), 'yes', says='hybrid MBR')
	yield Judged('gpt-of-512-on-4096', 'fat16', lambda volume: None, 'no', sector=4096, says='made for sectors of 512 bytes')
	yield Judged('gpt-of-4096-on-512', 'large', lambda volume: None, 'no', sector=512, says='made for sectors of 4096 bytes')


def logical(volume):
	"""The volume becomes a logical partition: its EBR is the sector before it."""
	first, count = struct.unpack('<II', volume.disk.read(446 + 8, 8))
	volume.disk.write(446, bytes(64))
	volume.line(1, 0x0F, first - 1, count + 1)
	volume.disk.write((first - 1) * SECTOR, bytes(446) + struct.pack('<B3xB3xII', 0, 0xEA, 1, count) + bytes(48) + b'\x55\xaa')


def superfloppy(volume):
	"""The file system alone, on the whole disk."""
	with open(volume.path, 'rb') as file:
		file.seek(volume.start)
		data = file.read()
	with open(volume.path, 'wb') as file:
		file.write(data)


def superfloppy_with_table(volume):
	superfloppy(volume)
	volume.disk.write(446, struct.pack('<B3xB3xII', 0x80, 0x0E, 0, 20000))


def mbr_cases():
	for kind in 0xEF, 0x0C, 0x83:
		yield Judged(f'mbr-type-{kind:x}', 'mbr', lambda volume, kind=kind: volume.disk.write(450, bytes([kind])), 'yes')
	yield Judged('mbr-behind-the-end', 'mbr', lambda volume: volume.disk.write(446 + 12, (40000).to_bytes(4, 'little')), 'no', says='does not fit the disk')
	yield Judged('mbr-other-behind-the-end', 'mbr', lambda volume: volume.line(2, 0x83, 32768, 10000), 'no', says='MBR partition 2 ends at LBA')
	yield Judged('mbr-unused-behind-the-end', 'mbr', lambda volume: volume.line(2, 0, 30000, 10000), 'yes')
	yield Judged('mbr-empty-behind-the-end', 'mbr', lambda volume: volume.line(2, 0x83, 50000, 0), 'yes')
	yield Judged('mbr-to-the-end', 'mbr', lambda volume: volume.line(1, 0xEA, 2048, 32768 - 2048), 'yes')
	yield Judged('mbr-overlap', 'mbr', lambda volume: volume.line(2, 0x83, 4096, 10), 'no', says='MBR partitions 1 and 2 overlap')
	yield Judged('mbr-no-signature', 'mbr', lambda volume: volume.disk.write(510, bytes(2)), 'no')
	yield Judged('mbr-odd-status', 'mbr', lambda volume: volume.line(4, 0, 0, 0, 0x7F), 'unknown', True)
	yield Judged('mbr-logical', 'mbr', logical, 'yes')
	yield Judged('superfloppy', 'mbr', superfloppy, 'yes')
	yield Judged('superfloppy-with-table', 'mbr', superfloppy_with_table, 'yes')


# --- BOOTX64.EFI -----------------------------------------------------------------------------------------------------------------------

def pe(offset, form, value, of='coff'):
	"""Changes a field of the COFF header, the optional header, or the first section's header."""
	def change(data):
		coff = struct.unpack_from('<I', data, 0x3C)[0]
		optional = coff + 24
		at = {'dos': 0, 'coff': coff, 'optional': optional, 'section': optional + struct.unpack_from('<H', data, coff + 20)[0]}[of]
		struct.pack_into(form, data, at + offset, value)
		return data
	return lambda volume: volume.program(change)


def program_cases():
	for name, machine in ('ia32', 0x14C), ('aa64', 0xAA64), ('none', 0):
		yield Judged(f'pe-{name}', 'fat16', pe(4, '<H', machine), 'no', says='another processor')
	yield Judged('pe-driver', 'fat16', pe(68, '<H', 11, 'optional'), 'no', says='not an EFI application')
	yield Judged('pe-32', 'fat16', pe(0, '<H', 0x10B, 'optional'), 'no')
	yield Judged('pe-dos-magic', 'fat16', pe(0, '<H', 0x1234, 'dos'), 'no')
	yield Judged('pe-magic', 'fat16', pe(0, '<I', 0x1234), 'no')
	yield Judged('pe-directories', 'fat16', pe(108, '<I', 17, 'optional'), 'no', says='do not match')
	yield Judged('pe-few-directories', 'fat16', pe(108, '<I', 5, 'optional'), 'no', says='do not match')
	yield Judged('pe-header-bytes', 'fat16', pe(60, '<I', 0x100, 'optional'), 'no', says='does not end within its headers')
	yield Judged('pe-section-behind-image', 'fat16', pe(12, '<I', 0x7FFFF000, 'section'), 'no')
	yield Judged('pe-section-behind-file', 'fat16', pe(20, '<I', 0x7FFFF000, 'section'), 'no')
	yield Judged('pe-cut', 'fat16', lambda volume: volume.program(lambda data: data[:len(data) // 2]), 'no', says='cut off or damaged')
	yield Judged('pe-empty', 'fat16', lambda volume: volume.program(lambda data: b''), 'no')
	yield Judged('pe-missing', 'fat16', lambda volume: volume.disk.mtools('mdel', '::' + LOADER), 'no')
	yield Judged('pe-longer', 'fat16', lambda volume: volume.program(lambda data: data + b'more'), 'unknown', True, says='damaged or changed')
	yield Judged('pe-other-version', 'fat16', lambda volume: volume.program(
		lambda data: data.replace(b'mkboot,1,mkboot,mkboot,', b'mkboot,1,mkboot,mkboot,9')[:len(data)]), 'yes', says='another version')


def judged_disks():
	return [*fat_cases(), *gpt_cases(), *mbr_cases(), *program_cases()]


# --- making them -----------------------------------------------------------------------------------------------------------------------

def sector_of(base):
	return 4096 if base == 'large' else SECTOR


def run(words):
	done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', check=False)
	if done.returncode != 0:
		raise RuntimeError(f'{" ".join(words)}: exit {done.returncode}\n{done.stdout}')


class JudgeWorkshop:
	"""Makes the disks in `folder`."""

	def __init__(self, mkboot, kernel, folder):
		self.mkboot = mkboot
		self.folder = folder
		self.kernel = kernel
		self.bases = {}

	def base(self, name):
		"""An undamaged disk, and where the text of its judge.id is."""
		if name not in self.bases:
			root, path = os.path.join(self.folder, 'root'), os.path.join(self.folder, f'base-{name}.img')
			os.makedirs(os.path.join(root, 'loader/entries'), exist_ok=True)
			for file, data in ('judge.id', ID), ('loader/entries/a.conf', b'elf /kernel\n'):
				with open(os.path.join(root, file), 'wb') as out:
					out.write(data)
			subprocess.run(['cp', self.kernel, os.path.join(root, 'kernel')], check=True)
			run([self.mkboot, 'create', *BASES[name], '--root', root, path])
			with open(path, 'rb') as image:
				self.bases[name] = path, image.read().index(ID)
		return self.bases[name]

	def make(self, name, base, damage):
		"""The path of a disk that calls itself `name`."""
		sound, at = self.base(base)
		path = os.path.join(self.folder, f'{name}.img')
		copy_sparse(sound, path)
		volume = Volume(path, base)
		volume.disk.write(at, name.encode().ljust(len(ID), b' '))
		damage(volume)
		return path

	def inspect(self, path, sector=0):
		words = ['--sector-size', str(sector)] if sector else []
		done = subprocess.run([self.mkboot, 'inspect', '--json', *words, path], stdin=subprocess.DEVNULL, capture_output=True, check=False)
		return json.loads(done.stdout)


def complaints_of_inspect(judged, seen):
	"""What is wrong with what `inspect` says of a disk."""
	verdict = seen['boots']['uefi']
	problems = '\n'.join(f'{problem["why"]}' for problem in seen['problems'])
	if verdict['verdict'] != judged.verdict:
		return [f'{judged.name}: verdict {verdict} instead of {judged.verdict}: {problems}']
	if (verdict['by'] == 'mkboot') != (judged.verdict == 'yes') or (verdict['why'] is None) != (judged.verdict == 'yes'):
		return [f'{judged.name}: {verdict}']
	return [] if judged.says in problems else [f'{judged.name}: no {judged.says!r} in {problems!r}']


def complaints_of_firmware(table, started):
	"""`started`: the names of the disks whose BOOTX64.EFI the firmware starts."""
	wanted = {judged.name: judged.verdict == 'yes' if judged.starts is None else judged.starts for judged in table}
	return [f'{name}: the firmware {"starts" if name in started else "does not start"} it' for name, starts in wanted.items()
		if starts != (name in started)]


def drives(paths):
	"""Options of QEMU for disks [(path, bytes of a sector)]: OVMF sees 32 targets of 8 units."""
	words = ['-device', 'virtio-scsi-pci,id=judge']
	for i, (path, sector) in enumerate(paths):
		words += ['-drive', f'if=none,id=judge{i},format=raw,snapshot=on,file={path}', '-device',
			f'scsi-hd,drive=judge{i},bus=judge.0,channel=0,scsi-id={i // 8},lun={i % 8},logical_block_size={sector},physical_block_size={sector}']
	return tuple(words)


# --- at random -------------------------------------------------------------------------------------------------------------------------

def random_damage(dice):
	"""A base and a damage to it that keeps all checksums right, so that the rules behind them are reached."""
	kind = dice.choice(('bpb', 'bpb', 'mbr', 'gpt-entry', 'gpt-header', 'pe'))
	base = {'bpb': dice.choice(('fat12', 'fat16', 'fat32')), 'mbr': 'mbr'}.get(kind, 'fat16')
	value = dice.choice((0, 1, 2, 0x7F, 0x80, 0xFF, dice.randrange(256)))

	def damage(volume):
		if kind == 'bpb':
			volume.disk.write(volume.start + dice.randrange(11, 64), bytes([value]))
		elif kind == 'mbr':
			volume.disk.write(dice.randrange(446, 512), bytes([value]))
		elif kind == 'gpt-entry':
			at = dice.randrange(56)
			volume.gpt(lambda header, entries: esp(entries).__setitem__(at, value))
		elif kind == 'gpt-header':
			at = dice.randrange(40, 56)
			volume.gpt(lambda header, entries: header.__setitem__(at, value))
		else:
			at = dice.randrange(4 + 24 + 112 + 8 * 16 + 40)
			volume.program(lambda data: data.__setitem__(struct.unpack_from('<I', data, 0x3C)[0] + at, value) or data)
	return base, damage


def random_disks(seed, count):
	dice = random.Random(seed)
	for i in range(count):
		yield f'random-{seed}-{i}', *random_damage(dice)


def inspect_says(seen):
	"""Whether `inspect` says that the firmware starts BOOTX64.EFI; None if it does not know."""
	if seen['boots']['uefi']['verdict'] == 'unknown':
		return None
	return seen['uefi']['state'] not in ('absent', 'damaged')
