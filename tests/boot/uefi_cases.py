# SPDX-License-Identifier: MIT
"""
The boot cases under OVMF. Reaching a program takes its time there, so one boot has many checks: entries that fail, or that are programs
which come back, are tried in the order of the menu, and the last one is a kernel that ends the machine.
"""

import zlib

import firmware_differences
import plan_compare
from cases import (COMMAND_LINE, EXAMPLE, LONG, NO_ENTRY, ON_UEFI, PREFLIGHT, USER_SPACE, VERDICT, XEN_OPTIONS, Case, crc32_of, debian, debugcon,
	example, expect_fat, multiboot2, trail, two_entries, user_space, xen)
from disk_image import Image
from machine import DEVICES_4096, UEFI_DEVICES

MULTIBOOT2 = {'multiboot2': 'verdict-mb2.elf', 'multiboot2-efi': 'verdict-mb2-efi.elf', 'multiboot2-services': 'verdict-mb2-bs.elf'}

# Programs that come back: Linux as a PE image with two initrds, and a program with options that reads a file of its own volume.
CHAIN = (
	('loader/entries/1-linux.conf', 'sort-key 1\nlinux /verdict.efi\ninitrd /payload\ninitrd /payload.gz\noptions return one two=2\n'),
	('loader/entries/2-efi.conf', 'sort-key 2\nefi /deep/er/verdict.efi\noptions return read=/payload\n'),
	('loader/entries/3-uki.conf', 'sort-key 3\nuki /EFI/Linux/unified.efi\noptions return unified\n'),
	('EFI/Linux/unified.efi', '@{efi-uki.efi}'), ('verdict.efi', '@{efi-verdict.efi}'), ('deep/er/verdict.efi', '@{efi-verdict.efi}'),
	('payload', '@{payload}'), ('payload.gz', '@{payload.gz}'),
)
FINAL = {
	'example': ('elf /kernel\nmodule /payload first module\noptions qemu-exit\n', '{example-kernel}'),
	**{name: ('multiboot2 /kernel\noptions one two=2\nmodule /payload first module\nmodule /payload.gz\n', '{%s}' % file)
		for name, file in MULTIBOOT2.items()},
}


def chain(final, options=(), **more):
	text, kernel = FINAL[final]
	return Image(options, (*CHAIN, ('loader/entries/4-last.conf', 'sort-key 4\n' + text), ('kernel', '@' + kernel)), **more)


def crc32_joined(first, second):
	"""Of two initrds, the first filled up with zero bytes to a multiple of four."""
	try:
		with open(first, 'rb') as one, open(second, 'rb') as two:
			data = one.read()
			return f'0x{zlib.crc32(data + bytes(-len(data) % 4) + two.read()):x}'
	except FileNotFoundError:
		return 'missing'


def chain_seen(paths):
	"""What the programs of CHAIN say, and what the loader says of their return."""
	payload = crc32_of(paths['payload'])
	return debugcon(
		r'^mkboot: starting 1-linux \(1-linux\.conf\)$', r'^options=return one two=2$', r'^path=\\verdict\.efi$', r'^initrd=none$|^initrd\.bytes=',
		rf'^initrd\.crc32={crc32_joined(paths["payload"], paths["payload.gz"])}$',
		r'^mkboot: error: cannot start 1-linux\.conf: /verdict\.efi was started and came back: aborted: .*as it was told', r'^mkboot: starting 2-efi \(2-efi\.conf\)$',
		r'^options=/deep/er/verdict\.efi return read=/payload$', r'^path=\\deep\\er\\verdict\.efi$', rf'^read\.crc32={payload}$',
		r'^initrd=none$', r'^mkboot: error: cannot start 2-efi\.conf: .*aborted', r'^mkboot: starting 3-uki \(3-uki\.conf\)$', r'^options=return unified$',
		r'^path=\\EFI\\Linux\\unified\.efi$', r'^mkboot: starting 4-last \(4-last\.conf\)$')


def final_seen(final, paths):
	payload, packed = crc32_of(paths['payload']), crc32_of(paths['payload.gz'])
	if final == 'example':
		return (EXAMPLE, *debugcon(r'^example: command line "qemu-exit"$',
			rf'^example: module 0 at 0x[0-9a-f]+000, \d+ bytes, CRC-32 {payload}: "/payload" "first module"$'))
	return (VERDICT, *debugcon(r'^firmware=UEFI$', r'^cmdline=/kernel one two=2$', r'^module\.0\.string=/payload first module$',
		rf'^module\.0\.crc32={payload}$', rf'^module\.1\.crc32={packed}$'))


def matrix(paths):
	seen = chain_seen(paths)
	for final in FINAL:
		for table in ('gpt', 'mbr'):
			for device in UEFI_DEVICES:
				yield Case(f'uefi-{table}-{device}-{final}', chain(final, table=table), (*seen, *final_seen(final, paths)), firmware='uefi', device=device)
		for device in DEVICES_4096:
			yield Case(f'uefi-gpt-{device}-{final}', chain(final, options=('--sector-size', '4096')), (*seen, *final_seen(final, paths)),
				firmware='uefi', device=device)


