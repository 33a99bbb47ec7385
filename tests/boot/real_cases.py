# SPDX-License-Identifier: MIT
"""Cases of what is entered in real mode: Linux by its 16-bit protocol, special images that look like Linux, boot sectors by `chain`."""

import os
import zlib

import plan_compare
from cases import EXAMPLE, LONG, VERDICT, Case, crc32_of, debugcon
from chain_disk import (GRUB_MARK, LOGICAL_LBA, MBR_TABLE, MIB, PARTITION_SECTORS, VOLUME_LBA, VOLUME_SECTORS, add_partition,
	gpt_entry, make_syslinux_volume, put_sectors)
from disk_image import SECTOR, Disk, Image
from machine import Machine

MEMDISK, IPXE = '/usr/lib/syslinux/memdisk', '/boot/ipxe.lkrn'
OPTIONS = 'one two=2 vga=0x317'
SPIN_JUMP = b'\xeb\xfe' # a jump to itself; in a setup header also a length

# How the parts of an image lie: the real-mode part with its stack, the protected-mode part.
TRADITIONAL, ANYWHERE = (0x90000, 0x9800), (0x10000, 0xE000)
LOW, HIGH = 0x10000, 0x100000
LINUX_IMAGES = {'before-2.00': (TRADITIONAL, LOW), 'zimage': (TRADITIONAL, LOW), 'zimage-2.06': (TRADITIONAL, LOW), '2.01': (TRADITIONAL, HIGH),
	'2.03': (ANYWHERE, HIGH), '2.07': (ANYWHERE, HIGH)}


def linux(name, table='gpt'):
	initrd = () if name == 'before-2.00' else ('--initrd', '{payload}')
	return Image(('--linux', '{verdict-real-%s}' % name, *initrd, '--options', OPTIONS), table=table)


def whole_lines(*lines):
	return debugcon(*(rf'^{line}$' for line in lines))


def second_disk(path, device='virtio-blk-pci'):
	"""Words of QEMU's command line: disk 81h."""
	return ('-drive', f'if=none,id=second,format=raw,readonly=on,file={path}', '-device', f'{device},drive=second,bootindex=1')


# --- Linux -----------------------------------------------------------------------------------------------------------------------------

def linux_seen(paths, name):
	(base, stack), kernel = LINUX_IMAGES[name]
	segment = base >> 4
	payload = os.path.join(os.path.dirname(paths['payload']), 'real', 'payload')
	lines = [f'setup.base=0x{base:x}', f'entry.eip=0x{base + 0x200:x}', f'entry.cs=0x{segment + 0x20:x}', f'entry.esp=0x{stack:x}',
		*(f'entry.{name}=0x{segment:x}' for name in ('ds', 'es', 'fs', 'gs', 'ss')), r'entry.cr4=0x0', 'entry.eflags=0x2',
		f'kernel.start=0x{kernel:x}', f'kernel.crc32={crc32_of(payload)}', f'cmdline.start=0x{base + stack:x}', f'cmdline={OPTIONS}',
		'header.vid_mode=0x317']
	if name != 'before-2.00':
		lines += ['header.type_of_loader=0xff', f'initrd.crc32={crc32_of(paths["payload"])}']
	return (VERDICT, *whole_lines(*lines))


def spin_at_entry(name):
	"""Where the jump over the setup header lands, the first instruction of all."""
	def damage(disk):
		kernel = disk.file_read(f'/verdict-real-{name}')
		landing = 0x202 + kernel[0x201]
		disk.file_write(f'/verdict-real-{name}', kernel[:landing] + SPIN_JUMP + kernel[landing + len(SPIN_JUMP):])
	return damage


def hidden_state(segments, **registers):
	"""What QEMU's monitor says at the first instruction: limits of 64 KiB, no table of ours in use."""
	lines = [rf'^{name.upper()} =({value:04x}) {value << 4:08x} 0000ffff 0000(93|9b)00' for name, value in segments.items()]
	lines += [rf'\b{name.upper()}={value:08x}\b' for name, value in registers.items()]
	return tuple(('registers', line) for line in [*lines, r'^IDT= +00000000 000003ff', r'^CR0=00000010 .* CR3=00000000 CR4=00000000', r'^EFER=0{16}'])


