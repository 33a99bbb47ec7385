# SPDX-License-Identifier: MIT
"""The screen in `mkboot create`, `plan` and `inspect`."""

import json
import struct

from support import check, create, equal, inspect, mkboot, read, tree, write
from test_uefi import loader


def linux(name='linux'):
	"""A bzImage of protocol 2.02: as much of it as a plan looks at."""
	image = bytearray(2048 + 1024)
	image[0x1F1] = 3
	struct.pack_into('<I', image, 0x1F4, 1024 // 16)
	struct.pack_into('<HBB4sH', image, 0x1FE, 0xAA55, 0xEB, 0x66, b'HdrS', 0x0202)
	image[0x211] = 1
	struct.pack_into('<I', image, 0x214, 0x100000)
	return write(name, bytes(image))


def entries(*words):
	plans = json.loads(mkboot('plan', '--json', '--all', *words).expect(0).out)['entries']
	return {entry['id']: entry for entry in plans}


def screen(entry):
	video = entry['video']
	return video['set'], video['kind'], video['width'], video['height'], video['depth']


def notes(entry):
	return [note['text'] for note in entry['notes']]


def test_video_of_a_plan():
	linux()
	create('--linux', 'linux', '--video', '1024x768', 'x.img')
	entry = entries('x.img')['linux']
	equal(screen(entry), (True, 'linear', 1024, 768, 32), 'screen')
	equal((entry['video']['pitch'], entry['video']['address'] % 4096, entry['notes'], entry['preflight']), (4096, 0, [], None), 'video')
	text = mkboot('plan', 'x.img').expect(0).out
	line = f'\nvideo       mode 0x{entry["video"]["mode"]:x}: 1024x768x32 at 0x{entry["video"]["address"]:x}\n'
	check(line in text, f'no {line!r} in {text}')


def test_video_notes():
	linux()
	create('--linux', 'linux', '--video', '1000x700x16', 'x.img')
	entry = entries('x.img')['linux']
	equal(screen(entry), (True, 'linear', 800, 600, 16), 'screen')
	equal(notes(entry), ['this machine has no video mode 1000x700x16: the nearest is 800x600x16'], 'notes')
	check('\nnote        this machine has no video mode 1000x700x16' in mkboot('plan', 'x.img').expect(0).out, 'no note in the text')


def test_video_of_loader_conf():
	tree({'a': 'linux /linux\n', 'b': 'linux /linux\nvideo keep\n', 'c': 'linux /linux\nvideo 640x480x16\n', 'd': 'linux /linux\nvideo text\n'},
	     linux=read(linux()))
	write('root/loader/loader.conf', 'video 800x600\n')
	create('--root', 'root', 'x.img')
	plans = entries('x.img')
	equal({name: screen(entry) for name, entry in plans.items()}, {
		'a': (True, 'linear', 800, 600, 32), 'b': (False, 'text', 80, 25, 16), 'c': (True, 'linear', 640, 480, 16), 'd': (False, 'text', 80, 25, 16)},
		'screens')
	found = inspect('x.img')
	equal(found['loader_conf']['video'], '800x600', 'loader.conf')
	equal({entry['id']: entry['video'] for entry in found['entries']}, {'a': None, 'b': 'keep', 'c': '640x480x16', 'd': 'text'}, 'entries')
	text = mkboot('inspect', 'x.img').expect(0).out
	check('default "", video 800x600\n' in text and '(linux /linux), video 640x480x16\n' in text, f'no video in {text}')


def test_video_of_uefi():
	"""Programs for UEFI find the mode set, and there is no text."""
	program = loader()
	create('--efi', program, '--video', '800x600x16', 'x.img')
	entry, = entries('--firmware', 'uefi', 'x.img').values()
	equal(screen(entry), (True, 'linear', 800, 600, 32), 'screen')
	equal(notes(entry), ['this machine has no video mode 800x600x16: the nearest is 800x600x32'], 'notes')
	create('--efi', program, '--video', 'text', 'y.img')
	entry, = entries('--firmware', 'uefi', 'y.img').values()
	equal(screen(entry), (False, 'linear', 1280, 800, 32), 'screen')
	check('pixels only' in notes(entry)[0], f'no note in {entry}')
	create('--efi', program, 'z.img')
	entry, = entries('--firmware', 'uefi', 'z.img').values()
	equal((screen(entry), notes(entry)), ((False, 'linear', 1280, 800, 32), []), 'screen')