def variants(paths):
	seen = chain_seen(paths)
	for memory in ('128', '6G'):
		for final in ('example', 'multiboot2', 'multiboot2-efi'):
			yield Case(f'uefi-memory-{memory}-{final}', chain(final), (*seen, *final_seen(final, paths)), firmware='uefi', memory=memory)
	for name in ('reloc.elf', 'elf64.elf', 'aout', '16m.elf'):
		image = multiboot2('verdict-mb2-' + name)
		yield Case(f'uefi-multiboot2-{name.removesuffix(".elf")}', image, (VERDICT, *debugcon(r'^firmware=UEFI$')), firmware='uefi')
	for bits, size in ((12, '5M'), (16, '16M')):
		yield Case(f'uefi-fat{bits}', Image((*example().options, '--size', size), damage=expect_fat(bits)), (EXAMPLE,), firmware='uefi')
	yield Case('uefi-menu', Image((*example().options, '--timeout', '2')), (EXAMPLE, ('serial', 'example-kernel')), firmware='uefi')


# --- failures --------------------------------------------------------------------------------------------------------------------------

def remove(name):
	return lambda paths: lambda disk: disk.mtools('mdel', '::' + name)


def replace(name, by):
	def with_paths(paths):
		def damage(disk):
			with open(paths[by], 'rb') as file:
				disk.file_write(name, file.read())
		return damage
	return with_paths


def damage_all(damages):
	def damage(disk):
		for each in damages:
			each(disk)
	return damage


# (id, its entry, its damage, what the loader has to say)
FAILURES = (
	('missing-module', 'multiboot2 /kernel.mb2\nmodule /lost\n', remove('/lost'), r'module /lost'),
	('missing-initrd', 'linux /verdict.efi\ninitrd /gone\n', remove('/gone'), r'initrd /gone'),
	('bad-checksum', 'multiboot2 /checksum.mb2\n', replace('/checksum.mb2', 'broken-mb2-checksum.elf'), r'(?i:checksum)'),
	('unknown-tag', 'multiboot2 /tag.mb2\n', replace('/tag.mb2', 'broken-mb2-unknown-tag.elf'), r'(?i:tag)'),
	('no-stub', 'linux /stub.efi\n', replace('/stub.efi', 'verdict-linux64'), r'without an EFI stub'),
	('not-a-program', 'efi /program.efi\n', replace('/program.efi', 'payload'), r'not a PE image'),
	('not-a-uki', 'uki /unified.efi\n', replace('/unified.efi', 'efi-verdict.efi'), r'no section \.linux'),
)


def failures(paths):
	files = {'lost': 'payload', 'gone': 'payload', 'kernel.mb2': 'verdict-mb2.elf', 'checksum.mb2': 'verdict-mb2.elf',
		'tag.mb2': 'verdict-mb2.elf', 'verdict.efi': 'efi-verdict.efi', 'stub.efi': 'efi-verdict.efi', 'program.efi': 'efi-verdict.efi', 'unified.efi': 'efi-uki.efi',
		'kernel': 'example-kernel'}
	entries = tuple((f'loader/entries/{name}.conf', f'sort-key {number}\n{text}') for number, (name, text, _, _) in enumerate(FAILURES))
	image = Image((), (*entries, ('loader/entries/last.conf', 'sort-key 9\nelf /kernel\noptions qemu-exit\n'),
		*((name, '@{%s}' % file) for name, file in files.items())), damage=damage_all([damage(paths) for _, _, damage, _ in FAILURES]))
	lines = debugcon(*(rf'^mkboot: error: cannot start {name}\.conf: .*{words}' for name, _, _, words in FAILURES))
	serial = tuple(('serial', line.lstrip('^')) for _, line in lines)
	yield Case('uefi-failures', image, (*lines, *serial, EXAMPLE), firmware='uefi')
	# Not AHCI: there OVMF 2022.11 reports a read that failed as a success, with nothing read.
	for device in ('virtio', 'nvme'):
		def middle(disk):
			return [disk.file_middle_lba('/first/module')]
		yield Case(f'uefi-module-fails-once-{device}', two_entries(), (VERDICT,), reject=(('serial', 'The second'),), device=device,
			firmware='uefi', unreadable=middle, fails_once=True)
		yield Case(f'uefi-module-unreadable-{device}', two_entries(), trail('/first/module.*LBA'), device=device, firmware='uefi', unreadable=middle)
	nothing = Image((), (('loader/entries/a.conf', 'elf /kernel\n'), ('kernel', '@{example-kernel}')), damage=remove('/kernel')(paths))
	halt = Image((), (*nothing.tree, ('loader/loader.conf', 'on-failure halt\n')), damage=nothing.damage)
	yield Case('uefi-all-fail-halt', halt, (('serial', NO_ENTRY),), until=('serial', r'^mkboot: halted'), firmware='uefi')
	reboot = Image((), (*nothing.tree, ('loader/loader.conf', 'on-failure reboot\n')), damage=nothing.damage)
	yield Case('uefi-all-fail-reboot', reboot, (('serial', NO_ENTRY),), status=0, firmware='uefi')


