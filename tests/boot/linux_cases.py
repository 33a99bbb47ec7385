# SPDX-License-Identifier: MIT
"""Boot cases of the Linux protocol's corners and of PVH, with real kernels; cases.py and uefi_cases.py have the plain ones."""

from cases import FIRST_ENTRY_LINUX, VERDICT, Case, crc32_of, handed_over, linux, replace_kernel, trail, two_entries

SEEDED = ('debugcon', r'^setup_data\.\d+\.type=9$')
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
	yield Case('linux-no-random-seed', linux(), (*seen, ('debugcon', r'^setup_data\.count=0$')), extra=WITHOUT_RDRAND)


def cases(paths):
	return [*initrds(paths), *random_seeds(paths)]
