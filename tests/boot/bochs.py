# SPDX-License-Identifier: MIT
"""A Bochs machine for one boot: another BIOS, another processor, with VT-x, and other chips than QEMU's, all written by others."""

import hashlib
import os

from emulator import Emulator

# Both read ATA disks only. The legacy one has no ACPI.
BIOSES = {'bochs': '/usr/share/bochs/BIOS-bochs-latest', 'bochs-legacy': '/usr/share/bochs/BIOS-bochs-legacy'}
VIDEO_BIOS = '/usr/share/vgabios/vgabios.bin'
# Bochs offers its screen to VNC clients on the loopback address, and does not wait for one.
CONFIGURATION = '''\
config_interface: textconfig
display_library: rfb, options="timeout=0"
cpu: model={processor}, ips=50000000, reset_on_triple_fault=0
memory: guest={memory}, host={memory}
romimage: file={bios}
vgaromimage: file={video_bios}
ata0-master: type=disk, mode=flat, path="{image}"
boot: disk
com1: enabled=1, mode=file, dev="{serial}"
port_e9_hack: enabled=1
log: "{log}"
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
sound: driver=dummy
'''
PROCESSOR = 'corei7_haswell_4770'


def digest(path):
	with open(path, 'rb') as file:
		return hashlib.file_digest(file, 'sha256').digest()


class Bochs(Emulator):
	"""
	One Bochs, whose disk is `image`, a file that belongs to it alone. Its files are in `folder`: serial.log, debugcon.log (with Bochs's own
	first words), bochs.log, bochsrc, command. A kernel cannot end it: a case says until when it runs.
	"""

	messages = 'bochs'

	def __init__(self, folder, image, memory='256', extra=(), firmware='bochs'):
		"""`extra`: lines of its configuration."""
		super().__init__(folder, ['bochs-bin', '-q', '-f', os.path.join(folder, 'bochsrc'), '-rc', os.path.join(folder, 'debugger')],
			('serial', 'debugcon'))
		self.image = image
		self.configuration = CONFIGURATION.format(processor=PROCESSOR, memory=memory, bios=BIOSES[firmware], video_bios=VIDEO_BIOS,
			image=image, serial=self.path('serial.log'), log=self.path('bochs.log')) + ''.join(line + '\n' for line in extra)
		self.written = False

	def writes(self):
		"""What the loader wrote to its disk."""
		return ['the image is not as it was'] if self.written else []

	def run(self, timeout, until, *looks):
		assert until and not any(looks), 'Bochs runs until something is printed, and only QEMU can be looked into'
		os.makedirs(self.folder, exist_ok=True)
		for name, text in (('bochsrc', self.configuration), ('debugger', 'continue\n')): # Debian's Bochs has its debugger built in
			with open(self.path(name), 'w', encoding='utf-8') as file:
				file.write(text)
		before = digest(self.image)
		with open(self.path('debugcon.log'), 'ab') as debugcon, self.started(stdout=debugcon, cwd=self.folder):
			self.wait(timeout, until)
		self.written = digest(self.image) != before
