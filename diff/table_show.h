/* SPDX-License-Identifier: BSD-3-Clause
 * Times and durations as text, for table.c alone: written before `end`, which has TABLE_SHOW bytes before it. They
 * return where the text begins. */
#ifndef DIFF_TABLE_SHOW_H
#define DIFF_TABLE_SHOW_H

#include "diff/run.h"

enum { TABLE_SHOW = 64 };

char *table_show_time_before(char *end, const struct run_clock *clock, u64 time);
char *table_show_duration_before(char *end, const struct run_clock *clock, u64 duration);

#endif
