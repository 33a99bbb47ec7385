# SPDX-License-Identifier: MIT
"""
The boot cases of Multiboot 1 and 2 that the matrices do not have: what Multiboot 1 hands over, on which firmware it starts, what the screen
shows, and headers and images that are wrong or at the edge of what is allowed. One boot tries all that has to be refused, entry by entry,
and ends with a kernel that starts.
"""

import plan_compare
from cases import FIRST_ENTRY, LONG, ON_BIOS, USER_SPACE, VERDICT, XEN_OPTIONS, Case, crc32_of, debugcon, trail, two_entries
from disk_image import Image

FIRST_ENTRY_MULTIBOOT = 'title The first\nsort-key a\nmultiboot /first/kernel\nmodule /first/module\n'

# Bits of the boot information's flags under SeaBIOS: memory, boot device, command line, modules, map, loader's name, APM, screen...
FLAGS_BIOS, FLAG_ELF_SECTIONS = 0x164f, 1 << 5
FLAGS_UEFI = FLAGS_BIOS & ~(1 << 1 | 1 << 10) # ...and there is neither drive nor APM


def multiboot(kernel='verdict-mb1.elf', *more, table='gpt'):
	return Image(('--multiboot', '{%s}' % kernel, '--options', 'one two=2', '--module', '{payload} first module', '--module', '{payload.gz}', *more),
		table=table)


def handed_over(paths, kernel, flags):
	flags |= FLAG_ELF_SECTIONS if kernel.endswith('.elf') and 'kludge' not in kernel else 0
	return (VERDICT, *debugcon(rf'^flags={flags:#x}$', rf'^cmdline=/{kernel} one two=2$', r'^module\.0\.start=0x[0-9a-f]+000$',
		r'^module\.0\.string=/payload first module$', rf'^module\.0\.crc32={crc32_of(paths["payload"])}$',
		r'^module\.1\.string=/payload\.gz$', rf'^module\.1\.crc32={crc32_of(paths["payload.gz"])}$'))


def kernels(paths):
	for name in ('.elf', '-elf64.elf', '-kludge', '-kludge-elf64.elf'):
		kernel = 'verdict-mb1' + name
		seen = handed_over(paths, kernel, FLAGS_BIOS)
		yield Case('multiboot' + name.removesuffix('.elf'), multiboot(kernel), (*seen, *debugcon(r'^bootdev=0x8001ffff$')))
	seen = handed_over(paths, 'verdict-mb1.elf', FLAGS_BIOS)
	yield Case('multiboot-mbr', multiboot(table='mbr'), (*seen, *debugcon(r'^bootdev=0x8000ffff$')))
	yield Case('multiboot-q35', multiboot(), seen, extra=('-machine', 'q35'))
	for memory in ('16', '6G'):
		yield Case(f'multiboot-memory-{memory}', multiboot(), seen, memory=memory)
	for name in ('.elf', '-kludge'):
		yield Case(f'plan-multiboot{name.removesuffix(".elf")}', multiboot('verdict-mb1' + name), (VERDICT,), memory=plan_compare.MEMORY_MIB,
			check=lambda machine, image: plan_compare.compare(paths['mkboot'], machine, image))


def on_uefi(paths):
	yield Case('uefi-multiboot-refused', two_entries(first=FIRST_ENTRY_MULTIBOOT, kernel='verdict-mb1.elf'),
		(*trail('/first/kernel is for machines with a BIOS'), ('serial', r'^mkboot: hint: .*multiboot-uefi on')), firmware='uefi')
	for name in ('.elf', '-kludge-elf64.elf'):
		kernel = 'verdict-mb1' + name
		yield Case(f'uefi-multiboot-asked-for{name.removesuffix(".elf")}', multiboot(kernel, '--multiboot-uefi', 'on'),
			(*handed_over(paths, kernel, FLAGS_UEFI), *debugcon(r'^framebuffer\.type=1$')), firmware='uefi')
	yield Case('uefi-plan-multiboot', multiboot('verdict-mb1.elf', '--multiboot-uefi', 'on'), (VERDICT,), memory=plan_compare.MEMORY_MIB,
		firmware='uefi', check=lambda machine, image: plan_compare.compare(paths['mkboot'], machine, image, 'uefi'))


# --- the screen ------------------------------------------------------------------------------------------------------------------------

def screens(paths):
	"""Kernels that ask for pixels. verdict-mb2-video.elf cannot do without."""
	video = {'/first/kernel': paths['verdict-mb2-video.elf']}
	yield Case('multiboot2-needs-a-screen', two_entries(replace_all(video)),
		trail(r'the flags tag at offset 0x[0-9a-f]+ requires a console that the kernel can use'), extra=('-vga', 'none'))
	pixels = (VERDICT, *debugcon(r'^framebuffer\.width=800$', r'^framebuffer\.height=600$', r'^framebuffer\.bits=32$', r'^framebuffer\.type=1$'))
	vbe = debugcon(r'^vbe\.mode=0x4[0-9a-f]+$')
	for key, kernel, uefi in (('multiboot', 'verdict-mb1-video.elf', ('--multiboot-uefi', 'on')), ('multiboot2', 'verdict-mb2-video.elf', ())):
		words = ('--' + key, '{%s}' % kernel)
		yield Case(f'{key}-video', Image(words), (*pixels, *vbe))
		yield Case(f'uefi-{key}-video', Image((*words, *uefi)), pixels, firmware='uefi')
	# The user's word counts more than the kernel's: one can do with text, the other cannot.
	yield Case('multiboot-video-text', Image(('--multiboot', '{verdict-mb1-video.elf}', '--video', 'text')),
		(VERDICT, *debugcon(r'^framebuffer\.type=2$')))
	yield Case('multiboot2-video-text', two_entries(replace_all(video), first=FIRST_ENTRY + 'video text\n'),
		trail(r'the flags tag at offset 0x[0-9a-f]+ requires a console that the kernel can use: the screen shows text'))


