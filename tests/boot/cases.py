# SPDX-License-Identifier: MIT
"""The table of boot cases: one Case a line or a few, and the damage that some of them do. tests/README.md tells how to add one."""

import os
import re
import struct
import subprocess
import zlib
from dataclasses import dataclass

import plan_compare
from disk_image import SECTOR, Image
from machine import DEVICES, PASSED

# Seconds that a boot may take, four times what a busy machine with two processors needs, and more.
SHORT, LONG = 60, 240

VERDICT = ('debugcon', r'^verdict=pass$')
EXAMPLE = ('debugcon', r'^example: all \d+ checks passed$')


def user_space(line):
	"""A line of tests/boot/init. It prints each twice, also into the kernel's log: one of the two may be torn by another line."""
	return ('serial', rf'^(?:\[ *\d+\.\d+\] )?{line}$')


USER_SPACE, ON_BIOS, ON_UEFI, COMMAND_LINE = map(user_space, ('MKBOOT-USERSPACE-OK', 'mkboot-init: firmware bios', 'mkboot-init: firmware uefi',
	r'mkboot-init: cmdline .*console=ttyS0 mkboot\.test'))
NO_ENTRY = r'^mkboot: no entry could be started'
PREFLIGHT = ('serial', r'^PREFLIGHT vmx=\S+ .* dom0=unknown secure-boot=\S+$') # Debian's Linux is packed with xz
XEN_PANIC = ('serial', r'Panic on CPU 0:\n.*dom0 kernel not specified')
FAT_SIZES = {12: '5M', 16: '16M', 32: '64M'} # what mkboot formats images of these sizes with
STAGE2_LOAD_ADDRESS, STAGE2_CRC_OFFSET, STAGE2_SUM_OFFSET = 0x8000, 16, 40 # bios-stage1/layout.h
UNDEFINED_INSTRUCTION = b'\x0f\x0b' # UD2, exception 6
XEN_OPTIONS = 'com1=115200,8n1 console=com1 loglvl=all dom0_mem=512M'

DEBIAN_FILES = {'xen': 'xen.gz', 'xen.efi': 'xen.efi', 'vmlinuz': 'vmlinuz-amd64', 'vmlinuz-cloud': 'vmlinuz-cloud-amd64', 'initrd': 'initrd.gz',
	'vmlinuz-rt': 'vmlinuz-rt-amd64', 'vmlinux': 'vmlinux-amd64', 'memtest': 'memtest86+x64.bin', 'memtest.efi': 'memtest86+x64.efi',
	'vmlinuz.signed': 'vmlinuz-signed', 'kvm-initrd': 'kvm.cpio', 'refind': 'refind_x64.efi', 'systemd-boot': 'systemd-bootx64.efi',
	'hello-world': 'HelloWorld.efi', 'tboot': 'tboot.gz'}
OPTIONAL = tuple(DEBIAN_FILES) # a case that needs one of these is skipped when it is not there


class Files(dict):
	"""What {name} in an image stands for: its path. A name that is not listed is a file of BUILD/boot: kernels that give a verdict, modules..."""

	def __init__(self, build):
		build = os.path.abspath(build)
		self.boot = os.path.join(build, 'boot')
		super().__init__({name: os.path.join(build, name) for name in ('mkboot', 'example-kernel', 'example-kernel-pie', 'stage2.bin', 'stage2.elf', 'BOOTX64.EFI')},
			**{name: os.path.join(build, 'debian', file) for name, file in DEBIAN_FILES.items()})

	def __missing__(self, name):
		return os.path.join(self.boot, name)


@dataclass(frozen=True)
class Case:
	name: str
	image: Image
	expect: tuple = ()         # (channel, regex) that must be seen; channels: serial, debugcon, screen, registers
	reject: tuple = ()         # must not be seen
	status: int = PASSED       # exit status of QEMU...
	until: tuple = ()          # ...unless the run ends when this (channel, regex) is seen
	firmware: str = 'bios'     # of machine.FIRMWARES or bochs.BIOSES
	device: str = 'virtio'
	memory: str = '256'
	timeout: int = SHORT
	screen: bool = False       # read the text screen
	registers: bool = False    # read the processor's state: channel 'registers'
	picture: bool = False      # take a picture of the screen when `until` is seen
	keys: tuple = ()           # (channel, regex, QEMU's name of a key): pressed when that is seen
	unreadable: object = None  # function of Disk that returns LBAs at which every read fails
	fails_once: bool = False   # ...or only the first read
	writes: bool = False       # the guest writes to the disk, and that has to be noticed
	check: object = None       # function of (machine, image) that returns a list of complaints
	extra: tuple = ()          # of QEMU's command line, or lines of Bochs's configuration

	def needs(self):
		words = [*self.image.options, *(content for _, content in self.image.tree)]
		return {name for word in words for name in re.findall(r'\{([\w.-]+)\}', word)}


