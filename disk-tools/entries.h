/* SPDX-License-Identifier: MIT */
/* The loader's own reading of a configuration, with everything that it would pass over in silence turned into findings. */
#pragma once

#include "disk-tools/content.h"
#include "disk-tools/findings.h"
#include "disk-tools/model.h"

/*
 * configuration_read(). Files are named as on the volume, or, where `content` is not NULL, as on the host. An entry that the loader would
 * leave out, an unknown key and a bad value are serious; no usable entry at all is, too. With `content`, a title that a text screen
 * cannot show is worth a word.
 */
enum exit_code entries_read(struct model *model, const struct boot_disk *boot_disk, const struct content *content,
			    struct findings *findings, struct configuration *configuration);

/*
 * Makes the plan of each entry on each firmware where its kind of kernel exists. An entry without any plan is serious, one that lacks
 * that of one firmware is worth a word. `startable` counts those that have one.
 */
void entries_try(struct model model[MODELS], const struct configuration *configuration, const struct content *content,
		 struct findings *findings, unsigned startable[MODELS]);

/* "/loader/entries/ID.conf", with the boot counter if there is one; `path` holds PATH_MAX bytes. */
const char *entry_path(const struct entry *entry, char *path);
