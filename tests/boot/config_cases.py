# SPDX-License-Identifier: MIT
"""
Entries as people and distributions write them, on both firmwares: boot counters in names, several paths on an initrd line, GRUB's
variables, slashes of other systems, a title in Korean.
"""

from cases import VERDICT, Case, debugcon
from disk_image import Image
from uefi_cases import crc32_joined

TITLE = '한국어 Café'


def make_mistakes(disk):
	"""What `mkboot create` would refuse."""
	disk.mtools('mdel', '::/gone')
	for name in ('/loader/loader.conf', '/loader/entries/sys+3-1.conf'):
		disk.file_write(name, disk.file_read(name).replace(b'#', b''))


def image(kernel, option):
	entry = f'title {TITLE}\nsort-key m\nlinux \\\\sub//kernel\ninitrd /payload\t\\sub\\payload.gz $tuned_initrd\noptions one $tuned_params {option}\n#linx /x\n'
	return Image((), (('loader/loader.conf', 'default /loader/entries/sys.conf\n#timout 5\n'), ('loader/entries/sys+3-1.conf', entry),
		('loader/entries/gone+0-3.conf', 'sort-key a\nelf /gone\n'), ('loader/entries/way-out.conf', 'sort-key b\nelf /gone\n'),
		('sub/kernel', '@{%s}' % kernel), ('payload', '@{payload}'), ('sub/payload.gz', '@{payload.gz}'), ('gone', '@{example-kernel}')),
		damage=make_mistakes)


def cases(paths):
	notes = (r'^mkboot: note: /loader/loader\.conf:2: unknown key "timout": did you mean "timeout"\?$',
		r'^mkboot: note: /loader/entries/sys\+3-1\.conf:4: "\$tuned_initrd" is a variable of GRUB; it is left out$',
		r'^mkboot: note: /loader/entries/sys\+3-1\.conf:5: "\$tuned_params" is a variable of GRUB; it is left out$',
		r'^mkboot: note: /loader/entries/sys\+3-1\.conf:6: unknown key "linx": did you mean "linux"\?$')
	started = rf'^mkboot: starting {TITLE} \(sys\+3-1\.conf\)$'
	# A letter of two columns keeps them where there is no glyph for it.
	bare = r'mkboot: starting \? \? \?  Caf%s \(sys\+3-1\.conf\)$'
	seen = (VERDICT, *debugcon(*notes, started, rf'^initrd\.crc32={crc32_joined(paths["payload"], paths["payload.gz"])}$'))
	yield Case('config-field', image('verdict-linux64', 'stay'), (*seen, *debugcon(r'^cmdline=one stay$'), ('serial', started), ('screen', '^' + bare % 'é')),
		screen=True, until=VERDICT)
	# The firmware has the serial port, and a terminal there that knows ASCII only.
	yield Case('uefi-config-field', image('efi-verdict.efi', 'two=2'), (*seen, *debugcon(r'^options=one two=2$'), ('serial', bare % r'\?')), firmware='uefi')
