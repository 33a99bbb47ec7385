# SPDX-License-Identifier: MIT
"""
The screen at a kernel's entry. The kernels paint what they were told is the framebuffer, in four colours, and stay; a picture of QEMU's screen
has to have the mode's size, and a colour in each quarter. Pitch, depth and masks are right then, too.
"""

import re
import struct

import plan_compare
from cases import VERDICT, Case, consoles, patch_loader
from disk_image import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
NO_FRAMEBUFFER = 'this machine has no linear framebuffer: the screen stays as it is'
NO_EDID = 'the display does not say which mode it likes best (EDID): the screen stays as it is'
TEXT_PICTURE = (720, 400) # 80 columns of 9 pixels, 25 lines of 16

CIRRUS, NO_CARD, EDID = ('-vga', 'cirrus'), ('-vga', 'none'), ('-vga', 'none', '-device', 'VGA,edid=on')
NATIVE = ('-vga', 'none', '-device', 'VGA,edid=on,xres=1152,yres=864')
RAMFB, VIRTIO_GPU = ('-vga', 'none', '-device', 'ramfb'), ('-vga', 'none', '-device', 'virtio-gpu-pci')
TWO_CARDS = ('-device', 'ramfb') # beside the standard one


def near(pixel, colour):
	"""A picture of a screen with 5 bits a colour is not as bright."""
	return all(abs(is_ - wanted) < 16 for is_, wanted in zip(pixel, colour))


