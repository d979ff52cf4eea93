/* SPDX-License-Identifier: BSD-3-Clause
 * One line of words and KEY=VALUE pairs as a list of values. */
#ifndef DIFF_IMPORT_PAIRS_H
#define DIFF_IMPORT_PAIRS_H

#include "diff/import_value.h"

/* A pair's path is that of its key; a word without a key has the path of "" and key_size 0. */
void import_pairs_scan(const char *line, size_t size, struct import_values *values);

#endif