# --- images ----------------------------------------------------------------------------------------------------------------------------

def example(table='gpt', **more):
	return Image(('--elf', '{example-kernel}', '--module', '{payload} first module', '--options', 'qemu-exit'), table=table, **more)


def multiboot2(kernel='verdict-mb2.elf', table='gpt', **more):
	return Image(('--multiboot2', '{%s}' % kernel, '--options', 'one two=2', '--module', '{payload} first module', '--module', '{payload.gz}'),
		table=table, **more)


def linux(kernel='verdict-linux64', table='gpt', **more):
	return Image(('--linux', '{%s}' % kernel, '--initrd', '{payload}', '--options', 'one two=2'), table=table, **more)


def xen(table='gpt'):
	return Image(('--multiboot2', '{xen}', '--options', XEN_OPTIONS, '--module', '{vmlinuz} console=hvc0 mkboot.test',
		'--module', '{initrd}'), table=table)


def debian(kernel, table='gpt'):
	return Image(('--linux', '{%s}' % kernel, '--initrd', '{initrd}', '--options', 'console=ttyS0 mkboot.test'), table=table)


# Two entries: `first` is the default and is going to be damaged, `second` is the way out.
FIRST_ENTRY = 'title The first\nsort-key a\nmultiboot2 /first/kernel\nmodule /first/module\n'
FIRST_ENTRY_LINUX = 'title The first\nsort-key a\nlinux /first/kernel\ninitrd /first/module\n'
SECOND_ENTRY = 'title The second\nsort-key b\nelf /second/kernel\noptions qemu-exit\n'


def two_entries(damage=None, loader='', options=(), first=FIRST_ENTRY, kernel='verdict-mb2.elf'):
	return Image(options, (
		('loader/loader.conf', loader), ('loader/entries/first.conf', first), ('loader/entries/second.conf', SECOND_ENTRY),
		('first/kernel', '@{%s}' % kernel), ('first/module', '@{payload}'), ('second/kernel', '@{example-kernel}')), damage=damage)


# --- damage ----------------------------------------------------------------------------------------------------------------------------

