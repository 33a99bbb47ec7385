# SPDX-License-Identifier: MIT
"""`mkboot create` on good input: other people's tools agree with what it made."""

import os
import stat

from support import (GPT_VOLUME, MBR_VOLUME, SECTOR, boots, check, check_volume, create, equal, file_on, inspect, mkboot, read, sparse,
		     tool, tree, write)
import support

EPOCH = {'SOURCE_DATE_EPOCH': '1700000000'}


def kernel():
	return support.KERNEL


def test_gpt():
	create('--elf', kernel(), '--options', 'a b', '--options', 'c', '--title', 'The title', '--version', '1.2', '--sort-key', 'key',
	       '--id', 'my-id', '--timeout', 5, '--on-failure', 'reboot', 'x.img')
	check('No problems found' in tool('sgdisk', '-v', 'x.img'), 'sgdisk finds problems')
	tool('sfdisk', '--verify', 'x.img')
	check_volume('x.img', GPT_VOLUME)
	equal(file_on('x.img', GPT_VOLUME, '/loader/entries/my-id.conf').decode(),
	      'title The title\nversion 1.2\nsort-key key\nelf /example-kernel\noptions a b\noptions c\n', 'entry')
	equal(file_on('x.img', GPT_VOLUME, '/loader/loader.conf').decode(), 'default my-id.conf\ntimeout 5\non-failure reboot\n',
	      'loader.conf')
	equal(file_on('x.img', GPT_VOLUME, '/example-kernel'), read(kernel()), 'kernel')
	seen = inspect('x.img')
	check(boots(seen), 'it would not boot')
	equal([part['use'] for part in seen['table']['partitions']], ['BIOS boot partition', 'EFI system partition'], 'partitions')
	equal([copy['state'] for copy in seen['stage2']], ['ok', 'ok'], 'copies of stage 2')
	entry = seen['entries'][0]
	equal([entry[key] for key in ('id', 'title', 'version', 'sort_key', 'kind', 'options', 'default')],
	      ['my-id', 'The title', '1.2', 'key', 'elf', 'a b c', True], 'entry')
	equal(seen['loader_conf'], {'default': 'my-id.conf', 'timeout': 5, 'on_failure': 'reboot', 'video': None}, 'loader.conf')


def test_mbr():
	create('--table=mbr', '--elf', kernel(), 'x.img')
	listing = tool('sfdisk', '-d', 'x.img')
	check('start=        2048' in listing and 'type=ea' in listing and 'bootable' in listing, f'partition table: {listing}')
	tool('sfdisk', '--verify', 'x.img')
	check_volume('x.img', MBR_VOLUME)
	check(boots(inspect('x.img')), 'it would not boot')


def test_modules_in_order():
	for name in 'first', 'second', 'third':
		write(f'in/{name}', name * 1000)
	create('--elf', kernel(), '--module', 'in/third', '--module', 'in/first  a  b', '--module', 'in/second console=x', 'x.img')
	equal(file_on('x.img', GPT_VOLUME, '/loader/entries/example-kernel.conf').decode(),
	      'elf /example-kernel\nmodule /third\nmodule /first a  b\nmodule /second console=x\n', 'entry')
	equal(file_on('x.img', GPT_VOLUME, '/second'), b'second' * 1000, 'module')
	equal([module['arguments'] for module in inspect('x.img')['entries'][0]['modules']], ['', 'a  b', 'console=x'], 'arguments')


def test_sizes():
	"""FAT12, FAT16 and FAT32, each near its limits: the volume is sound and the loader reads it."""
	for size in '2M', '4M', '7M', '8M', '16M', '33M', '36M', '37M', '64M', '200M', '300M', '1G', '3G':
		for table, offset in ('gpt', GPT_VOLUME), ('mbr', MBR_VOLUME):
			if size == '2M' and table == 'gpt':
				continue
			create('--size', size, '--table', table, '--elf', kernel(), 'x.img')
			check_volume('x.img', offset)
			check(boots(inspect('x.img')), f'{size} {table} would not boot')
	check(os.stat('x.img').st_blocks * SECTOR < 64 << 20, 'the image is not sparse')