def linux_cases(paths):
	for name in LINUX_IMAGES:
		yield Case(f'real-linux-{name}', linux(name), linux_seen(paths, name))
	yield Case('real-linux-2.01-mbr-ide', linux('2.01', 'mbr'), linux_seen(paths, '2.01'), device='ide')
	for memory in ('16', '6G'):
		yield Case(f'real-linux-zimage-{memory}', linux('zimage'), linux_seen(paths, 'zimage'), memory=memory)
	for name in ('2.01', '2.07'):
		yield Case(f'plan-real-linux-{name}', linux(name), (VERDICT,), memory=plan_compare.MEMORY_MIB,
			check=lambda machine, image: plan_compare.compare(paths['mkboot'], machine, image))
	image = Image(linux('2.07').options, damage=spin_at_entry('2.07'))
	segments = {name: 0x1000 for name in ('ds', 'es', 'fs', 'gs', 'ss')} | {'cs': 0x1020}
	yield Case('real-linux-registers', image, hidden_state(segments, esp=0xE000, eax=0, ebx=0, ecx=0, edx=0, esi=0, edi=0, ebp=0),
		until=('registers', r'EIP=000000[3-7][0-9a-f] EFL=00000002 '), registers=True)


def special_images(paths):
	"""Programs that only look like a Linux kernel."""
	harddisk = Image(('--linux', MEMDISK, '--initrd', '{chain-grub.img}', '--options', 'harddisk'))
	yield Case('real-memdisk-grub', harddisk, until=('serial', rf'{GRUB_MARK}$'), timeout=LONG)
	mkboot = Image(('--linux', MEMDISK, '--initrd', '{chain-mkboot.img}', '--options', 'harddisk'))
	yield Case('real-memdisk-mkboot', mkboot, (('serial', r'^example: all \d+ checks passed'),)) # in protected mode memdisk has a task
	yield Case('real-memdisk-floppy', Image((), (('memdisk', '@' + MEMDISK), ('count.img', '@{count-sector.bin}'),
		('loader/entries/m.conf', 'linux /memdisk\ninitrd /count.img\n')), damage=grow_floppy), whole_lines('tsc=0x[0-9A-F]+'))
	yield Case('real-ipxe', Image(('--linux', IPXE, '--options', 'echo MKBOOT-IPXE')),
		(('screen', r'iPXE .*Open Source Network Boot Firmware'),), until=('screen', r'MKBOOT-IPXE'), screen=True, timeout=LONG)


def grow_floppy(disk):
	"""memdisk knows a floppy disk by its size."""
	disk.file_write('/count.img', disk.file_read('/count.img').ljust(1440 * 1024, b'\0'))


# --- chain -----------------------------------------------------------------------------------------------------------------------------

def chain(target, table='gpt', damage=None):
	return Image(('--chain', target), table=table, damage=damage)


def sector_seen(drive, *lines):
	"""How every boot sector is entered."""
	return (VERDICT, *whole_lines('entry.eip=0x7c00', 'entry.esp=0x7c00', *(f'entry.{name}=0x0' for name in ('cs', 'ds', 'fs', 'gs', 'ss')),
		'entry.es=0xf000', f'entry.edx=0x{drive:x}', 'entry.esi=0x7be', 'entry.ebp=0x7be', 'entry.eflags=0x202', 'entry.cr4=0x0',
		'partition.at=0x7be', r'pnp=0xf[0-9a-f]{3}0', *lines))


def partition_seen(drive, type_byte, lba, sectors=VOLUME_SECTORS):
	return sector_seen(drive, 'partition.flag=0x80', f'partition.type=0x{type_byte:x}', f'partition.lba={lba}',
		f'partition.blocks={sectors}', f'bpb.hidden={lba}', f'bpb.drive=0x{drive:x}')


DISK_SEEN = ('partition.flag=0x0', 'partition.type=0x0', 'partition.lba=0', 'bpb.hidden=63', 'bpb.drive=0x0', 'entry.eax=0x0')


def values(text, *names):
	return {name: line.split('=', 1)[1] for line in text.splitlines() for name in names if line.startswith(name + '=')}


