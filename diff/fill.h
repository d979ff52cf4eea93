/* SPDX-License-Identifier: BSD-3-Clause
 * How much a journal's source tells: of each op, how many of its values (arguments, results, identities) are known. */
#ifndef DIFF_FILL_H
#define DIFF_FILL_H

#include "diff/table.h"

/* Reads every event. False: damage. */
bool fill_print(struct journal_reader *journal, enum table_form form, struct err *err);

#endif