def test_default_size():
	create('--elf', kernel(), 'x.img')
	equal(os.path.getsize('x.img'), 64 << 20, 'size')
	create('--elf', kernel(), '--module', sparse('large', 300 << 20), 'x.img')
	size = os.path.getsize('x.img') >> 20
	check(330 <= size <= 350, f'{size} MiB for 300 MiB of files')
	check_volume('x.img', GPT_VOLUME)


def test_needed_size():
	"""The size that the error tells suffices, and one MiB less does not."""
	sparse('large', 90 << 20)
	done = mkboot('create', '--size', '64M', '--elf', kernel(), '--module', 'large', 'x.img').expect(6, 'image too small', 'at least')
	needed = int(done.err.split('at least ')[1].split('M')[0])
	create('--size', f'{needed}M', '--elf', kernel(), '--module', 'large', 'x.img')
	check_volume('x.img', GPT_VOLUME)
	mkboot('create', '--size', f'{needed - 1}M', '--elf', kernel(), '--module', 'large', 'y.img').expect(6, f'{needed}M')


def test_pmbr_active():
	create('--elf', kernel(), 'x.img')
	equal(read('x.img', 446, 1), b'\0', 'status byte')
	create('--pmbr-active', '--elf', kernel(), 'x.img')
	equal(read('x.img', 446, 1), b'\x80', 'status byte')
	check(boots(inspect('x.img')), 'it would not boot')


def test_same_bytes():
	"""Same input and SOURCE_DATE_EPOCH: same bytes, whatever the time zone, umask, language, folder order and output name are."""
	names = ['b', 'a', 'C', 'a long name that FAT splits.txt', 'd']
	for table in 'gpt', 'mbr':
		for folder, order in ('one', names), ('two', names[::-1]):
			for name in order:
				write(f'{folder}/{name}', name * 100)
			write(f'{folder}/kernel', read(kernel()))
			write(f'{folder}/loader/entries/k.conf', 'elf /kernel\n')
		os.utime('two/a', (1, 1))
		create('--table', table, '--root', 'one', 'one.img', env={**EPOCH, 'TZ': 'Pacific/Kiritimati', 'LC_ALL': 'C'})
		mask = os.umask(0o077)
		create('--table', table, '--root', 'two', 'two.img', env={**EPOCH, 'TZ': 'America/Adak', 'LC_ALL': 'C.UTF-8'})
		os.umask(mask)
		tool('cmp', 'one.img', 'two.img')
		create('--table', table, '--root', 'two', 'later.img', env={'SOURCE_DATE_EPOCH': '1700000002'})
		check(read('one.img') != read('later.img'), 'another time, same bytes')
		write('two/a', 'b' * 100)
		create('--table', table, '--root', 'two', 'other.img', env=EPOCH)
		check(inspect('one.img')['table']['id'] != inspect('other.img')['table']['id'], 'other files, same disk id')


def test_times():
	create('--elf', kernel(), 'x.img', env={'SOURCE_DATE_EPOCH': '1700000000', 'TZ': 'Asia/Tokyo'})
	listing = tool('mdir', '-i', f'x.img@@{GPT_VOLUME}', '::/')
	check('2023-11-14  22:13' in listing, f'the time of the files is not SOURCE_DATE_EPOCH in UTC: {listing}')


def test_own_identity():
	create('--elf', kernel(), 'x.img')
	create('--elf', kernel(), 'y.img')
	one, two = inspect('x.img'), inspect('y.img')
	check(one['table']['id'] != two['table']['id'], 'two images with one disk GUID')
	check(one['volumes'][0]['id'] != two['volumes'][0]['id'], 'two volumes with one serial number')