def as_the_firmware_left_it(path):
	"""The same sector started by the firmware itself: nothing of the firmware's may be different then."""
	def check(machine, image):
		reference = Machine(machine.path('firmware'), path, extra=second_disk(image))
		reference.run(60)
		names = ('verdict', 'vectors.crc32', 'pic.masks', 'entry.cr0', 'entry.cr4', 'entry.efer', 'screen.mode', 'disk.count', 'memory.kib',
			'sector.crc32', 'entry.eflags', 'entry.cs', 'entry.ds', 'entry.ss')
		ours, firmware = (values(of.text('debugcon'), *names) for of in (machine, reference))
		return [f'by the firmware {name}={firmware.get(name)}, by the loader {ours.get(name)}' for name in names
			if name not in ours or firmware.get(name) != ours[name]]
	return check


def mbr_entry_matches(path, number):
	"""The entry's CHS fields are those that the disk's own table has."""
	def check(machine, image):
		disk = Disk(path)
		at = MBR_TABLE + (number - 1) * 16
		want = {'partition.chs.first': disk.number(at + 1, 3), 'partition.chs.last': disk.number(at + 5, 3)}
		got = values(machine.text('debugcon'), *want)
		return [f'{name} is {got.get(name)}, not {value:#x}' for name, value in want.items() if got.get(name) != f'{value:#x}']
	return check


def gpt_entry_seen(path, number):
	disk = Disk(path)
	crc = zlib.crc32(gpt_entry(disk, number)) if os.path.exists(path) else 0
	return whole_lines('entry.eax=0x54504721', 'partition.gpt.bytes=128', f'partition.gpt.crc32=0x{crc:x}', f'partition.gpt.lba={VOLUME_LBA}')


def with_partition(fill):
	"""Damage: another partition of the loader's own disk."""
	def damage(disk):
		_, lba = add_partition(disk)
		fill(disk, lba)
	return damage


def other_disks(paths):
	mbr, gpt, grub = (paths[f'chain-{kind}.img'] for kind in ('mbr', 'gpt', 'grub'))
	for device in ('virtio', 'ahci', 'usb'):
		yield Case(f'chain-disk-{device}', chain('disk 1'), sector_seen(0x81, *DISK_SEEN), device=device, extra=second_disk(mbr))
	yield Case('chain-disk-as-firmware', chain('disk 1'), (VERDICT,), extra=second_disk(mbr), check=as_the_firmware_left_it(mbr))
	text = (VERDICT, *whole_lines('screen.mode=0x3'), ('serial', r'^mkboot: note: what is started in real mode gets a text screen'))
	yield Case('chain-video', Image(('--chain', 'disk 1', '--video', '1024x768')), text, extra=second_disk(mbr))
	yield Case('chain-video-native', Image((), (('loader/loader.conf', 'video native\n'), ('loader/entries/a.conf', 'chain disk 1\n'))), text,
		extra=second_disk(mbr))
	yield Case('chain-disk-mbr-primary', chain('disk 1 partition 1'), partition_seen(0x81, 0x0C, VOLUME_LBA), extra=second_disk(mbr),
		check=mbr_entry_matches(mbr, 1))
	yield Case('chain-disk-mbr-logical', chain('disk 1 partition 5'), partition_seen(0x81, 0x0C, LOGICAL_LBA), extra=second_disk(mbr))
	yield Case('chain-disk-gpt', chain('disk 1 partition 1'), (*partition_seen(0x81, 0xED, VOLUME_LBA), *gpt_entry_seen(gpt, 1)),
		extra=second_disk(gpt))
	yield Case('chain-grub', chain('disk 1'), until=('serial', rf'{GRUB_MARK}$'), extra=second_disk(grub))
	segments = {'cs': 0, 'ds': 0, 'es': 0xF000, 'fs': 0, 'gs': 0, 'ss': 0}
	yield Case('chain-registers', chain('disk 1'), hidden_state(segments, esp=0x7C00, edx=0x81, esi=0x7BE, ebp=0x7BE, eax=0, ebx=0, ecx=0),
		until=('registers', r'EIP=00007c00 EFL=00000202 '), registers=True, extra=second_disk(paths['chain-spin.img']))