# --- what is wrong, and what is only just right ------------------------------------------------------------------------------------------

def replace_all(files):
	"""Puts files of the host over files of the boot volume."""
	def damage(disk):
		for name, path in files.items():
			with open(path, 'rb') as file:
				disk.file_write(name, file.read())
	return damage


OVERLAP = r'segments 0 and 1 of the kernel overlap: both have the memory at 0x[0-9a-f]+'
ENTRY = r'the entry 0x7000000 is in none of the kernel\'s segments'
HOLE = r'segment 1: there is not RAM everywhere from 0xa0000 '
VECTORS = r'segment 1 cannot have the memory from 0x0 to 0x[0-9a-f]+'
OUTSIDE = r' at offset 0x[0-9a-f]+ of the kernel cannot be served: the entry 0x7000000 is outside the kernel\'s image'

# Damaged file: what the loader has to say.
BROKEN_1 = {
	'checksum.elf': r'the Multiboot 1 header at offset 0x[0-9a-f]+ has a bad checksum',
	'unknown-bit.elf': r'the Multiboot 1 header of the file at offset 0x[0-9a-f]+ cannot be served: bit 5 of the flags 0x23',
	'past-window.flat': r'the Multiboot 1 header at offset 0x1fe4 does not fit the first 8192 bytes, or the file: by its flags 0x10003 it has 32 bytes',
	'unaligned.flat': r'its Multiboot 1 header is at offset 0x[0-9a-f]+, which is not a multiple of 4',
	'entry-field.flat': r'the header\'s entry address' + OUTSIDE,
	'overlap.elf': OVERLAP, 'entry.elf': ENTRY, 'hole.elf': HOLE,
}
BROKEN_2 = {
	'zero-tag.elf': r'the tag at offset 0x[0-9a-f]+ does not fit the Multiboot2 header, .*: the flags tag, type 4, says that it has 0 bytes',
	'long-tag.elf': r'the tag at offset 0x[0-9a-f]+ does not fit the Multiboot2 header, .*: the flags tag, type 4, says that it has 65536 bytes',
	'console.elf': r'the flags tag at offset 0x[0-9a-f]+ requires a console',
	'past-window.flat': r'the Multiboot2 header at offset 0x[0-9a-f]+ does not fit the first 32768 bytes, or the file',
	'unaligned.flat': r'its Multiboot2 header is at offset 0x[0-9a-f]+, which is not a multiple of 8',
	'entry-tag.flat': r'the entry address tag' + OUTSIDE,
	'overlap.elf': OVERLAP, 'entry.elf': ENTRY, 'hole.elf': HOLE,
}
BROKEN_ON_BIOS = {'vectors.elf': VECTORS} # where UEFI has ended nobody needs them


def headers_case(name, paths, key, version, broken, firmware):
	"""All that is broken in one way or another, then the kernel whose header is at the last possible offset."""
	setting = 'multiboot-uefi on\n' if version == 1 else ''
	last = f'verdict-mb{version}-edge'
	tree = [('loader/entries/99-edge.conf', f'sort-key 99\n{key} /edge\n{setting}'), ('edge', '@{%s}' % last)]
	for number, file in enumerate(broken, 10):
		tree += [(f'loader/entries/{number}-broken.conf', f'sort-key {number}\n{key} /{number}-{file}\n{setting}'),
			(f'{number}-{file}', '@{%s}' % last)]
	files = {f'/{number}-{file}': paths[f'broken-mb{version}-{file}'] for number, file in enumerate(broken, 10)}
	lines = [rf'^mkboot: error: cannot start {number}-broken\.conf: .*{words}' for number, words in enumerate(broken.values(), 10)]
	return Case(name, Image((), tuple(tree), damage=replace_all(files)), (VERDICT, *debugcon(*lines), *(('serial', line) for line in lines)),
		firmware=firmware)


def headers(paths):
	for prefix, firmware, more in (('', 'bios', BROKEN_ON_BIOS), ('uefi-', 'uefi', {})):
		yield headers_case(f'{prefix}multiboot-headers', paths, 'multiboot', 1, {**BROKEN_1, **more}, firmware)
		yield headers_case(f'{prefix}multiboot2-headers', paths, 'multiboot2', 2, {**BROKEN_2, **more}, firmware)


# --- Xen -------------------------------------------------------------------------------------------------------------------------------

def real_kernels():
	image = Image(('--multiboot', '{xen}', '--options', XEN_OPTIONS, '--module', '{vmlinuz} console=hvc0 mkboot.test', '--module', '{initrd}'))
	yield Case('multiboot-xen-dom0', image, (USER_SPACE, ('serial', r'Bootloader: mkboot'), ('serial', r'^mkboot-init: hypervisor xen$'), ON_BIOS),
		status=0, memory='1536', timeout=LONG)


def cases(paths):
	return [*kernels(paths), *on_uefi(paths), *screens(paths), *headers(paths), *real_kernels()]
