# SPDX-License-Identifier: MIT
"""What `mkboot inspect` says of disks that others boot, of damaged tables and how to mend them, and of what `create` makes for firmware."""

import os
import re
import struct
import subprocess

from support import GPT_VOLUME, MBR_VOLUME, SECTOR, boots, check, create, equal, file_on, inspect, mkboot, read, sparse, tool, write
import support

LOADER = '::/EFI/BOOT/BOOTX64.EFI'
GRUB, SYSLINUX, ISOLINUX = '/usr/lib/grub', '/usr/lib/SYSLINUX', '/usr/lib/ISOLINUX'
SYSTEMD_BOOT, SHIM = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi', '/usr/lib/shim/shimx64.efi'


def kernel():
	return support.KERNEL


def verdict(seen, firmware):
	found = seen['boots'][firmware]
	check((found['by'] is None) == (found['verdict'] != 'yes') and (found['why'] is None) == (found['verdict'] == 'yes'), str(found))
	return found['by'] or found['verdict']


def problem(seen, words):
	"""The problem that says these words."""
	for found in seen['problems']:
		if words in found['why']:
			return found
	raise support.Failure(f'no {words!r} in {seen["problems"]}')


def put_loader(image, program, volume=GPT_VOLUME):
	tool('mcopy', '-o', '-i', f'{image}@@{volume}', program, LOADER)


# --- by whose loader -------------------------------------------------------------------------------------------------------------------

def test_verdict_form():
	create('--elf', kernel(), 'x.img')
	seen = inspect('x.img')
	equal(seen['format'], 2, 'format')
	equal(seen['boots'], {name: {'verdict': 'yes', 'by': 'mkboot', 'why': None} for name in ('bios', 'uefi')}, 'boots')
	write('x.img', bytes(440), 0)
	seen = inspect('x.img')
	equal(seen['boots']['bios'], {'verdict': 'no', 'by': None, 'why': 'the first sector is no boot sector: it holds no code'}, 'boots')
	out = mkboot('inspect', 'x.img').expect(0).out
	check('boots       BIOS: no, UEFI: by mkboot\n            BIOS: the first sector is no boot sector' in out, out)


def test_verdict_efi_programs():
	"""Real loaders from Debian's packages, and programs that have the marks of others."""
	create('--elf', kernel(), 'x.img')
	write('own.efi', file_on('x.img', GPT_VOLUME, LOADER[2:]))
	other = read('own.efi').replace(b'\nmkboot,1,', b'\nother1,1,')
	programs = {'shim': SHIM, 'systemd-boot': SYSTEMD_BOOT, 'an unknown EFI program': write('other.efi', other),
		'iPXE': '/usr/lib/ipxe/ipxe.efi', 'rEFInd': write('refind.efi', other + 'rEFInd'.encode('utf-16le')),
		'Windows': write('windows.efi', other + b'\0bootmgfw.pdb\0'), 'Limine': write('limine.efi', other + b'\0limine.conf\0')}
	at = struct.unpack_from('<I', other, 0x3C)[0]
	tool('objcopy', '--add-section', f'.linux={kernel()}', '--change-section-vma', '.linux=0x1000000', 'other.efi', 'uki.efi')
	tool('grub-mkimage', '-O', 'x86_64-efi', '-p', '/grub', '-o', 'grub.efi', 'normal')
	write('bare.efi', other[at:at + 1024] + other[1024:]) # without a DOS header, which firmware takes
	for name, program in [*programs.items(), ('a unified kernel image', 'uki.efi'), ('GRUB', 'grub.efi'),
			('an unknown EFI program', 'bare.efi'),
			('GRUB', f'{GRUB}/x86_64-efi/monolithic/grubx64.efi')]:
		put_loader('x.img', program)
		seen = inspect('x.img')
		equal((verdict(seen, 'uefi'), seen['uefi']['name'], seen['uefi']['state']), (name, name, "not mkboot's"), program)
		check(f'BIOS: by mkboot, UEFI: by {name}' in mkboot('inspect', '--firmware', 'uefi', 'x.img').expect(0).out, name)


