# SPDX-License-Identifier: MIT
"""Names and kinds of files that go on the boot volume: they work, or are refused in words."""

import ctypes
import os
import socket

from support import GPT_VOLUME, check, check_volume, create, equal, file_on, inspect, mkboot, nothing_left, read, sparse, tool, tree, write
import support

# What has a meaning to mtools, to a shell or to DOS, and is a name of FAT all the same.
ODD_NAMES = ('com0', 'com5', 'lpt9', 'clock$', 'con.txt', 'con x', 'conx', 'a.con', ' lead', 'a[b]', 'ab', 'a{b}', "a'b", 'a%b', 'a;b', '$x',
	     '~', '-x', 'a+b', 'a,b=c', '.dot', '..dot', 'a^b', 'a&b', 'a`b', '{}', '[a-z]', 'b', '[', ']', '!x', '#x', 'a  b', 'a..b',
	     '@@4M', 'x@@1', 'n' * 255)
# Each pair has one short name, whichever is made up for the long one.
SHORT_NAMES = ('abcdefghij.txt', 'abcdef~1.txt', 'ABCDEFGHI~1.TXT', 'a b c.d', 'ABC~1.D', 'x.y.z', 'XY~1.Z')


def kernel():
	return support.KERNEL


def create_tree(code=0, *texts):
	return mkboot('create', '--root', 'root', 'x.img').expect(code, *texts)


def test_odd_names():
	"""At the top, in a folder, and as the name of a folder, of which there are two deep."""
	tree({'a': 'elf /kernel\n'})
	for name in ODD_NAMES:
		write(f'root/{name}', name)
		write(f'root/in/{name}', 'in ' + name)
		write(f'root/folders/{name}/{name}', 'below ' + name)
		if len(name) < 100:
			write(f'root/folders/{name}/{name} 2/plain', 'two below ' + name)
	create_tree()
	check_volume('x.img', GPT_VOLUME)
	names = tool('mdir', '-b', '-/', '-i', f'x.img@@{GPT_VOLUME}', '::/')
	for name in ODD_NAMES:
		for path in (f'::/{name}\n', f'::/in/{name}\n', f'::/folders/{name}/{name}\n'):
			check(path in names, f'{path!r} is missing: {names}')


def test_short_names():
	"""A name that is the made-up short name of another is there beside it."""
	tree({'a': 'elf /kernel\n'})
	for name in SHORT_NAMES:
		write(f'root/{name}', name)
		write(f'root/folder {name}/x', name)
	create_tree()
	check_volume('x.img', GPT_VOLUME)
	for name in SHORT_NAMES:
		equal(file_on('x.img', GPT_VOLUME, f'/{name}'), name.encode(), name)
		equal(file_on('x.img', GPT_VOLUME, f'/folder {name}/x'), name.encode(), name)


def test_names_that_are_not_possible():
	tree({'a': 'elf /kernel\n'})
	faults = {'control character': ('a?b', 'a:b', 'tab\tname', 'ünï.txt', 'a\\b', 'a|b', 'a"b', 'a*b', 'new\nline'),
		  'ends in a dot or blank': ('dot.', 'blank ', '...'),
		  'name of a device': ('con', 'AUX', 'Nul', 'prn', 'com1', 'COM4', 'lpt1', 'lpt4')}
	for fault, names in faults.items():
		for name in names:
			write(f'root/{name}', 'x')
			create_tree(7, 'name not possible on FAT: root/', fault)
			os.unlink(f'root/{name}')
			write(f'root/{name}/file', 'x')
			create_tree(7, 'name not possible on FAT: root/', fault)
			os.unlink(f'root/{name}/file')
			os.rmdir(f'root/{name}')
	write('con', 'x')
	mkboot('create', '--elf', kernel(), '--module', 'con', 'x.img').expect(7, 'con: "con" is the name of a device')
	deep = 'root' + '/d' * 600
	os.makedirs(deep)
	create_tree(7, 'name too long')
	nothing_left('root', 'con')


def test_names_in_two_letter_cases():
	tree({'a': 'elf /kernel\n'})
	write('root/one/File', '1')
	write('root/one/fILE', '2')
	create_tree(7, 'two things of one name', 'root/one/File', 'root/one/fILE', 'letter case')
	nothing_left('root')