def own_partitions(paths):
	verdict = with_partition(lambda disk, lba: put_sectors(disk, lba, paths['verdict-sector.bin']))
	syslinux = with_partition(lambda disk, lba: make_syslinux_volume(disk, lba, paths['verdict-real-2.07']))
	for table, number, type_byte in (('gpt', 3, 0xED), ('mbr', 2, 0x0C)):
		yield Case(f'chain-partition-{table}', chain(f'partition {number}', table, verdict),
			partition_seen(0x80, type_byte, r'\d+', PARTITION_SECTORS), check=lba_agrees)
		yield Case(f'chain-syslinux-{table}', chain(f'partition {number}', table, syslinux), (VERDICT, ('serial', r'^SYSLINUX 6\.\S+ '),
			*whole_lines(r'cmdline=BOOT_IMAGE=/kernel by syslinux')))
	yield Case('plan-chain', chain('partition 3', 'gpt', verdict), (VERDICT,), memory=plan_compare.MEMORY_MIB,
		check=lambda machine, image: plan_compare.compare(paths['mkboot'], machine, image))


def last_partition_lba(image):
	"""Of the one that add_partition() has made."""
	return os.path.getsize(image) // SECTOR - MIB // SECTOR - PARTITION_SECTORS


def lba_agrees(machine, image):
	"""Where the partition begins, which only the image knows: the entry, and the BPB that was corrected."""
	want = str(last_partition_lba(image))
	got = values(machine.text('debugcon'), 'partition.lba', 'bpb.hidden')
	return [f'{name} is {value}, not {want}' for name, value in got.items() if value != want]


def entries(*targets):
	"""One entry for each target, in this order, and a kernel as the way out."""
	files = [(f'loader/entries/{i}.conf', f'title Try {i}\nsort-key {i}\nchain {target}\n') for i, target in enumerate(targets)]
	return (*files, ('loader/entries/z.conf', 'title The way out\nsort-key z\nelf /kernel\noptions qemu-exit\n'), ('kernel', '@{example-kernel}'))


def spoil_entry(disk):
	"""What `mkboot create` would not put there."""
	disk.file_write('/loader/entries/0.conf', b'chain hd0\n')


def trails(*sentences):
	lines = [rf'^mkboot: error: cannot start {i}\.conf: {sentence}' for i, sentence in enumerate(sentences)]
	return (*(('serial', line) for line in lines), ('serial', r'^mkboot: starting The way out \(z\.conf\)$'), EXAMPLE)


def failures(paths):
	yield Case('chain-failures', Image((), entries('disk 2', 'disk 1 partition 4', 'disk 1 partition 2', 'disk 0', 'partition 9')), trails(
		'boot sector of disk 2: there is no disk 2: the BIOS counts 2 in all$',
		r'boot sector of disk 1 partition 4: disk 81h has no partition 4$',
		'boot sector of disk 1 partition 2: the sector does not end with 55h AAh: there is no boot code in it$',
		'boot sector of disk 0: this disk, 0x80 of INT 13h, is the one that the loader itself was started from$',
		'boot sector of partition 9: disk 80h has no partition 9$'), extra=second_disk(paths['chain-gpt.img']))
	yield Case('chain-unreadable', Image((), entries('partition 3'), damage=with_partition(lambda disk, lba: None)),
		trails(r'boot sector of partition 3: cannot read disk 80h at LBA \d+: INT 13h failed'),
		unreadable=lambda disk: [last_partition_lba(disk.path)])
	yield Case('chain-disk-4096', Image((), entries('disk 1')), trails('boot sector of disk 1: disk 81h has sectors of 4096 bytes'),
		extra=second_disk(paths['chain-mbr.img'], 'nvme,serial=second,logical_block_size=4096,physical_block_size=4096'))
	yield Case('chain-syntax', Image((), entries('disk 1'), damage=spoil_entry), (EXAMPLE, ('serial',
		r'^mkboot: error: /loader/entries/0\.conf:1: chain "hd0": this does not name a disk or a partition$')))
	tree = (*entries('disk 1', 'partition 2'), ('loader/entries/2.conf', 'title Try 2\nsort-key 2\nlinux /old\n'), ('old', '@{verdict-real-2.07}'))
	yield Case('uefi-real-mode', Image((), tree), trails('boot sector of disk 1: "chain" needs a BIOS, and this machine was started by UEFI$',
		'boot sector of partition 2: "chain" needs a BIOS', r'kernel /old can only be started in real mode, and UEFI has none: '),
		firmware='uefi', timeout=LONG)


def cases(paths):
	return [*linux_cases(paths), *special_images(paths), *other_disks(paths), *own_partitions(paths), *failures(paths)]
