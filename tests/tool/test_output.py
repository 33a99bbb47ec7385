# SPDX-License-Identifier: MIT
"""Where `mkboot create` writes: what it replaces, and what it leaves alone."""

import fcntl
import gzip
import os
import stat
import struct
import subprocess

from support import GPT_VOLUME, SECTOR, boots, check, create, equal, file_on, inspect, mkboot, nothing_left, read, tool, tree, write
import support


def kernel():
	return support.KERNEL


def refused(*words, why='is not an image that mkboot made', hint='--force replaces the file'):
	"""The output, which is the last word, stays as it is."""
	before = read(words[-1])
	done = mkboot('create', *words).expect(4, 'refused to replace', str(words[-1]), why, hint)
	equal(done.err.count('mkboot: error: '), 1, 'errors')
	check(read(words[-1]) == before, f'{words[-1]} has changed')


def test_an_image_is_replaced():
	"""Each kind that create makes is known again."""
	kinds = ([], ['--table', 'mbr'], ['--sector-size', '4096'], ['--size', '4M'], ['--size', '2M', '--table', 'mbr'],
		 ['--size', '20M'], ['--pmbr-active'], ['--efi-loader', 'foreign.efi'],
		 ['--sector-size', '4096', '--efi-loader', 'foreign.efi'])
	program = os.path.join(os.path.dirname(support.MKBOOT), '..', 'BOOTX64.EFI')
	write('foreign.efi', read(program).replace(b'mkboot,1,', b'others,1,'))
	for kind in kinds:
		create(*kind, '--elf', kernel(), 'x.img')
		before = read('x.img')
		create('--elf', kernel(), '--title', 'new', 'x.img')
		check(read('x.img') != before, f'{kind} was not replaced')
	nothing_left('foreign.efi', 'x.img')


def test_a_file_of_others_stays():
	write('notes.txt', 'notes\n')
	refused('--elf', kernel(), 'notes.txt')
	write('b.gz', gzip.compress(b'initrd'))
	write('root/loader/entries/a.conf', 'elf /kernel\n')
	write('root/kernel', read(kernel()))
	refused('--root', 'root', 'b.gz', hint='give the image another name')
	refused('--elf', kernel(), '--module', 'notes.txt', 'b.gz', hint='each module needs a --module of its own')
	mkboot('create', '--force', '--elf', 'lost', 'notes.txt').expect(7)
	mkboot('create', '--force', '--elf', kernel(), '--size', '1M', 'notes.txt').expect(6)
	equal(read('notes.txt'), b'notes\n', 'the file after a failure')
	create('--elf', kernel(), '--force', 'notes.txt')
	check(boots(inspect('notes.txt')), '--force')
	write('empty', '')
	create('--elf', kernel(), 'empty')
	nothing_left('b.gz', 'empty', 'notes.txt', 'root')


def test_a_disk_of_others_stays():
	"""What else it may be matters to nobody: one error, with the way out."""
	write('disk.qcow2', b'QFI\xFB\0\0\0\3' + bytes(SECTOR))
	result = mkboot('create', '--elf', kernel(), 'disk.qcow2').expect(4, 'refused to replace', '--force replaces the file')
	equal(result.err.count('mkboot: error: '), 1, 'errors')
	nothing_left('disk.qcow2')


def test_an_initrd_too_many():
	write('a.gz', gzip.compress(b'a'))
	write('b.gz', gzip.compress(b'b'))
	refused('--linux', kernel(), '--initrd', 'a.gz', 'b.gz', hint='to give several initrds repeat --initrd')
	mkboot('create', '--linux', kernel(), '--initrd', 'a.gz', 'b.gz', 'x.img').expect(2, 'too many words: x.img', 'repeat --initrd')
	nothing_left('a.gz', 'b.gz')


def test_an_image_with_more_in_it_stays():
	"""Whatever somebody else has put beside mkboot's partitions, or in their place."""
	create('--elf', kernel(), 'x.img')
	with open('x.img', 'r+b') as file:
		file.truncate(os.path.getsize('x.img') + (8 << 20))
	tool('sgdisk', '-e', 'x.img')
	create('--elf', kernel(), 'y.img')
	tool('cp', 'x.img', 'y.img')
	create('--elf', kernel(), 'y.img') # larger, but nothing is there
	tool('sgdisk', '-n', '3:0:0', 'x.img')
	refused('--elf', kernel(), 'x.img')
	for change in (['-c', '2:data'], ['-t', '2:8300'], ['-c', '1:data'], ['-t', '1:8300']):
		create('--force', '--elf', kernel(), 'x.img')
		tool('sgdisk', *change, 'x.img')
		refused('--elf', kernel(), 'x.img')
	create('--force', '--elf', kernel(), 'x.img')
	tool('mlabel', '-i', f'x.img@@{GPT_VOLUME}', '::OTHER')
	refused('--elf', kernel(), 'x.img')
	create('--force', '--table', 'mbr', '--elf', kernel(), 'x.img')
	write('x.img', b'\x0c', 446 + 4)
	refused('--elf', kernel(), 'x.img')
	write('disk', bytes(1 << 20))
	refused('--elf', kernel(), 'disk')
	write('short', bytes(SECTOR - 1))
	refused('--elf', kernel(), 'short')


