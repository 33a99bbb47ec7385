# SPDX-License-Identifier: MIT
"""A QEMU machine for one boot: its command line, its run, and what it left behind."""

import json
import os
import re
import select
import subprocess
import time

from emulator import Emulator

QEMU = 'qemu-system-x86_64'
SCREEN_ADDRESS, SCREEN_COLUMNS, SCREEN_LINES = 0xB8000, 80, 25
PASSED = 33  # exit status of QEMU after a kernel wrote 16 to isa-debug-exit: (16 << 1) | 1
QMP_SECONDS = 10

# How the loader's disk is attached under a BIOS. `ide-hd` refuses a read-only disk, so IDE and AHCI get a copy of the image.
# Writes are counted in all cases: see Machine.writes().
READ_ONLY, COPY, SNAPSHOT = 'readonly=on', 'readonly=off', 'snapshot=on'
DEVICES = {
	'virtio': (READ_ONLY, ['-device', 'virtio-blk-pci,drive=boot,bootindex=0']),
	'ide': (COPY, ['-device', 'ide-hd,drive=boot,bus=ide.0,bootindex=0']),
	'ahci': (COPY, ['-device', 'ahci,id=ahci', '-device', 'ide-hd,drive=boot,bus=ahci.0,bootindex=0']),
	'nvme': (READ_ONLY, ['-device', 'nvme,serial=mkboot,drive=boot,bootindex=0']),
	'usb': (READ_ONLY, ['-device', 'qemu-xhci,id=xhci', '-device', 'usb-storage,drive=boot,bus=xhci.0,bootindex=0']),
}

# UEFI firmware does not send a write to a read-only disk at all, so there every disk can be written to, and what is written is dropped.
UEFI_DEVICES = ('virtio', 'ahci', 'nvme', 'usb')
DEVICES_4096 = {
	'nvme-4096': (READ_ONLY, ['-device', 'nvme,serial=mkboot,drive=boot,bootindex=0,logical_block_size=4096,physical_block_size=4096']),
}

OVMF, OVMF_4M = '/usr/share/OVMF/OVMF_%s.fd', '/usr/share/OVMF/OVMF_%s_4M%s.fd'
SNAKEOIL = '/usr/share/ovmf/PkKek-1-snakeoil' # key (passphrase "snakeoil") and certificate that the firmware below trusts


def flash(code, variables):
	"""With a store for its variables OVMF does not write a file of them to the first disk that it finds."""
	return ['-drive', f'if=pflash,unit=0,format=raw,readonly=on,file={code}', '-drive', f'if=pflash,unit=1,format=raw,snapshot=on,file={variables}']


FIRMWARES = {
	'bios': [],
	'uefi': flash(OVMF % 'CODE', OVMF % 'VARS'),
	'secure-boot': ['-machine', 'q35,smm=on', '-global', 'driver=cfi.pflash01,property=secure,value=on',
		*flash(OVMF_4M % ('CODE', '.secboot'), OVMF_4M % ('VARS', '.snakeoil'))],
	'u-boot': ['-bios', '/usr/lib/u-boot/qemu-x86_64/u-boot.rom'],
}

# Trace events of a write: at the block layer, and at the devices that refuse one to a read-only disk before it gets there.
# (SCSI: the operation codes of WRITE 6, 10, 12, 16 and WRITE AND VERIFY. ATA: WRITE SECTORS, WRITE MULTIPLE, WRITE DMA and their kin.)
# Under UEFI the block layer has the firmware's variables, too.
WRITE_EVENTS = ('virtio_blk_handle_write', 'pci_nvme_write', 'scsi_req_parsed', 'ide_exec_cmd')
BLOCK_LAYER_EVENT = 'blk_co_pwritev'
WRITE_LINE = re.compile(r'^(blk_co_pwritev|virtio_blk_handle_write|pci_nvme_write|scsi_req_parsed .* command (10|42|46|138|170) '
	r'|ide_exec_cmd .* cmd 0x(30|31|34|35|39|3a|3d|c5|ca|cb|ce)\b).*', re.MULTILINE)

# TCG everywhere: the same machine on every host.
BASE = [QEMU, '-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'std', '-no-reboot', '-net', 'none',
	'-boot', 'strict=on', '-accel', 'tcg', '-device', 'isa-debug-exit,iobase=0xf4,iosize=4']


def memory_mib(text):
	"""'16' or '6G', as QEMU's -m takes it."""
	return int(text[:-1]) * 1024 if text.endswith('G') else int(text)


class Picture:
	"""What a screen shows, from a PPM file as QEMU writes it."""

	def __init__(self, path):
		with open(path, 'rb') as file:
			header = re.match(rb'P6\s+(\d+)\s+(\d+)\s+255\s', data := file.read())
		self.width, self.height = int(header[1]), int(header[2])
		self.pixels = data[header.end():]

	def pixel(self, x, y):
		"""(red, green, blue)"""
		at = (y * self.width + x) * 3
		return tuple(self.pixels[at:at + 3])