def test_verdict_unknown():
	"""Exit status 3 is for `no` alone."""
	create('--elf', kernel(), 'x.img')
	own = file_on('x.img', GPT_VOLUME, LOADER[2:])
	put_loader('x.img', write('changed.efi', own[:-1] + bytes([own[-1] ^ 1])))
	seen = inspect('x.img')
	equal((seen['uefi']['state'], verdict(seen, 'uefi')), ('damaged or changed', 'unknown'), 'changed')
	problem(seen, 'is damaged or changed')
	mkboot('inspect', '--firmware', 'uefi', 'x.img').expect(0)
	done = create('--elf', kernel(), '--efi-loader', 'changed.efi', 'y.img')
	check('warning: UEFI loader: changed.efi: it is of this version' in done.err, done.err)
	tool('mdel', '-i', f'x.img@@{GPT_VOLUME}', LOADER)
	mkboot('inspect', '--firmware', 'uefi', 'x.img').expect(3, 'would not boot')
	tool('mmd', '-i', f'x.img@@{GPT_VOLUME}', '::/EFI/debian')
	equal(verdict(inspect('x.img'), 'uefi'), 'no', 'an empty folder')
	tool('mcopy', '-i', f'x.img@@{GPT_VOLUME}', SHIM, '::/EFI/debian/')
	seen = inspect('x.img')
	equal(verdict(seen, 'uefi'), 'unknown', 'only an entry of the firmware starts it')
	check('/EFI/debian' in seen['boots']['uefi']['why'], seen['boots'])
	tool('mcopy', '-i', f'x.img@@{GPT_VOLUME}', 'changed.efi', '::/EFI/BOOT/BOOTIA32.EFI')
	problem(inspect('x.img'), '/EFI/BOOT/BOOTIA32.EFI is for the firmware of other processors: 32-bit x86')


def put_code(image, code):
	write(image, code[:440], 0)


def test_verdict_boot_sectors():
	create('--elf', kernel(), 'x.img')
	windows = b'\x33\xc0Invalid partition table\0Error loading operating system\0Missing operating system\0'
	for code, by in ((read(f'{GRUB}/i386-pc/boot.img'), 'GRUB'), (read(f'{ISOLINUX}/isohdpfx.bin'), 'ISOLINUX'),
			(read(f'{SYSLINUX}/altmbr.bin'), 'SYSLINUX'), (b'\xeb\x3c\x90LIMINE  ', 'Limine'), (b'\xeb\xfe', 'a foreign boot sector'),
			(bytes(440), 'no'), (read(f'{SYSLINUX}/gptmbr.bin'), 'no'), (read(f'{SYSLINUX}/mbr.bin'), 'no'), (windows, 'no')):
		put_code('x.img', code.ljust(440, b'\0'))
		seen = inspect('x.img')
		equal((verdict(seen, 'bios'), seen['stage1'], boots(seen, 'uefi')), (by, 'absent', True), repr(code[:40]))
		mkboot('inspect', '--firmware', 'bios', 'x.img').expect(3 if by == 'no' else 0)
	write('x.img', bytes(2), 510)
	check('55h AAh' in inspect('x.img', 3)['boots']['bios']['why'], 'signature')


def test_verdict_chained_boot_sectors():
	"""Code that goes on with a partition boots what is there."""
	for table, volume, code in ('gpt', GPT_VOLUME, f'{SYSLINUX}/gptmbr.bin'), ('mbr', MBR_VOLUME, f'{SYSLINUX}/mbr.bin'):
		create('--table', table, '--elf', kernel(), 'x.img')
		put_code('x.img', read(code).ljust(440, b'\0'))
		if table == 'gpt':
			check('legacy BIOS bootable' in inspect('x.img')['boots']['bios']['why'], 'no partition has the attribute')
			tool('sgdisk', '-A', '2:set:2', 'x.img')
		equal(verdict(inspect('x.img'), 'bios'), 'no', 'a volume of mkfs.fat')
		tool('syslinux', '--offset', volume, '--install', 'x.img')
		equal(verdict(inspect('x.img'), 'bios'), 'SYSLINUX', table)
	write('x.img', b'\0', 446)
	check('an active partition' in inspect('x.img')['boots']['bios']['why'], 'no partition is active')


