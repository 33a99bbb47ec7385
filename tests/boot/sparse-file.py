#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: sparse-file.py OUT BYTES SEED

A large file for a module: a block of random bytes in each 256 KiB and at the end, holes between them. The same seed gives the same bytes.
"""

import os
import random
import sys

BLOCK, STEP = 4096, 256 * 1024


def main():
	if len(sys.argv) != 4:
		sys.exit(__doc__.splitlines()[0])
	path, size, generator = sys.argv[1], int(sys.argv[2]), random.Random(sys.argv[3])
	with open(path + '.part', 'wb') as file:
		for at in (*range(0, size - BLOCK, STEP), size - BLOCK):
			file.seek(at)
			file.write(generator.randbytes(BLOCK))
	os.rename(path + '.part', path)


main()
