/* SPDX-License-Identifier: MIT */
/* The table of compressed formats. */
#include "core/pack/unpack.h"

#include "core/base/file.h"

#include <stddef.h>

const struct unpacker *const unpackers[] = {
	&unpack_gzip,
	NULL,
};

enum status unpack_probe(struct file *file, const struct unpacker **unpacker, uint64_t *bytes, struct err *err)
{
	for (unsigned i = 0; unpackers[i]; i++) {
		enum status status = unpackers[i]->guess(file, bytes, err);

		if (status == OK)
			*unpacker = unpackers[i];
		if (status != ERR_NOT_FOUND)
			return status;
	}
	return err_set(err, ERR_NOT_FOUND, "{s} is not compressed", file->path, 0, 0);
}
