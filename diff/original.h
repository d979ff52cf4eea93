/* SPDX-License-Identifier: BSD-3-Clause
 * Giving back the log that a journal was imported from, byte for byte. */
#ifndef DIFF_ORIGINAL_H
#define DIFF_ORIGINAL_H

#include "replay/journal.h"

#include <stdio.h>

/* Logs that were imported into the journal; 0: it is a recording of our own. */
u64 original_count(const struct journal_reader *journal);
/* Writes the log-th one, from 0. False: err says why; what was damaged is left out and told. */
bool original_write(struct journal_reader *journal, u64 log, FILE *out, struct err *err);

#endif