def damage_copy(copy, index):
	"""Inverts one byte in the middle of sector `index` of a copy of stage 2."""
	def damage(disk):
		lba, count = disk.stage2_copies()[copy]
		assert index < count
		disk.flip((lba + index) * SECTOR + SECTOR // 2)
	return damage


def patch_loader(elf, symbol, change):
	"""Calls change(copy, start, end) with the code at a symbol of stage 2, for both copies, and makes their sums good again."""
	def damage(disk):
		symbols = subprocess.run(['nm', '-S', elf], check=True, capture_output=True, text=True).stdout
		address, size = (int(number or '0', 16) for number in re.search(rf'^(\w+) (?:(\w+) )?\w {symbol}$', symbols, re.MULTILINE).groups())
		start = address - STAGE2_LOAD_ADDRESS
		for lba, count in disk.stage2_copies():
			copy = bytearray(disk.read(lba * SECTOR, count * SECTOR))
			change(copy, start, start + size)
			struct.pack_into('<I', copy, STAGE2_CRC_OFFSET, zlib.crc32(copy[SECTOR:]))
			struct.pack_into('<I', copy, STAGE2_SUM_OFFSET, 0)
			struct.pack_into('<I', copy, STAGE2_SUM_OFFSET, -sum(struct.unpack('<128I', copy[:SECTOR])) & 0xFFFFFFFF)
			disk.write(lba * SECTOR, copy)
	return damage


def replace_code(elf, symbol, code):
	"""Puts other instructions at a symbol of stage 2."""
	def change(copy, start, _):
		copy[start:start + len(code)] = code
	return patch_loader(elf, symbol, change)


def zero_copy(disk):
	lba, count = disk.stage2_copies()[0]
	disk.write(lba * SECTOR, bytes(count * SECTOR))


def both(first, second):
	def damage(disk):
		first(disk)
		second(disk)
	return damage


def damage_gpt_header(disk):
	disk.flip(SECTOR + 16) # its CRC


def damage_gpt_entries(disk):
	disk.flip(disk.number(SECTOR + 72, 8) * SECTOR + 40)


def damage_logical_partitions(disk):
	"""An extended partition behind the boot volume, whose first record leads to itself."""
	lba = os.path.getsize(disk.path) // SECTOR
	os.truncate(disk.path, (lba + 2048) * SECTOR)
	extended = bytes([0, 0, 0, 0, 5, 0, 0, 0])
	disk.write(446 + 16, extended + struct.pack('<II', lba, 2048))
	disk.write(lba * SECTOR + 446, extended + struct.pack('<II', 0, 2048))
	disk.write(lba * SECTOR + 510, b'\x55\xaa')


def remove_entries(disk):
	disk.mtools('mdel', '::/loader/entries/*.conf')


def remove_module(disk):
	disk.mtools('mdel', '::/first/module')


def remove_all_kernels(disk):
	disk.mtools('mdel', '::/first/kernel')
	disk.mtools('mdel', '::/second/kernel')


def replace_kernel(path):
	def damage(disk):
		with open(path, 'rb') as file:
			disk.file_write('/first/kernel', file.read())
	return damage


def truncate_kernel(disk):
	kernel = disk.file_read('/first/kernel')
	disk.file_write('/first/kernel', kernel[:len(kernel) // 2])


def loop_module_chain(disk):
	chain = disk.file_clusters('/first/module')
	disk.fat_link(chain[len(chain) // 2], chain[0])


def cut_module_chain(disk):
	chain = disk.file_clusters('/first/module')
	disk.fat_link(chain[len(chain) // 2], 0)


def expect_fat(bits):
	"""No damage: makes sure of the kind of FAT that a case is about."""
	def look(disk):
		assert disk.fat().bits == bits, f'the boot volume is FAT{disk.fat().bits}'
	return look


def replace_boot_sector(sector):
	def damage(disk):
		with open(sector, 'rb') as file:
			disk.write(0, file.read())
	return damage


# --- the table -------------------------------------------------------------------------------------------------------------------------

def crc32_of(path):
	"""As the kernels print it; without a file there is nothing to compare with, and the case fails for want of it."""
	if not os.path.exists(path):
		return 'missing'
	with open(path, 'rb') as file:
		return f'0x{zlib.crc32(file.read()):x}'


def handed_over(paths):
	"""What a kernel says when it has got from the images above what is in them: strings, modules byte for byte, and a good verdict."""
	payload, packed = crc32_of(paths['payload']), crc32_of(paths['payload.gz'])
	lines = {
		'example': (EXAMPLE[1], r'^example: command line "qemu-exit"$',
			rf'^example: module 0 at 0x[0-9a-f]+000, \d+ bytes, CRC-32 {payload}: "/payload" "first module"$'),
		'multiboot2': (VERDICT[1], r'^cmdline=/verdict-mb2\S* one two=2$', r'^module\.0\.start=0x[0-9a-f]+000$',
			r'^module\.0\.string=/payload first module$', rf'^module\.0\.crc32={payload}$',
			r'^module\.1\.start=0x[0-9a-f]+000$', r'^module\.1\.string=/payload\.gz$', rf'^module\.1\.crc32={packed}$'),
		'linux': (VERDICT[1], r'^cmdline=one two=2$', rf'^initrd\.crc32={payload}$'),
	}
	return {kind: tuple(('debugcon', line) for line in patterns) for kind, patterns in lines.items()}


def matrix(seen):
	for table in ('gpt', 'mbr'):
		for device in DEVICES:
			yield Case(f'{table}-{device}-example', example(table), seen['example'], device=device)
			yield Case(f'{table}-{device}-multiboot2', multiboot2(table=table), seen['multiboot2'], device=device)
			yield Case(f'{table}-{device}-linux', linux(table=table), seen['linux'], device=device)


def variants(seen):
	for memory in ('16', '6G'):
		yield Case(f'memory-{memory}', example(), seen['example'], memory=memory)
		yield Case(f'memory-{memory}-multiboot2', multiboot2(), seen['multiboot2'], memory=memory)
	yield Case('memory-6G-linux', linux(), seen['linux'], memory='6G')
	yield Case('q35', multiboot2(), seen['multiboot2'], extra=('-machine', 'q35'))
	for name in ('reloc.elf', 'elf64.elf', 'aout', '16m.elf'):
		yield Case(f'multiboot2-{name.removesuffix(".elf")}', multiboot2('verdict-mb2-' + name), seen['multiboot2'])
	yield Case('elf-low-segments', Image(('--elf', '{verdict-low-segments.elf}')), (VERDICT,))
	yield Case('linux-32', linux('verdict-linux32'), seen['linux'])
	yield Case('linux-old', linux('verdict-linux-old'), seen['linux'])
	for bits, size in FAT_SIZES.items():
		yield Case(f'fat{bits}', Image((*multiboot2().options, '--size', size), damage=expect_fat(bits)), seen['multiboot2'])


def stage2_damage(sectors, sweep):
	last = sectors - 1
	other = ('serial', r'^mkboot: note: copy A of stage 2 is damaged, copy B was started$')
	sample = range(sectors) if sweep else sorted({0, 1, 2, last - 1, last, *(sectors * part // 8 for part in range(1, 8))})
	for index in sample:
		yield Case(f'copy-a-sector-{index}', example(damage=damage_copy(0, index)), (EXAMPLE, other))
	for index in (0, last):
		yield Case(f'copy-a-sector-{index}-mbr', example('mbr', damage=damage_copy(0, index)), (EXAMPLE, other))
		yield Case(f'copy-a-sector-{index}-unreadable', example(), (EXAMPLE, other),
			unreadable=lambda disk, index=index: [disk.stage2_copies()[0][0] + index])
	# The first try to read it fails, the next one does not: no reason to take the other copy.
	for index in (0, last):
		yield Case(f'copy-a-sector-{index}-fails-once', example(), (EXAMPLE,), reject=(other,), fails_once=True,
			unreadable=lambda disk, index=index: [disk.stage2_copies()[0][0] + index])
	yield Case('copy-a-zero', example(damage=zero_copy), (EXAMPLE, other))
	yield Case('copy-b-damaged', example(damage=damage_copy(1, sectors // 2)), (EXAMPLE,), reject=(other,))
	# bios-stage1/README.md: S is a wrong sum, R a failed read.
	for name, a, b in (('first', 0, 0), ('last', last, last), ('mixed', 0, last // 2)):
		yield Case(f'both-copies-{name}', example(damage=both(damage_copy(0, a), damage_copy(1, b))), (('serial', r'SS$'), ('debugcon', r'SS$')),
			until=('screen', r'^SS'), screen=True)
	yield Case('both-copies-unreadable', example(), (('serial', r'RR$'), ('debugcon', r'RR$')), until=('screen', r'^RR'), screen=True,
		unreadable=lambda disk: [lba for lba, _ in disk.stage2_copies()])


def debugcon(*lines):
	return tuple(('debugcon', line) for line in lines)


def consoles(*lines):
	"""What the loader says, on each of its consoles that a test can read line by line."""
	return tuple((channel, line) for line in lines for channel in ('serial', 'debugcon'))


def trail(*patterns):
	"""What the loader has to say of the first entry, on each console, before it starts the second."""
	lines = [r'^mkboot: starting The first \(first\.conf\)$', *(r'^mkboot: error: .*' + pattern for pattern in patterns),
		r'^mkboot: starting The second \(second\.conf\)$']
	return (*consoles(*lines), EXAMPLE)


def fallback(paths):
	yield Case('first-of-two', two_entries(), (VERDICT,), reject=(('serial', 'The second'),))
	yield Case('default-of-two', two_entries(loader='default second\n'), (EXAMPLE,), reject=(('serial', 'The first'),))
	yield Case('missing-module', two_entries(remove_module), trail('/first/module'))
	yield Case('missing-initrd', two_entries(remove_module, first=FIRST_ENTRY_LINUX, kernel='verdict-linux64'), trail('/first/module'))
	for name, words in (('checksum', '(?i:checksum)'), ('unknown-tag', '(?i:tag)'), ('unknown-request', '(?i:tag|information|request)')):
		yield Case(f'multiboot2-{name}', two_entries(replace_kernel(paths[f'broken-mb2-{name}.elf'])), trail('/first/kernel', words))
	yield Case('kernel-truncated', two_entries(truncate_kernel), trail('/first/kernel.*cut off'))
	for bits, size in FAT_SIZES.items():
		for name, damage, words in (('loop', loop_module_chain, 'loop'), ('cut', cut_module_chain, 'breaks off')):
			yield Case(f'fat{bits}-chain-{name}', two_entries(both(expect_fat(bits), damage), options=('--size', size)),
				trail('/first/module.*' + words))
	for device in ('virtio', 'ahci'):
		yield Case(f'module-fails-once-{device}', two_entries(), (VERDICT,), reject=(('serial', 'The second'),), device=device,
			unreadable=lambda disk: [disk.file_middle_lba('/first/module')], fails_once=True)
		yield Case(f'module-unreadable-{device}', two_entries(), trail('/first/module.*LBA'), device=device,
			unreadable=lambda disk: [disk.file_middle_lba('/first/module')])
	yield Case('all-fail-halt', two_entries(remove_all_kernels, 'on-failure halt\n'), (('serial', NO_ENTRY), ('debugcon', NO_ENTRY)),
		until=('screen', r'^mkboot: halted'), screen=True)
	yield Case('all-fail-reboot', two_entries(remove_all_kernels, 'on-failure reboot\n'), (('serial', NO_ENTRY),), status=0)
	yield Case('gpt-header-damaged', example(damage=damage_gpt_header), (EXAMPLE,))
	yield Case('mbr-logical-circle', example('mbr', damage=damage_logical_partitions),
		(EXAMPLE, ('serial', r'^mkboot: error: the chain of logical partitions of disk 80h comes back to LBA ')))
	yield Case('gpt-entries-damaged', example(damage=damage_gpt_entries), (EXAMPLE,))


def loader_failures(paths):
	"""What is said when the loader itself cannot go on."""
	yield Case('exception', example(damage=replace_code(paths['stage2.elf'], 'boot_run', UNDEFINED_INSTRUCTION)),
		(('serial', r'^mkboot: error: exception 6 in the loader'), ('serial', r'^rip [0-9a-f]{16} rsp'), ('serial', r'^called from: [0-9a-f]+')),
		until=('screen', r'^called from:'), screen=True)
	# When loader.conf has been read, its word counts.
	yield Case('exception-reboot', two_entries(replace_code(paths['stage2.elf'], 'boot_prepare', UNDEFINED_INSTRUCTION), 'on-failure reboot\n'),
		(('serial', r'^mkboot: error: exception 6 in the loader'),), status=0)
	yield Case('no-long-mode', example(), (('serial', r'^mkboot: error: this processor cannot run 64-bit code'),),
		until=('screen', r'^mkboot: error: this processor'), screen=True, extra=('-cpu', 'pentium3'))


def real_kernels():
	yield Case('xen-without-modules', Image(('--multiboot2', '{xen}', '--options', XEN_OPTIONS)),
		(('serial', r'Bootloader: mkboot'), ('serial', r'Xen image load base address: ')), until=XEN_PANIC, memory='512', timeout=LONG)
	for table in ('gpt', 'mbr'):
		yield Case(f'{table}-xen-dom0', xen(table), (USER_SPACE, user_space('mkboot-init: hypervisor xen'), ON_BIOS, PREFLIGHT),
			status=0, memory='1536', timeout=LONG)
	for kernel in ('vmlinuz', 'vmlinuz-cloud', 'vmlinuz-rt'):
		yield Case(f'debian-{kernel}', debian(kernel), (USER_SPACE, ON_BIOS, COMMAND_LINE),
			status=0, memory='512', timeout=LONG)


def plans(paths):
	"""What `mkboot plan` prints is what the kernels see."""
	for name, image in (('multiboot2', multiboot2()), ('multiboot2-reloc', multiboot2('verdict-mb2-reloc.elf')), ('linux', linux()),
			('linux-32', linux('verdict-linux32')), ('elf', example())):
		yield Case(f'plan-{name}', image, (EXAMPLE if name == 'elf' else VERDICT,), memory=plan_compare.MEMORY_MIB,
			check=lambda machine, image: plan_compare.compare(paths['mkboot'], machine, image))


def of_the_tests(paths):
	"""That the tests see what they are to see: boot sectors that write to the disk by INT 13h."""
	for device in DEVICES:
		yield Case(f'writes-are-seen-{device}', example(damage=replace_boot_sector(paths['write-sector.bin'])), device=device, writes=True)


def cases(paths, sweep):
	"""All cases. `paths` is a Files."""
	sectors = os.path.getsize(paths['stage2.bin']) // SECTOR if os.path.exists(paths['stage2.bin']) else 2
	seen = handed_over(paths)
	return [*matrix(seen), *variants(seen), *stage2_damage(sectors, sweep), *fallback(paths), *loader_failures(paths), *real_kernels(), *plans(paths),
		*of_the_tests(paths)]