def painted(width, height):
	"""The corners of each quarter: a wrong length of the lines would show at once."""
	def check(machine, _):
		picture = machine.picture()
		if (picture.width, picture.height) != (width, height):
			return [f'the screen has {picture.width}x{picture.height} pixels, not {width}x{height}']
		found = []
		for colour, left, top in ((RED, 0, 0), (GREEN, width // 2, 0), (BLUE, 0, height // 2), (WHITE, width // 2, height // 2)):
			for x in (left, left + width // 2 - 1):
				for y in (top, top + height // 2 - 1):
					if not near(picture.pixel(x, y), colour):
						found.append(f'the pixel at {x}, {y} is {picture.pixel(x, y)}, not {colour}')
		return found
	return check


def text_screen(machine, _):
	picture = machine.picture()
	if (picture.width, picture.height) != TEXT_PICTURE:
		return [f'the screen has {picture.width}x{picture.height} pixels, not those of a text screen']
	return []


def screen(width, height, depth):
	return tuple(('debugcon', rf'^screen\.{name}={value}$') for name, value in (('width', width), ('height', height), ('depth', depth)))


def note(text):
	return consoles('^mkboot: note: ' + re.escape(text) + '$')


def no_note():
	return (('debugcon', '^mkboot: note: '),)


def entry(video, loader='', kernel='verdict-linux64', key='linux', **more):
	"""`video`: the value in the entry; None: the line is not there."""
	line = f'video {video}\n' if video is not None else ''
	return Image((), (('loader/loader.conf', loader), ('loader/entries/a.conf', f'{key} /kernel\noptions stay\n{line}'), ('kernel', '@{%s}' % kernel)),
		**more)


def case(name, image, size=None, depth=32, seen=(), **more):
	"""`size` None: text."""
	if size is None:
		expect, check = (('debugcon', r'^screen\.is_vga=1$'), ('debugcon', r'^screen\.columns=80$')), text_screen
	else:
		expect, check = screen(*size, depth), painted(*size)
	more.setdefault('check', check)
	more.setdefault('reject', () if seen else no_note())
	return Case('video-' + name, image, (*expect, *seen), until=VERDICT, picture=True, **more)


def bios():
	yield case('1024x768x32', entry('1024x768x32'), (1024, 768))
	yield case('800x600x16', entry('800x600x16'), (800, 600), 16)
	yield case('640x480x24', entry('640x480x24'), (640, 480), 24)
	yield case('800x600x15', entry('800x600x15'), (800, 600), 15)
	yield case('deepest', entry('1280x1024'), (1280, 1024))
	yield case('linux-32', entry('800x600', kernel='verdict-linux32'), (800, 600))
	yield case('nearest', entry('1000x700'), (800, 600), seen=note('this machine has no video mode 1000x700: the nearest is 800x600x32'))
	yield case('text', entry('text'))
	yield case('keep', entry('keep'))
	yield case('unset', entry(None))
	yield case('of-loader-conf', entry(None, 'video 800x600\n'), (800, 600))
	yield case('of-entry', entry('1024x768', 'video 800x600\n'), (1024, 768))
	yield case('text-of-entry', entry('text', 'video 800x600\n'))
	yield case('keep-of-entry', entry('keep', 'video 800x600\n'))
	yield case('cirrus', entry('1024x768'), (1024, 768), 24, extra=CIRRUS)
	yield case('cirrus-depth', entry('1280x1024x32'), (1280, 1024), 16, extra=CIRRUS,
		seen=note('this machine has no video mode 1280x1024x32: the nearest is 1280x1024x16'))
	yield case('edid', entry('1024x768'), (1024, 768), extra=EDID)
	# The display's own word, which QEMU can be told; it is asked only then.
	yield case('native', entry('native'), (1152, 864), extra=NATIVE)
	yield case('native-missing', entry('native'), extra=('-vga', 'none', '-device', 'VGA,edid=off'), seen=note(NO_EDID))
	yield case('ramfb', entry('1024x768'), (1024, 768), extra=RAMFB)
	yield case('q35', entry('1024x768'), (1024, 768), extra=('-machine', 'q35'))
	yield case('memory-6G', entry('1024x768'), (1024, 768), memory='6G')
	yield case('memory-16', entry('1024x768', kernel='verdict-linux-old'), (1024, 768), memory='16')
	for name, extra in (('none', NO_CARD), ('virtio-gpu', VIRTIO_GPU)):
		yield case(name, entry('1024x768'), extra=extra, seen=note(NO_FRAMEBUFFER), check=None)


def cursor_below(line):
	"""The kernel's text shall begin where the loader's ends."""
	def check(machine, _):
		lines = machine.text('screen').split('\n')
		below = next(number for number, text in enumerate(lines) if re.search(line, text)) + 1
		seen = re.search(r'^screen\.cursor_line=(\d+)$', machine.text('debugcon'), re.MULTILINE)
		return [] if seen and int(seen[1]) == below else [f'the cursor is in line {seen and seen[1]}, not {below}']
	return check


def cursor():
	yield Case('video-cursor', entry(None), (VERDICT, ('debugcon', r'^screen\.cursor_column=0$')),
		until=VERDICT, screen=True, check=cursor_below('^mkboot: starting'))
	# The notes come when the plan is made, and a kernel is told of the cursor behind them.
	noisy = Image((), (('loader/entries/a.conf', 'linux /kernel\noptions stay\npreflight warn\n'), ('kernel', '@{verdict-linux64}')))
	yield Case('video-cursor-notes', noisy, (VERDICT, ('debugcon', '^mkboot: note: ')), until=VERDICT, screen=True, check=cursor_below('secure-boot=n/a$'))


# --- a firmware that does not do what it has listed ------------------------------------------------------------------------------------

def refuse_modes(elf):
	"""Lets stage 2 call a function that no video BIOS has, in place of "set mode"."""
	def change(copy, start, end):
		at = copy.index(struct.pack('<I', 0x4F02), start, end)
		struct.pack_into('<I', copy, at, 0x4F7F)
	return patch_loader(elf, 'vbe_set_mode', change)


def refused(paths):
	"""The entry is started all the same, and what was said of it can be read on the screen."""
	said = r'^mkboot: note: the screen could not be set: the video BIOS does not set its mode 0x144: AX=0x\w+; once more without'
	image = entry('1024x768', damage=refuse_modes(paths['stage2.elf']))
	yield case('refused', image, seen=(('debugcon', said), *note(NO_FRAMEBUFFER)))
	yield Case('video-refused-can-be-read', image, (('debugcon', said),), until=('screen', r'once more without'), screen=True)


# --- UEFI ------------------------------------------------------------------------------------------------------------------------------

def uefi_case(name, video, size, loader='', **more):
	return case('uefi-' + name, entry(video, loader, 'efi-verdict.efi', 'efi'), size, firmware='uefi', **more)


def uefi():
	"""A program of the firmware finds the mode set."""
	yield uefi_case('800x600', '800x600x32', (800, 600))
	yield uefi_case('1920x1080', '1920x1080', (1920, 1080))
	yield uefi_case('present', '1280x800', (1280, 800))
	yield uefi_case('nearest', '1000x700x16', (960, 640), seen=note('this machine has no video mode 1000x700x16: the nearest is 960x640x32'))
	yield uefi_case('text', 'text', (1280, 800), seen=note("this machine's firmware shows pixels only: there is no text screen"))
	yield uefi_case('keep', 'keep', (1280, 800), 'video 800x600\n')
	yield uefi_case('of-loader-conf', None, (1024, 768), 'video 1024x768\n')
	yield uefi_case('cirrus', '800x600', (800, 600), extra=CIRRUS)
	yield uefi_case('native', 'native', (1152, 864), extra=NATIVE, seen=note(NO_EDID)) # OVMF keeps the EDID to itself; its screen is right already
	yield uefi_case('edid', '800x600', (800, 600), extra=EDID)
	yield uefi_case('ramfb', '1024x768', (1024, 768), extra=RAMFB)
	image = entry('800x600', '', 'efi-verdict.efi', 'efi')
	for name, extra in (('none', NO_CARD), ('virtio-gpu', VIRTIO_GPU)):
		yield Case('video-uefi-' + name, image, (VERDICT, ('debugcon', '^screen=none$'), *note(NO_FRAMEBUFFER)), until=VERDICT, firmware='uefi',
			extra=extra)
	# The console writes to both cards, and has no framebuffer of its own.
	yield Case('video-uefi-two-cards', image, (VERDICT, ('debugcon', '^mkboot: starting ')), until=VERDICT, firmware='uefi', extra=TWO_CARDS,
		reject=no_note())


def old_mode_is_back(machine, _):
	"""The firmware's first mode, and text in it."""
	picture = machine.picture()
	if (picture.width, picture.height) != (1280, 800):
		return [f'the screen has {picture.width}x{picture.height} pixels, not those of the first mode']
	return [] if len(set(picture.pixels)) > 1 else ['the screen shows nothing']


def uefi_return():
	"""A program that was given another mode comes back: what is said then can be read."""
	image = Image((), (('loader/loader.conf', 'on-failure halt\n'), ('loader/entries/a.conf', 'efi /program.efi\noptions return\nvideo 800x600\n'), ('program.efi', '@{efi-verdict.efi}')))
	yield Case('video-uefi-return', image, (('debugcon', r'^mkboot: error: cannot start a\.conf: .*aborted'),), until=('debugcon', '^mkboot: halted'),
		firmware='uefi', picture=True, check=old_mode_is_back)


def plans(paths):
	"""What `mkboot plan` says of the screen is what the kernel sees."""
	for name, video in (('mode', '1024x768'), ('nearest', '1000x700x16'), ('text', 'text')):
		image = Image(('--linux', '{verdict-linux64}', '--initrd', '{payload}', '--options', 'one two=2', '--video', video))
		yield Case(f'plan-video-{name}', image, (VERDICT,), memory=plan_compare.MEMORY_MIB,
			check=lambda machine, image: plan_compare.compare(paths['mkboot'], machine, image))


def cases(paths):
	return [*bios(), *cursor(), *refused(paths), *uefi(), *uefi_return(), *plans(paths)]
