# SPDX-License-Identifier: MIT
"""Text of users: UTF-8 on the host whatever the locale is, and entries as distributions and people write them."""

import json
import os

import support
from support import GPT_VOLUME, check, create, equal, file_on, inspect, mkboot, read, tree, write
from test_video import linux

KOREAN = '한국어 제목'
LOCALES = ({'LC_ALL': 'C'}, {'LC_ALL': 'C.UTF-8'}, {'LC_ALL': 'POSIX', 'LANG': 'ko_KR.EUC-KR'})


def utf8(*words, **changes):
	return mkboot(*words, env=changes, encoding='utf-8')


def test_korean_title():
	"""Each letter is itself on the host; that a text screen lacks it is worth a word, once."""
	for changes in LOCALES:
		done = utf8('create', '--elf', support.KERNEL, '--title', KOREAN, 'x.img', **changes).expect(0)
		equal(done.err, 'mkboot: warning: /loader/entries/example-kernel.conf: a text screen, as a BIOS has it, shows 5 of '
			'the characters of the title "한국어 제목" as \'?\'\n', 'the warning')
		check(f': {KOREAN} (elf ' in utf8('inspect', 'x.img', **changes).expect(0).out, 'inspect')
		equal(json.loads(utf8('inspect', '--json', 'x.img', **changes).out)['entries'][0]['title'], KOREAN, 'JSON')
		equal(json.loads(utf8('inspect', '--json', 'x.img', **changes).out)['problems'], [], 'problems')
		os.unlink('x.img')
	equal(utf8('create', '--elf', support.KERNEL, '--title', 'Café ñandú ½ ░', 'x.img').expect(0).err, '', 'what a text screen has')


def test_untrusted_text():
	"""What would move a terminal never reaches one."""
	tree({'a': 'title a\033[2Jb\u202ec\u0085\nelf /kernel\n', 'b': 'elf /kernel\nfoo\033\u202e x\n'})
	write('root/loader/entries/c.conf', b'elf /kernel\ntitle \xff\xed\x95x\n')
	utf8('create', '--root', 'root', 'x.img').expect(7, 'b.conf:2: unknown key "foo??"\n')
	os.unlink('root/loader/entries/b.conf')
	utf8('create', '--root', 'root', 'x.img').expect(0)
	done = utf8('inspect', 'x.img').expect(0)
	check('a: a?[2Jb?c? (elf' in done.out and 'c: ???x (elf' in done.out, done.out)
	titles = [entry['title'] for entry in inspect('x.img')['entries']]
	equal(titles, ['???x', 'a\033[2Jb\u202ec\u0085'], 'JSON escapes, and shows what is no UTF-8 as ?')


def test_fedora():
	"""An entry as Fedora leaves it: GRUB's variables are dropped with a warning."""
	linux()
	tree({'f': 'title Fedora\nlinux /linux\ninitrd /kernel $tuned_initrd\noptions ro $tuned_params\ngrub_class fedora\n'}, linux=read('linux'))
	done = mkboot('create', '--root', 'root', 'x.img').expect(0)
	for line, name in ((3, 'tuned_initrd'), (4, 'tuned_params')):
		check(f'mkboot: warning: root/loader/entries/f.conf:{line}: "${name}" is a variable of GRUB; it is left out\n' in done.err, done.err)
	check('mkboot: warning: root/loader/entries/f.conf:5: "grub_class" is not used here\n' in done.err, done.err)


def test_counters():
	tree({id: 'elf /kernel\n' for id in ('sys+3', 'sys-old', 'zz+0-3')})
	write('root/loader/loader.conf', 'default sys\n')
	create('--root', 'root', 'x.img')
	equal([(entry['id'], entry['default']) for entry in inspect('x.img')['entries']], [('sys-old', False), ('sys', True), ('zz', False)],
		'the order of the menu')
	text = mkboot('inspect', 'x.img').expect(0).out
	check('\nentry       zz: zz (elf /kernel), no tries left\n' in text and text.count('no tries left') == 1, text)
	for name in ('sys', 'sys.conf', 'sys+3.conf', 'SYS'):
		equal([entry['id'] for entry in json.loads(mkboot('plan', '--json', '--entry', name, 'x.img').expect(0).out)['entries']], ['sys'], name)
	write('root/loader/loader.conf', 'default zz\n')
	os.unlink('x.img')
	mkboot('create', '--root', 'root', 'x.img').expect(7, 'error: root/loader/loader.conf: default "zz": its entry has no tries left')


def test_kernels_that_look_counted():
	"""The name of a kernel is no boot counter; an id that the user gives may be one."""
	write('k+1+0', read(support.KERNEL))
	create('--elf', 'k+1+0', 'x.img')
	check(file_on('x.img', GPT_VOLUME, '/loader/loader.conf') == b'default k-1-0.conf\n', 'loader.conf')
	equal([(entry['id'], entry['default']) for entry in inspect('x.img')['entries']], [('k-1-0', True)], 'entries')
	os.unlink('x.img')
	create('--elf', 'k+1+0', '--id', 'sys+3-1', 'x.img')
	check(file_on('x.img', GPT_VOLUME, '/loader/entries/sys+3-1.conf') == b'elf /k+1+0\n', 'entry')
	equal([(entry['id'], entry['default']) for entry in inspect('x.img')['entries']], [('sys', True)], 'entries')


def test_paths():
	for path in ('//a/b/kernel', '/a//b/kernel', '/a/b//kernel', 'a/b/kernel', '\\a\\b\\kernel', '\\\\a/b\\kernel'):
		tree({'p': f'elf {path}\n'}, **{'a/b/kernel': read(support.KERNEL)})
		create('--root', 'root', 'x.img')
		equal(inspect('x.img')['entries'][0]['kernel'], '/a/b/kernel', path)
		os.unlink('x.img')
	tree({'p': 'elf /kern$x\n'})
	mkboot('create', '--root', 'root', 'x.img').expect(7, 'hint: $x would be a variable of GRUB')


def test_too_many_entries():
	tree({f'{number}': 'elf /kernel\n' for number in range(1000, 1260)})
	mkboot('create', '--root', 'root', 'x.img').expect(7, 'error: /loader/entries: 260 entries, and there is room for 256: 4 are left out, those that '
		'come after "1004" in the order of their names')


def test_initrds():
	"""A file with a blank in its name would be two; several on one line are several."""
	linux()
	write('my initrd.img', 'x')
	create('--linux', 'linux', '--initrd', 'my initrd.img', 'x.img')
	equal(file_on('x.img', GPT_VOLUME, '/loader/entries/linux.conf'), b'linux /linux\ninitrd /my-initrd.img\n', 'the entry')
	equal([module['path'] for module in inspect('x.img')['entries'][0]['modules']], ['/my-initrd.img'], 'initrds')
	tree({'two': 'linux /linux\ninitrd /kernel\tucode.img $tuned_initrd\n'}, linux=read('linux'), **{'ucode.img': 'u'})
	os.unlink('x.img')
	mkboot('create', '--root', 'root', 'x.img').expect(0, 'warning: root/loader/entries/two.conf:2: "$tuned_initrd" is a variable of GRUB; it is left out')
	equal([module['path'] for module in inspect('x.img')['entries'][0]['modules']], ['/kernel', '/ucode.img'], 'initrds')
	tree({'two': 'linux /linux\ninitrd /kernel /gone.img\n'})
	os.unlink('x.img')
	mkboot('create', '--root', 'root', 'x.img').expect(7, ': initrd /gone.img is not among the files for the boot volume\n')
