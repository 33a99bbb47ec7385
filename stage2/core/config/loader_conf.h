/* SPDX-License-Identifier: MIT */
/* /loader/loader.conf: one key and a value a line, '#' starts a comment line. Missing keys have the defaults given here. */
#pragma once

#include "core/base/span.h"
#include "core/base/status.h"
#include "core/config/entry.h"

enum failure_action { FAILURE_FIRMWARE, FAILURE_REBOOT, FAILURE_HALT, FAILURE_ACTIONS };

extern const char *const failure_action_names[FAILURE_ACTIONS]; /* as they are written */

enum { TIMEOUT_NONE = 0, TIMEOUT_MAX_SECONDS = 86400 };

struct loader_conf {
	const char *default_pattern;    /* glob over entry ids, with or without ".conf"; "" = the first in order */
	unsigned timeout_seconds;       /* 0: start the default at once, without a menu */
	enum failure_action on_failure; /* after the last entry has failed; FAILURE_FIRMWARE */
	struct video_setting video;     /* of entries that do not set it themselves */
};

void loader_conf_defaults(struct loader_conf *conf);

/* Never refuses the whole file: a bad value is reported to `listener`, and the default stays. ERR_NO_MEMORY and ERR_TOO_BIG only. */
MUST_CHECK enum status loader_conf_parse(struct span text, struct arena *arena, const struct config_listener *listener,
					 struct loader_conf *conf, struct err *err);
