# SPDX-License-Identifier: MIT
"""
Where kernels look for what they are handed: kernels that map 4 MiB before they read it, on machines of all sizes, and Debian's tboot, which
lays the Linux that it starts behind the boot information.
"""

from cases import COMMAND_LINE, LONG, USER_SPACE, VERDICT, Case, crc32_of, debugcon
from disk_image import Image

MEMORIES = ('512', '2G', '6G')
LITTLE = {'multiboot': 'verdict-mb1-little.elf', 'multiboot2': 'verdict-mb2-little.elf', 'pvh': 'verdict-pvh-little.elf'}
ON_UEFI = {'multiboot': ('--multiboot-uefi', 'on')}

TBOOT_OPTIONS = 'logging=serial serial=115200,8n1,0x3f8 min_ram=0x2000000'


def little(paths):
	"""A boot by UEFI takes long, and its memory below 4 MiB is the same whatever comes above: there each protocol has one machine."""
	for number, (key, kernel) in enumerate(LITTLE.items()):
		words = ('--' + key, '{%s}' % kernel, '--module', '{payload} first module', '--module', '{payload.gz}')
		seen = (VERDICT, *debugcon(r'^mapped\.bytes=0x400000$', rf'^module\.0\.crc32={crc32_of(paths["payload"])}$',
			rf'^module\.1\.crc32={crc32_of(paths["payload.gz"])}$'))
		for memory in MEMORIES:
			yield Case(f'{key}-little-{memory}', Image(words), seen, memory=memory)
		yield Case(f'uefi-{key}-little', Image((*words, *ON_UEFI.get(key, ()))), seen, memory=MEMORIES[number], firmware='uefi')


def tboot():
	seen = (USER_SPACE, ('serial', r'^TBOOT: '), COMMAND_LINE)
	for key in ('multiboot', 'multiboot2'):
		image = Image(('--' + key, '{tboot}', '--options', TBOOT_OPTIONS, '--module', '{vmlinuz} console=ttyS0 mkboot.test', '--module', '{initrd}'))
		yield Case(f'{key}-tboot-linux', image, seen, status=0, memory='1024', timeout=LONG)


def cases(paths):
	return [*little(paths), *tboot()]
