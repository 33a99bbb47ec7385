# SPDX-License-Identifier: MIT
"""Boot cases of the Linux protocol's corners and of PVH, with real kernels; cases.py and uefi_cases.py have the plain ones."""

import plan_compare
from cases import (FIRST_ENTRY_LINUX, LONG, ON_BIOS, USER_SPACE, VERDICT, Case, crc32_of, handed_over, linux, replace_kernel, trail, two_entries,
	user_space)
from disk_image import Image

SEEDED = ('debugcon', r'^setup_data\.\d+\.type=9$')
MEMTEST_RUNS = ('serial', r'#[1-9] +\[') # a test after the first; some are over before they can be seen
WITH_RDRAND, WITHOUT_RDRAND = ('-cpu', 'max'), ('-cpu', 'qemu64,-rdrand')


def initrds(paths):
	"""A kernel that takes a small initrd below 4 GiB only. The payload is larger."""
	seen = (VERDICT, ('debugcon', rf'^initrd\.crc32={crc32_of(paths["payload"])}$'))
	high = linux('verdict-linux64-low-initrd')
	yield Case('linux-high-initrd', high, (*seen, ('debugcon', r'^initrd\.start=0x100000000$')), memory='5G')
	words = 'takes its initrd below 0x104000 only'
	yield Case('linux-high-initrd-no-entry', two_entries(replace_kernel(paths['verdict-linux32-low-initrd']), first=FIRST_ENTRY_LINUX,
		kernel='verdict-linux32'), trail(words), memory='5G')
	yield Case('linux-high-initrd-no-memory', two_entries(first=FIRST_ENTRY_LINUX, kernel='verdict-linux64-low-initrd'),
		trail(r'no \d+ bytes of free memory'))


def random_seeds(paths):
	seen = handed_over(paths)['linux']
	for kernel in ('64', '32'):
		yield Case(f'linux-random-seed-{kernel}', linux(f'verdict-linux{kernel}'), (*seen, SEEDED), extra=WITH_RDRAND)
	yield Case('linux-random-seed-2.02', linux('verdict-linux-old'), (*seen, ('debugcon', r'^setup_data\.count=0$')), extra=WITH_RDRAND)
	# Linux itself lists the element on a BIOS, and the configuration table on UEFI. It is told not to trust the processor's own numbers, so
	# only a seed makes it ready at once.
	image = Image(('--linux', '{vmlinuz}', '--initrd', '{initrd}', '--options', 'console=ttyS0 random.trust_cpu=off mkboot.test'))
	for firmware, prefix, sign in (('bios', '', user_space('mkboot-init: setup_data type 0x9')[1]), ('uefi', 'uefi-', r'\] efi: .* RNG=0x')):
		signs = (('serial', sign), ('serial', r'^\[ +0\.000000\] random: crng init done$'))
		yield Case(f'{prefix}linux-random-seed-debian', image, (USER_SPACE, *signs), extra=WITH_RDRAND, status=0, memory='512', timeout=LONG,
			firmware=firmware)
		yield Case(f'{prefix}linux-no-random-seed-debian', image, (USER_SPACE,), reject=signs, extra=WITHOUT_RDRAND, status=0, memory='512',
			timeout=LONG, firmware=firmware)
	yield Case('linux-no-random-seed', linux(), (*seen, ('debugcon', r'^setup_data\.count=0$')), extra=WITHOUT_RDRAND)


# --- PVH -------------------------------------------------------------------------------------------------------------------------------

FIRMWARES = ('bios', ''), ('uefi', 'uefi-')


def pvh(kernel, **more):
	return Image(('--pvh', '{%s}' % kernel, '--options', 'one two=2', '--module', '{payload} first module', '--module', '{payload.gz}'), **more)


def pvh_seen(paths):
	"""Strings are what the entry says: no path is put in front of them."""
	return (VERDICT, *(('debugcon', line) for line in (r'^verdict\.protocol=pvh$', r'^cmdline=one two=2$', r'^module\.0\.string=first module$',
		rf'^module\.0\.crc32={crc32_of(paths["payload"])}$', r'^module\.1\.string=$', rf'^module\.1\.crc32={crc32_of(paths["payload.gz"])}$')))


def pvh_kernels(paths):
	seen = pvh_seen(paths)
	for firmware, prefix in FIRMWARES:
		for bits in ('32', '64'):
			yield Case(f'{prefix}pvh-{bits}', pvh(f'verdict-pvh-{bits}.elf'), seen, firmware=firmware)
		yield Case(f'{prefix}pvh-memory-6G', pvh('verdict-pvh-64.elf'), seen, firmware=firmware, memory='6G')
		yield Case(f'{prefix}plan-pvh', pvh('verdict-pvh-32.elf'), seen, firmware=firmware, memory=plan_compare.MEMORY_MIB,
			check=lambda machine, image, firmware=firmware: plan_compare.compare(paths['mkboot'], machine, image, firmware))
	yield Case('pvh-no-modules', Image(('--pvh', '{verdict-pvh-32.elf}')), (VERDICT, ('debugcon', r'^module\.count=0$'), ('debugcon', r'^cmdline=$')))
	first = 'title The first\nsort-key a\npvh /first/kernel\nmodule /first/module\n'
	yield Case('pvh-no-note', two_entries(replace_kernel(paths['example-kernel']), first=first, kernel='verdict-pvh-32.elf'),
		trail('/first/kernel has no PVH entry'))


# --- kernels of others -----------------------------------------------------------------------------------------------------------------

def vmlinux():
	"""Debian's kernel without its setup code: it never learns that the machine has UEFI."""
	image = Image(('--pvh', '{vmlinux}', '--module', '{initrd}', '--options', 'console=ttyS0 mkboot.test'))
	for firmware, prefix in FIRMWARES:
		yield Case(f'{prefix}pvh-vmlinux', image, (USER_SPACE, ON_BIOS, user_space(r'mkboot-init: cmdline console=ttyS0 mkboot\.test')), status=0,
			memory='512', timeout=LONG, firmware=firmware)


def memtest():
	"""It tests memory until it is switched off."""
	options = ('--options', 'console=ttyS0,115200 nobench nosm nopause')
	seen = ('serial', r'Memtest86\+ v\d')
	yield Case('memtest', Image(('--linux', '{memtest}', *options)), (seen,), until=MEMTEST_RUNS, timeout=LONG)
	for key in ('linux', 'efi'):
		yield Case(f'uefi-memtest-{key}', Image((f'--{key}', '{memtest.efi}', *options)), (seen,), until=MEMTEST_RUNS, timeout=LONG, firmware='uefi')


def cases(paths):
	return [*initrds(paths), *random_seeds(paths), *pvh_kernels(paths), *vmlinux(), *memtest()]