def test_links():
	"""Links within the folder become files; whatever leaves it, leads nowhere or runs in a circle is named with where it leads."""
	tree({'a': 'elf /kernel\n'})
	write('outside', 'secret')
	write('root2/outside', 'secret')
	here = os.path.realpath('.')
	for target in 'kernel', './loader/../kernel', '../root/kernel', f'{here}/root/kernel':
		os.symlink(target, 'root/link')
		create_tree()
		equal(file_on('x.img', GPT_VOLUME, '/link'), read(kernel()), f'link to {target}')
		os.unlink('root/link')
	os.unlink('x.img')
	for target, *texts in (('/etc/passwd', '/etc/passwd, which is not in root'), ('../outside', f'{here}/outside, which is not in root'),
			       ('../root2/outside', 'which is not in root'), ('nowhere', 'to nowhere: No such file'),
			       ('link', 'to link: Too many levels'), ('loader', 'symbolic link to a directory'),
			       ('.', 'which is not in root'), ('..', 'which is not in root')):
		os.symlink(target, 'root/link')
		create_tree(7, 'root/link: it is a symbolic link', *texts)
		os.unlink('root/link')
	os.symlink('inner', 'root/link')
	os.symlink('../outside', 'root/inner')
	create_tree(7, 'it is a symbolic link', 'which is not in root')
	os.unlink('root/link')
	os.unlink('root/inner')
	os.symlink('root', 'same')
	os.symlink('kernel', 'root/link')
	create('--root', 'same', 'x.img')
	nothing_left('outside', 'root', 'root2', 'same', 'x.img')


def test_special_files():
	tree({'a': 'elf /kernel\n'})
	os.mkfifo('root/pipe')
	create_tree(7, 'root/pipe: it is a pipe (FIFO), not a regular file')
	mkboot('create', '--elf', kernel(), '--module', 'root/pipe', 'x.img').expect(7, 'root/pipe', 'not a regular file')
	os.unlink('root/pipe')
	with socket.socket(socket.AF_UNIX) as listening:
		listening.bind('root/socket')
		create_tree(7, 'root/socket: it is a socket, not a regular file')
	os.unlink('root/socket')
	mkboot('create', '--elf', kernel(), '--module', '/dev/null', 'x.img').expect(7, '/dev/null', 'a device')
	mkboot('create', '--elf', '/', 'x.img').expect(7, 'it is a directory')
	sparse('root/huge', 4 << 30)
	create_tree(7, 'root/huge', '4 GiB')
	os.unlink('root/huge')
	mkboot('create', '--root', kernel(), 'x.img').expect(7, 'Not a directory')
	nothing_left('root')


def bow_to_permissions():
	"""Root may read everything; without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH not so."""
	for capability in 1, 2:
		ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) # PR_CAPBSET_DROP; in vain, and not needed, for others


def test_unreadable_files():
	tree({'a': 'elf /kernel\n'})
	write('root/secret', 'x')
	os.chmod('root/secret', 0)
	mkboot('create', '--root', 'root', 'x.img', preexec_fn=bow_to_permissions).expect(5, 'root/secret: Permission denied')
	mkboot('create', '--elf', 'root/secret', 'x.img', preexec_fn=bow_to_permissions).expect(5, 'root/secret: Permission denied')
	os.unlink('root/secret')
	os.makedirs('root/closed')
	os.chmod('root/closed', 0)
	mkboot('create', '--root', 'root', 'x.img', preexec_fn=bow_to_permissions).expect(
		5, 'cannot read the directory', 'root/closed: Permission denied')
	os.chmod('root/closed', 0o755)
	create('--elf', kernel(), 'x.img')
	os.chmod('x.img', 0o200)
	mkboot('create', '--elf', kernel(), 'x.img', preexec_fn=bow_to_permissions).expect(4, 'x.img', 'cannot be read to see whether')
	create('--force', '--elf', kernel(), 'x.img', preexec_fn=bow_to_permissions)
	nothing_left('root', 'x.img')


def test_blanks_in_names():
	"""On the volume '-' stands for each blank. A module's arguments begin at the first blank that ends the name of a file."""
	write('my kernel', read(kernel()))
	write('my module', 'one')
	write('a folder/second', 'two')
	write('my', 'three')
	create('--elf', 'my kernel', '--module', 'a folder/second  x y', '--module', 'my module', 'x.img')
	equal(file_on('x.img', GPT_VOLUME, '/loader/entries/my-kernel.conf').decode(),
	      'elf /my-kernel\nmodule /second x y\nmodule /my module\n', 'entry')
	os.unlink('my')
	create('--elf', 'my kernel', '--module', 'my module console=x  y', 'x.img')
	equal(file_on('x.img', GPT_VOLUME, '/loader/entries/my-kernel.conf').decode(),
	      'elf /my-kernel\nmodule /my-module console=x  y\n', 'entry')
	equal(file_on('x.img', GPT_VOLUME, '/my-module'), b'one', 'module')
	equal([module['arguments'] for module in inspect('x.img')['entries'][0]['modules']], ['console=x  y'], 'arguments')
	mkboot('create', '--elf', 'my kernel', '--module', 'lost module x', 'y.img').expect(7, 'cannot read: lost: No such file')
