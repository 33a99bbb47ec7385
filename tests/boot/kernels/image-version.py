#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: image-version.py MAJOR FILE.efi

Sets MajorImageVersion of a PE image (Microsoft PE format, "Optional Header"), which objcopy cannot. Linux says by 1 that its EFI stub takes
an initrd by LoadFile2 (include/linux/pe.h, LINUX_EFISTUB_MAJOR_VERSION).
"""

import struct
import sys

PE_OFFSET, OPTIONAL_HEADER, MAJOR_IMAGE_VERSION = 0x3C, 24, 44


def main(major, path):
	with open(path, 'r+b') as file:
		head = file.read(4096)
		header, = struct.unpack_from('<I', head, PE_OFFSET)
		assert head[header:header + 4] == b'PE\0\0', path
		file.seek(header + OPTIONAL_HEADER + MAJOR_IMAGE_VERSION)
		file.write(struct.pack('<H', int(major)))


if len(sys.argv) != 3:
	sys.exit(__doc__.splitlines()[0])
main(*sys.argv[1:])
