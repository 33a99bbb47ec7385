# SPDX-License-Identifier: MIT
"""
Where a kernel may lie: at 1 MiB, at 16 MiB with 300 MiB of modules, and on the loader itself, which is then moved at the last moment
(staging). Under both firmwares, by two protocols: boot/kernels/staging.c looks at every byte, staging.mk says where its segments are.
"""

from cases import EXAMPLE, LONG, VERDICT, Case, crc32_of, debugcon
from disk_image import Image
from uefi_cases import damage_all, replace

PROTOCOLS = {'mb2': 'multiboot2', 'elf': 'elf'}
FIRMWARES = (('bios', ''), ('uefi', 'uefi-'))
LARGE = ('large-1', 'large-2', 'large-3')
LAST = (('loader/entries/last.conf', 'sort-key 99\nelf /example\noptions qemu-exit\n'), ('example', '@{example-kernel}'))


def kernel(protocol, place, *options):
	return Image(('--' + PROTOCOLS[protocol], '{staging-%s-%s.elf}' % (protocol, place), *options))


def covering():
	"""All of the loader below 1 MiB and at the end of RAM; under UEFI its image, and much of what the firmware uses."""
	for protocol in PROTOCOLS:
		yield Case(f'staging-{protocol}-over-loader', kernel(protocol, 'bios', '--module', '{payload}'), (VERDICT,), memory='64')
		seen = debugcon(r'^covered\.loader=0x[1-9a-f][0-9a-f]{4,}$', r'^covered\.firmware=0x[1-9a-f][0-9a-f]{5,}$')
		yield Case(f'uefi-staging-{protocol}-over-loader', kernel(protocol, 'uefi', '--module', '{payload}'), (VERDICT, *seen), memory='256',
			firmware='uefi')
	yield Case('staging-over-unpacked', Image(('--multiboot2', '{staging-mb2-bios.elf.gz}')), (VERDICT,), memory='64')


def large_modules(paths):
	"""
	With memory to spare, with just enough, and with too little: then the trail says for what, and the next entry is started. OVMF has its
	stack in the middle of the free memory, so there each module has to lie on one side of it.
	"""
	seen = (VERDICT, *debugcon(*(rf'^module\.{number}\.crc32={crc32_of(paths[name])}$' for number, name in enumerate(LARGE))))
	lacking = debugcon(r'^mkboot: error: cannot start first\.conf: .*no 104857600 bytes of free memory below 0x100000000 for module 3 /large-3$',
		r'^mkboot: hint: give the machine more memory')
	files = tuple((name, '@{%s}' % name) for name in LARGE)
	for protocol, key in PROTOCOLS.items():
		entry = f'sort-key 1\n{key} /kernel\n' + ''.join(f'module /{name}\n' for name in LARGE)
		image = Image((), (('loader/entries/first.conf', entry), ('kernel', '@{staging-%s-16m.elf}' % protocol), *files, *LAST))
		for firmware, prefix, enough, too_little in (('bios', '', '320', '316'), ('uefi', 'uefi-', '400', '380')):
			name = f'{prefix}staging-{protocol}-16m-300m'
			yield Case(name, image, seen, memory='512', firmware=firmware, timeout=LONG)
			if protocol == 'mb2':
				yield Case(f'{name}-just-enough', image, seen, memory=enough, firmware=firmware, timeout=LONG)
			yield Case(f'{name}-too-little', image, (*lacking, EXAMPLE), memory=too_little, firmware=firmware)


# (id, the segments, what the loader has to say of them under a BIOS, and under UEFI; None: it starts there)
NO_RAM = r'segment \d: there is not RAM everywhere from 0x%x to 0x%x: at 0x%x there is '
REFUSED = (
	('vectors', r'segment \d cannot have the memory from 0x0 to 0x1000: .* belongs to interrupt vectors and BIOS data', None),
	('hole', NO_RAM % (0x9F000, 0xA1000, 0x9FC00) + 'memory that the firmware keeps', NO_RAM % (0x9F000, 0xA1000, 0xA0000) + 'no memory'),
	('top', *(NO_RAM % (0xFFFF000, 0x10000000, 0xFFFF000) + there for there in ('memory that the firmware keeps', 'memory of ACPI'))),
	('beyond', *(2 * (NO_RAM % (0x8FFF0000, 0x8FFF1000, 0x8FFF0000) + 'no memory',))),
	('twice', *(2 * (r'(segments 0 and \d of the kernel overlap: both have|segment \d cannot have|segment \d at virtual address 0x101000 shares)',))),
)


def refused(paths):
	"""
	A segment where no kernel can have it: the trail names it and what is there, and the next entry is tried. `mkboot create` would refuse
	some of these images, so the kernels are put into them later.
	"""
	for number, (firmware, prefix) in enumerate(FIRMWARES):
		tries = [(f'{name}-{protocol}', f'staging-{protocol}-{name}.elf', protocol, why[number])
			for name, *why in REFUSED for protocol in PROTOCOLS if why[number]]
		entries = tuple((f'loader/entries/{title}.conf', f'sort-key {at:02}\n{PROTOCOLS[protocol]} /{title}\n')
			for at, (title, _, protocol, _) in enumerate(tries))
		sound = tuple((title, '@{staging-%s-1m.elf}' % protocol) for title, _, protocol, _ in tries)
		damage = damage_all([replace('/' + title, file)(paths) for title, file, _, _ in tries])
		lines = debugcon(*(rf'^mkboot: error: cannot start {title}\.conf: .*{why}' for title, _, _, why in tries))
		yield Case(f'{prefix}staging-refused', Image((), (*entries, *sound, *LAST), damage=damage), (*lines, EXAMPLE), firmware=firmware)


def no_room():
	"""No memory is left for what the loader adds, or to stage in."""
	full = (r'^mkboot: error: cannot start first\.conf: .*(no \d+ bytes of free memory below|segment \d: the loader is in the way at .*: no free memory) ',
		r'^mkboot: hint: give the machine more memory')
	for firmware, prefix, place, memory in (('bios', '', 'full', '64'), ('uefi', 'uefi-', 'full-uefi', '128')):
		for protocol, key in PROTOCOLS.items():
			tree = (('loader/entries/first.conf', f'sort-key 1\n{key} /kernel\n'), ('kernel', '@{staging-%s-%s.elf}' % (protocol, place)), *LAST)
			yield Case(f'{prefix}staging-{protocol}-no-room', Image((), tree), (*debugcon(*full), EXAMPLE), memory=memory, firmware=firmware)


def cases(paths):
	return [*covering(), *large_modules(paths), *refused(paths), *no_room()]