def test_tree():
	"""--root keeps folders, long names, and many files."""
	root = tree({'a': 'title A\nelf /kernel\nmodule /deep/er/Case..txt x\n', 'b': 'elf kernel\n'})
	write('root/deep/er/Case..txt', 'text')
	write('root/empty', '')
	for i in range(300):
		write(f'root/many/a file with a rather long name, number {i}', str(i))
	os.makedirs('root/nothing/in/it')
	os.symlink('kernel', 'root/link')
	create('--root', root, '--timeout', 3, 'x.img')
	check_volume('x.img', GPT_VOLUME)
	equal(file_on('x.img', GPT_VOLUME, '/many/a file with a rather long name, number 299'), b'299', 'file')
	equal(file_on('x.img', GPT_VOLUME, '/link'), read(kernel()), 'link')
	equal(file_on('x.img', GPT_VOLUME, '/loader/loader.conf'), b'timeout 3\n', 'loader.conf')
	check('nothing/in/it' in tool('mdir', '-b', '-/', '-i', f'x.img@@{GPT_VOLUME}', '::/'), 'an empty folder is missing')
	equal([entry['id'] for entry in inspect('x.img')['entries']], ['b', 'a'], 'entries')


def test_wide_root():
	"""More names at the top than a usual FAT16 root folder has room for."""
	root = tree({'a': 'elf /kernel\n'})
	for i in range(400):
		write(f'root/a file with a rather long name, number {i}', str(i))
	create('--root', root, '--size', '16M', 'x.img')
	check_volume('x.img', GPT_VOLUME)
	equal(file_on('x.img', GPT_VOLUME, '/a file with a rather long name, number 399'), b'399', 'file')


def test_odd_output_names():
	for name in 'a b.img', 'x@@4M.img', 'c:x.img', 'comma,name.img', 'ümlaut.img':
		create('--elf', kernel(), name)
		check(boots(inspect(name)), f'{name} would not boot')


def test_end_of_options():
	"""Behind "--" a word is a name, whatever it looks like."""
	create('--elf', kernel(), '--options', 'hello', '--', '-x.img')
	for command in 'inspect', 'plan':
		mkboot(command, '--', '-x.img').expect(0)
		mkboot(command, '--', '').expect(2, 'empty name')
		mkboot(command, '').expect(2, 'empty name')
		mkboot(command, '--').expect(2, 'no image')
	mkboot('run', '--expect', '^example: command line "hello"$', '--timeout', 60, '--', '-x.img', '--', '-name', 'x').expect(0)
	mkboot('run', '--', '').expect(2, 'empty name')
	mkboot('run', '--').expect(2, 'no image')


def test_no_options():
	create('--elf', kernel(), '--options', '', 'x.img')
	equal(file_on('x.img', GPT_VOLUME, '/loader/entries/example-kernel.conf'), b'elf /example-kernel\n', 'entry')


def test_odd_input_names():
	write('c:odd', 'x' * 10)
	write('-dash', 'y' * 10)
	create('--elf', kernel(), '--module=-dash', 'x.img')
	equal(file_on('x.img', GPT_VOLUME, '/-dash'), b'y' * 10, 'file')
	mkboot('create', '--elf', kernel(), '--module', 'c:odd', 'x.img').expect(7, 'not possible on FAT')


def test_output_replaced():
	"""The new image has the permissions of a new file; a symbolic link stays one."""
	write('real.img', '')
	os.symlink('real.img', 'x.img')
	mask = os.umask(0o027)
	create('--elf', kernel(), 'x.img')
	os.umask(mask)
	check(os.path.islink('x.img'), 'the link was replaced')
	equal(stat.S_IMODE(os.stat('real.img').st_mode), 0o640, 'permissions')
	check(boots(inspect('x.img')), 'it would not boot')


def test_without_sbin_in_path():
	create('--elf', kernel(), 'x.img', env={'PATH': '/usr/bin:/bin'})


def test_user_settings_of_mtools():
	"""A user's own settings of mtools do not change the image."""
	write('mtoolsrc', 'drive x: file="/nowhere"\nmtools_lower_case=1\n')
	create('--elf', kernel(), 'x.img', env=EPOCH)
	create('--elf', kernel(), 'y.img', env={**EPOCH, 'MTOOLSRC': 'mtoolsrc', 'MTOOLS_NO_VFAT': '1', 'MTOOLS_FAT_COMPATIBILITY': '1'})
	tool('cmp', 'x.img', 'y.img')