class Machine(Emulator):
	"""One QEMU. Its files are in `folder`: serial.log, debugcon.log, screen.log, screen.ppm, registers.log, writes.log, qemu.log, command."""

	messages = 'qemu'

	def __init__(self, folder, image, device='virtio', memory='256', extra=(), unreadable=(), fails_once=False, firmware='bios'):
		"""`unreadable`: LBAs at which every read fails, or only the first one."""
		super().__init__(folder, None, ('serial', 'debugcon', 'screen', 'registers', 'writes'))
		self.memory = memory
		self.unreadable = ''.join(f'[inject-error]\nevent = "none"\niotype = "read"\nerrno = "5"\nsector = "{lba}"\n'
			f'once = "{"on" if fails_once else "off"}"\n' for lba in unreadable)
		mode, device_options = {**DEVICES, **DEVICES_4096}[device]
		events = WRITE_EVENTS
		if firmware == 'bios':
			events += (BLOCK_LAYER_EVENT,)
		else:
			mode = SNAPSHOT
		self.command = BASE + [
			'-m', memory,
			'-chardev', f'file,id=serial,path={self.path("serial.log")}', '-serial', 'chardev:serial',
			'-chardev', f'file,id=debugcon,path={self.path("debugcon.log")}',
			'-device', 'isa-debugcon,iobase=0xe9,chardev=debugcon',
			'-D', self.path('writes.log'), *(word for event in events for word in ('-trace', f'enable={event}')),
			'-drive', f'if=none,id=boot,format=raw,file={self.error_injection()}{image},{mode}', *device_options,
			*FIRMWARES[firmware], *extra,
		]
		self.received = b''

	def error_injection(self):
		"""Prefix of the image's name for QEMU's blkdebug driver."""
		return f'blkdebug:{self.path("unreadable.conf")}:' if self.unreadable else ''

	def writes(self):
		"""The write requests to the loader's disk, whatever became of them."""
		return [match[0] for match in WRITE_LINE.finditer(self.text('writes'))]

	def run(self, timeout, until=None, screen=False, registers=False, picture=False, keys=()):
		"""
		Runs until QEMU exits, `until` = (channel, regex) is seen, or `timeout` seconds have passed. With `screen` the text screen is
		read all the while, with `registers` the processor's state; with `picture` one is taken of the screen when `until` is seen.
		Each of `keys` = (channel, regex, QEMU's name of a key) is pressed when that is seen, one after the other.
		"""
		keys = list(keys)
		watched = [read for wanted, read in ((screen, self.screen_read), (registers, self.registers_read),
			(keys, lambda: self.keys_press(keys))) if wanted]
		monitor = watched or picture
		os.makedirs(self.folder, exist_ok=True)
		with open(self.path('unreadable.conf'), 'w', encoding='ascii') as file:
			file.write(self.unreadable)
		pipes = {'more': ('-qmp', 'stdio'), 'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE} if monitor else {}
		with self.started(**pipes):
			if monitor:
				self.qmp('qmp_capabilities')
			self.wait(timeout, until, watched)
			if screen and self.ended == 'until':
				self.screen_read() # as it is now, not as it was before
			if picture and self.ended == 'until':
				self.qmp('screendump', filename=self.path('screen.ppm'))

	def qmp(self, execute, **arguments):
		"""One command of QEMU's monitor. None when QEMU has ended meanwhile."""
		try:
			self.process.stdin.write(json.dumps({'execute': execute, 'arguments': arguments}).encode() + b'\n')
			self.process.stdin.flush()
		except BrokenPipeError:
			return None
		deadline = time.monotonic() + QMP_SECONDS
		while time.monotonic() < deadline:
			line, newline, rest = self.received.partition(b'\n')
			if newline:
				self.received = rest
				answer = json.loads(line)
				if 'return' in answer or 'error' in answer:
					return answer
			elif select.select([self.process.stdout], [], [], deadline - time.monotonic())[0]:
				more = os.read(self.process.stdout.fileno(), 65536)
				if not more:
					return None
				self.received += more
		raise TimeoutError(f'QEMU did not answer {execute}')

	def picture(self):
		"""The picture that run() took."""
		return Picture(self.path('screen.ppm'))

	def screen_read(self):
		"""Writes the VGA text screen to screen.log."""
		raw = self.path('screen.raw')
		answer = self.qmp('pmemsave', val=SCREEN_ADDRESS, size=SCREEN_COLUMNS * SCREEN_LINES * 2, filename=raw)
		if not answer or 'return' not in answer:
			return
		with open(raw, 'rb') as file:
			cells = file.read()[::2].decode('cp437').replace('\0', ' ')
		os.unlink(raw)
		lines = [cells[at:at + SCREEN_COLUMNS].rstrip() for at in range(0, len(cells), SCREEN_COLUMNS)]
		with open(self.path('screen.log'), 'w', encoding='utf-8') as file:
			file.write('\n'.join(lines).rstrip('\n') + '\n')

	def keys_press(self, keys):
		"""Presses the first of `keys` if it is its time, and takes it from the list."""
		if keys and self.seen(*keys[0][:2]):
			self.qmp('send-key', keys=[{'type': 'qcode', 'data': keys.pop(0)[2]}])

	def registers_read(self):
		"""Writes the processor's state, hidden parts of segments included, to registers.log."""
		answer = self.qmp('human-monitor-command', **{'command-line': 'info registers'})
		if not answer or 'return' not in answer:
			return
		with open(self.path('registers.log'), 'w', encoding='utf-8') as file:
			file.write(answer['return'].replace('\r', ''))