def test_verdict_of_others_alone():
	"""A disk without anything of mkboot has no problem, though mkboot would find nothing to boot there."""
	tool('truncate', '-s', '64M', 'x.img')
	tool('sgdisk', '-n', '1:2048:0', '-t', '1:ef00', 'x.img')
	tool('mkfs.fat', '-F', '32', '-s', '1', '--offset', '2048', 'x.img', (126976 - 34) // 2)
	check(not boots(inspect('x.img', 3), 'uefi'), 'an empty ESP')
	tool('mmd', '-i', f'x.img@@{1 << 20}', '::/EFI', '::/EFI/BOOT')
	put_loader('x.img', SYSTEMD_BOOT, 1 << 20)
	seen = inspect('x.img')
	equal((verdict(seen, 'bios'), verdict(seen, 'uefi')), ('no', 'systemd-boot'), 'verdicts')
	check(not any(found['serious'] for found in seen['problems']), seen['problems'])
	mkboot('inspect', '--firmware', 'bios', 'x.img').expect(3)


def test_verdict_of_hybrid_images():
	"""ISO images that boot from a disk, too."""
	tool('mkfs.fat', '-C', 'efi.img', '12000')
	tool('mmd', '-i', 'efi.img', '::/EFI', '::/EFI/BOOT')
	tool('mcopy', '-i', 'efi.img', f'{GRUB}/x86_64-efi/monolithic/grubx64.efi', LOADER)
	os.makedirs('iso/isolinux')
	for source in f'{ISOLINUX}/isolinux.bin', '/usr/lib/syslinux/modules/bios/ldlinux.c32', 'efi.img':
		tool('cp', source, 'iso/isolinux/')
	common = ('xorriso', '-as', 'mkisofs', '-o', 'x.iso', '-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat', '-no-emul-boot',
		'-boot-load-size', '4', '-boot-info-table', '-eltorito-alt-boot', '-e', 'isolinux/efi.img', '-no-emul-boot')
	hybrid = ('-isohybrid-mbr', f'{ISOLINUX}/isohdpfx.bin')
	for options, wanted in ((*hybrid, '-isohybrid-gpt-basdat'), ('ISOLINUX', 'GRUB')), \
			((*hybrid, '-append_partition', '2', '0xef', 'efi.img'), ('ISOLINUX', 'GRUB')), \
			((*hybrid, '-append_partition', '2', '0xef', 'efi.img', '-appended_part_as_gpt'), ('ISOLINUX', 'GRUB')), \
			((), ('no', 'unknown')):
		tool(*common, *options, 'iso')
		seen = inspect('x.iso')
		equal((verdict(seen, 'bios'), verdict(seen, 'uefi')), wanted, options)
		os.unlink('x.iso')


# --- tables ----------------------------------------------------------------------------------------------------------------------------

def test_verdict_mending_a_gpt():
	"""The command of the hint makes it good, and what boots stays as it was."""
	last = (64 << 20) - SECTOR

	def flip(offset):
		return lambda: write('my disk.img', bytes(byte ^ 0x55 for byte in read('my disk.img', offset, 4)), offset)

	def both_differ():
		tool('cp', 'my disk.img', 'other.img')
		tool('sgdisk', '-c', '2:changed', 'other.img')
		write('my disk.img', read('other.img', SECTOR, 33 * SECTOR), SECTOR)

	def zero(offset, sectors):
		return lambda: write('my disk.img', bytes(sectors * SECTOR), offset)

	for damage, words in ((flip(SECTOR + 60), 'the primary GPT is damaged'), (flip(2 * SECTOR + 40), 'the primary GPT is damaged'),
			(zero(SECTOR, 33), 'the primary GPT is damaged'), (flip(last + 60), 'backup is damaged or missing'),
			(zero(last - 32 * SECTOR, 33), 'backup is damaged or missing'), (both_differ, 'do not say the same'),
			(lambda: os.truncate('my disk.img', 80 << 20), 'the disk is larger than the table'),
			(lambda: os.truncate('my disk.img', 63 << 20), 'there is no backup GPT'),
			(lambda: os.truncate('my disk.img', (64 << 20) - SECTOR), 'there is no backup GPT')):
		create('--force', '--elf', kernel(), 'my disk.img') # it was damaged, so it is not known to be mkboot's
		equal(inspect('my disk.img')['problems'], [], 'as it was made')
		before = inspect('my disk.img')
		damage()
		seen = inspect('my disk.img')
		found = problem(seen, words)
		check(not found['serious'] and boots(seen), seen['problems'])
		check("sgdisk -e 'my disk.img'" in found['hint'], found)
		environment = support.environment(PATH=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
		subprocess.run(found['hint'], shell=True, check=True, env=environment, capture_output=True)
		seen = inspect('my disk.img')
		equal(seen['problems'], [], f'{words}, mended by {found["hint"]}')
		check(boots(seen) and seen['table']['id'] == before['table']['id'], words)
		check('No problems found' in tool('sgdisk', '-v', 'my disk.img'), words)


def test_verdict_partition_types():
	"""Every type that fdisk knows has a name, and every discoverable one."""
	sparse('x.img', 64 << 20)
	types = re.findall(r'^ *([0-9A-Fa-f-]{36})  (\S.*)$', tool('sfdisk', '-T', '-X', 'gpt'), re.MULTILINE)
	check(len(types) > 100, 'sfdisk lists few types')
	types += [('0CF191C8-3B54-433A-B715-68C6FA4086DE', 'Linux root (Motorola 68000)'), ('57E13958-7331-4365-8E6E-35EEEE17C61B', 'Linux /usr (MIPS-64 BE)'),
		('71BBEE31-FC3C-4BA4-8050-0B75ED32B466', 'Linux /usr verity signature (SuperH)')]
	own = {'EFI System': 'EFI system partition', 'BIOS boot': 'BIOS boot partition', 'Linux extended boot': 'extended boot loader partition'}
	for first in range(0, len(types), 100):
		lines = [f'start={2048 + 8 * i}, size=8, type={guid}' for i, (guid, _) in enumerate(types[first:first + 100])]
		subprocess.run(['sfdisk', '-q', 'x.img'], input='label: gpt\n' + '\n'.join(lines), text=True, check=True, env=support.environment(
			PATH=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'))
		uses = [part['use'] for part in inspect('x.img', 3)['table']['partitions']]
		equal(uses, [own.get(name, name) for _, name in types[first:first + 100]], 'names')
	for code, name in (0x83, 'Linux'), (0xEF, 'EFI (FAT-12/16/32)'), (0xEA, 'boot loader partition'), (0x07, 'HPFS/NTFS/exFAT'), (0x7B, ''):
		write('x.img', bytes(510) + b'\x55\xaa', 0)
		write('x.img', struct.pack('<4xB3xII', code, 2048, 8), 446)
		equal(inspect('x.img', 3)['table']['partitions'][0]['use'], name, hex(code))


def test_verdict_sector_size():
	create('--sector-size', '4096', '--elf', kernel(), 'x.img')
	equal((inspect('x.img')['sector_bytes'], verdict(inspect('x.img'), 'uefi')), (4096, 'mkboot'), 'by itself')
	seen = mkboot('inspect', '--sector-size', '512', 'x.img').expect(3)
	check('was made for sectors of 4096 bytes, and the disk\'s have 512' in seen.out, seen.out)
	mkboot('inspect', '--sector-size', '1024', 'x.img').expect(2, '512 or 4096')
	mkboot('inspect', '--sector-size', 'x', 'x.img').expect(2)


# --- what create makes -----------------------------------------------------------------------------------------------------------------

def test_verdict_of_every_size():
	"""FAT32 has at least 65525 clusters and FAT16 fewer: firmware passes over anything else."""
	sizes = [('512', size) for size in ('4M', '10M', *(f'{mib}M' for mib in range(32, 38)), '64M', '300M', '2G')]
	sizes += [('4096', size) for size in ('4M', '33M', '40M', *(f'{mib}M' for mib in range(256, 263)), '512M', '3G')]
	tables = {'512': (('gpt', GPT_VOLUME), ('mbr', MBR_VOLUME)), '4096': (('gpt', 1 << 20),)}
	widths = set()
	for sector, size in sizes:
		for table, volume in tables[sector]:
			create('--sector-size', sector, '--table', table, '--size', size, '--elf', kernel(), 'x.img')
			boot = read('x.img', volume, 512)
			bytes_per, per_cluster, reserved, copies, root, small, _, fat = struct.unpack_from('<HBHBHHBH', boot, 11)
			large, fat32 = struct.unpack_from('<II', boot, 32)
			used = reserved + copies * (fat or fat32) + (root * 32 + bytes_per - 1) // bytes_per
			clusters = ((small or large) - used) // per_cluster
			check((fat == 0) == (clusters >= 65525), f'{sector} {size} {table}: {clusters} clusters, FAT32: {fat == 0}')
			equal(verdict(inspect('x.img'), 'uefi'), 'mkboot', f'{sector} {size} {table}')
			widths.add((sector, 32 if fat == 0 else 16 if clusters >= 4085 else 12))
	equal(len(widths), 6, f'widths of FAT: {sorted(widths)}')


def test_verdict_overlapping_sections():
	"""Firmware loads one section over the other without a word: a unified kernel image is worth nothing then."""
	create('--elf', kernel(), 'x.img')
	write('own.efi', file_on('x.img', GPT_VOLUME, LOADER[2:]))
	write('data', bytes(100000))
	sections = ('--add-section', '.linux=data', '--change-section-vma', '.linux=0x1000000', '--add-section', '.initrd=data')
	for address, good in ('0x1019000', True), ('0x1018000', False), ('0x0ff0000', False):
		tool('objcopy', *sections, '--change-section-vma', f'.initrd={address}', 'own.efi', 'uki.efi')
		done = mkboot('create', '--uki', 'uki.efi', 'y.img').expect(0 if good else 7)
		check(good or ('sections overlap' in done.err and '.linux' in done.err and '.initrd' in done.err), done.err)
		done = create('--efi', 'uki.efi', 'y.img')
		equal('warning: sections overlap' in done.err, not good, 'a program may do without it')
		put_loader('x.img', 'uki.efi')
		equal(any('overlap in memory' in found['why'] for found in inspect('x.img')['problems']), not good, 'as BOOTX64.EFI')