def test_links():
	"""A link is followed, wherever the file is, and whether it is there."""
	os.makedirs('far/away')
	here = os.getcwd()
	for target, file in (('new.img', 'new.img'), ('far/away/x.img', 'far/away/x.img'), (f'{here}/far/y.img', 'far/y.img')):
		os.symlink(target, 'link')
		for _ in range(2): # a link to nothing, then to an image
			create('--elf', kernel(), 'link')
			check(os.path.islink('link') and os.path.isfile(file), 'not followed')
			check(boots(inspect(file)), file)
		os.unlink('link')
	os.symlink('../far/up.img', 'far/second')
	os.symlink('far/second', 'link')
	create('--elf', kernel(), 'link')
	check(os.path.islink('far/second') and os.path.isfile('far/up.img'), 'a link to a link')
	write('notes', 'notes')
	os.symlink('notes', 'to-notes')
	refused('--elf', kernel(), 'to-notes')
	os.symlink('circle', 'circle')
	mkboot('create', '--elf', kernel(), 'circle').expect(5, 'circle: Too many levels of symbolic links')
	os.symlink('nowhere/x.img', 'lost')
	mkboot('create', '--elf', kernel(), 'lost').expect(5, 'nowhere/x.img: No such file')
	os.symlink('far', 'to-folder')
	mkboot('create', '--elf', kernel(), 'to-folder').expect(2, 'it is a directory')
	nothing_left('circle', 'far', 'link', 'lost', 'new.img', 'notes', 'to-folder', 'to-notes')


def test_no_files():
	"""--force does not help: there is nothing to replace."""
	os.mkdir('folder')
	os.mkfifo('pipe')
	os.symlink('/dev/null', 'link')
	for force in [], ['--force']:
		mkboot('create', *force, '--elf', kernel(), 'folder').expect(2, 'it is a directory')
		for name in '/dev/null', 'pipe', 'link':
			mkboot('create', *force, '--elf', kernel(), name).expect(4, f'{name}: it is a special file', 'dd')
		mkboot('create', *force, '--elf', kernel(), 'nowhere/x.img').expect(5, 'nowhere/x.img')
		mkboot('create', *force, '--elf', kernel(), 'pipe/x.img').expect(5, 'pipe/x.img', 'Not a directory')
		mkboot('create', *force, '--elf', kernel(), '/dev/stdout').expect(4, '/dev/stdout: it is a special file')
	nothing_left('folder', 'link', 'pipe')


def test_a_disk():
	"""A block device; making the node needs root, and nobody opens it."""
	try:
		os.mknod('disk', stat.S_IFBLK | 0o600, os.makedev(7, 200))
	except PermissionError:
		return
	for force in [], ['--force']:
		mkboot('create', *force, '--elf', kernel(), 'disk').expect(4, 'disk: it is a disk (block device)', 'dd')
	nothing_left('disk')


def test_an_input():
	write('kernel', read(kernel()))
	os.symlink('kernel', 'link')
	os.link('kernel', 'second-name')
	for name in 'kernel', 'link', 'second-name':
		for force in [], ['--force']:
			mkboot('create', *force, '--elf', 'kernel', name).expect(2, 'output is an input', f'{name}:')
	tree({'a': 'elf /kernel\n'})
	write('root/x.img', '')
	mkboot('create', '--force', '--root', 'root', 'root/x.img').expect(2, 'output is an input')
	equal(read('kernel'), read(kernel()), 'the input')


def test_write_protected():
	create('--elf', kernel(), 'x.img')
	os.chmod('x.img', 0o444)
	refused('--elf', kernel(), 'x.img', why='it is write-protected')
	create('--force', '--elf', kernel(), 'x.img')
	equal(stat.S_IMODE(os.stat('x.img').st_mode), 0o644, 'permissions')


def open_write_lock(name):
	"""A lock on some of the file, as programs take that know nothing of QEMU's."""
	file = open(name, 'r+b')
	fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 0, 10, 0))
	return file


def run_qemu(name, mode):
	"""A machine that does not run, with the image as its disk. What it says first comes when its disks are open."""
	process = subprocess.Popen(['qemu-system-x86_64', '-S', '-nodefaults', '-display', 'none', '-qmp', 'stdio', '-drive',
				    f'if=none,id=d,format=raw,file={name},{mode}', '-device', 'virtio-blk-pci,drive=d'],
				   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
	process.stdin.write(b'{"execute": "qmp_capabilities"}\n')
	process.stdin.flush()
	check(b'QMP' in process.stdout.readline() and b'return' in process.stdout.readline(), 'QEMU did not start')
	return process


def test_in_use():
	"""Who writes to an image keeps it; a machine that only reads keeps the old one, as `mkboot run` does."""
	create('--elf', kernel(), 'x.img')
	with open_write_lock('x.img'):
		refused('--elf', kernel(), 'x.img', why='another program has it open to write to it')
	for mode, is_kept in ('snapshot=off', True), ('readonly=on', False), ('snapshot=on', False):
		process = run_qemu('x.img', mode)
		try:
			if is_kept:
				refused('--elf', kernel(), 'x.img', why='another program has it open to write to it')
			before = os.stat('x.img').st_ino
			with open('x.img', 'rb') as old:
				create(*(['--force'] if is_kept else []), '--elf', kernel(), '--title', 'new', 'x.img')
				equal(os.fstat(old.fileno()).st_ino, before, 'the old image')
				check(os.stat('x.img').st_ino != before, 'the image was written in place')
			check(b'title new' in file_on('x.img', GPT_VOLUME, '/loader/entries/example-kernel.conf'), 'the new image')
		finally:
			process.kill()
			process.communicate()