# --- Secure Boot -----------------------------------------------------------------------------------------------------------------------

def secure_boot(paths):
	"""The loader is signed, and so is the last kernel; everything else is refused, each with its reason."""
	entries = (('1-multiboot2', 'multiboot2 /kernel.mb2\n', r'.*Secure Boot is on.*'), ('2-elf', 'elf /kernel.elf\n', r'.*Secure Boot is on.*'),
		('3-unsigned', 'efi /unsigned.efi\n', r'.*(?i:denied|security|signed).*'), ('4-linux', 'linux /unsigned.efi\n', r'.*(?i:denied|security|signed).*'))
	tree = (*((f'loader/entries/{name}.conf', f'sort-key {name}\n{text}') for name, text, _ in entries),
		('loader/entries/5-signed.conf', 'sort-key 5\nefi /signed.efi\noptions x\n'), ('kernel.mb2', '@{verdict-mb2.elf}'),
		('kernel.elf', '@{example-kernel}'), ('unsigned.efi', '@{efi-verdict.efi}'), ('signed.efi', '@{efi-verdict.signed.efi}'))
	lines = debugcon(*(rf'^mkboot: error: cannot start {name}\.conf: {words}' for name, _, words in entries), r'^mkboot: starting 5-signed', r'^options=/signed\.efi x$')
	yield Case('secure-boot', Image(('--efi-loader', '{BOOTX64.signed.EFI}'), tree), (*lines, VERDICT), firmware='secure-boot', memory='512')
	linux = Image(('--efi-loader', '{BOOTX64.signed.EFI}', '--linux', '{vmlinuz.signed}', '--initrd', '{initrd}', '--options', 'console=ttyS0 mkboot.test'))
	yield Case('secure-boot-linux', linux, (USER_SPACE, ON_UEFI, ('serial', r'(?i:secure boot enabled)')), status=0, firmware='secure-boot',
		memory='512', timeout=LONG)


# --- kernels of others -----------------------------------------------------------------------------------------------------------------

XEN_EFI = (
	('xen.efi', '@{xen.efi}'), ('xen.cfg', f'[global]\ndefault=debian\n\n[debian]\noptions={XEN_OPTIONS}\nkernel=vmlinuz console=hvc0 mkboot.test\n'
		'ramdisk=initrd.gz\n'),
	('vmlinuz', '@{vmlinuz}'), ('initrd.gz', '@{initrd}'), ('loader/entries/xen.conf', 'efi /xen.efi\n'),
)


def real_kernels():
	"""The images are those of the cases without "uefi-" in their names: the same files, unchanged."""
	dom0 = (USER_SPACE, ON_UEFI, user_space('mkboot-init: hypervisor xen'))
	for table in ('gpt', 'mbr'):
		yield Case(f'uefi-{table}-xen-dom0', xen(table), (*dom0, ('serial', r'Bootloader: mkboot'), PREFLIGHT), status=0, memory='1536', timeout=LONG, firmware='uefi')
	yield Case('uefi-xen-efi', Image((), XEN_EFI), dom0, status=0, memory='1536', timeout=LONG, firmware='uefi')
	for kernel in ('vmlinuz', 'vmlinuz-cloud', 'vmlinuz-rt'):
		yield Case(f'uefi-debian-{kernel}', debian(kernel), (USER_SPACE, ON_UEFI, COMMAND_LINE),
			status=0, memory='512', timeout=LONG, firmware='uefi')


def comparisons(paths):
	# Modules that fit above the loader: what lies below it moves with the loader's own size.
	relocated = Image(('--multiboot2', '{verdict-mb2-efi.elf}', '--module', '{payload}'))
	for name, image in (('multiboot2', multiboot2()), ('multiboot2-efi', relocated), ('elf', example())):
		yield Case(f'uefi-plan-{name}', image, (EXAMPLE if name == 'elf' else VERDICT,), memory=plan_compare.MEMORY_MIB, firmware='uefi',
			check=lambda machine, image: plan_compare.compare(paths['mkboot'], machine, image, 'uefi'))
	for name, image in (('multiboot2', multiboot2()), ('elf', example())):
		yield Case(f'firmware-differences-{name}', image, (EXAMPLE if name == 'elf' else VERDICT,), firmware='uefi',
			check=lambda machine, image, name=name: firmware_differences.compare(machine, image, name))


def of_the_tests():
	"""That a write to the disk is seen there, too."""
	for device in UEFI_DEVICES:
		yield Case(f'writes-are-seen-uefi-{device}', Image(('--efi', '{efi-write.efi}')), (VERDICT,), firmware='uefi', device=device, writes=True)


def cases(paths):
	return [*matrix(paths), *variants(paths), *failures(paths), *secure_boot(paths), *real_kernels(), *comparisons(paths), *of_the_tests()]
