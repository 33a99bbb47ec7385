/* SPDX-License-Identifier: MIT */
/* The commands of mkboot; main.c lists them. */
#pragma once

#include "disk-tools/options.h"

extern const struct command command_create, command_plan, command_inspect, command_run;
