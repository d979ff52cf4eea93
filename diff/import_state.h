/* SPDX-License-Identifier: BSD-3-Clause
 * What an import knows at a commit, as text: a line `NAME VALUE` each, kept in the journal's meta while the import
 * runs, so that it can go on after it was killed. */
#ifndef DIFF_IMPORT_STATE_H
#define DIFF_IMPORT_STATE_H

#include "replay/block.h"

void state_put(struct buffer *state, const char *name, u64 number);
/* The text has no line ends and no NULs; several of one name may be put. */
void state_put_text(struct buffer *state, const char *name, const char *text);
/* 0: not there. */
u64 state_get(const char *state, const char *name);
/* The next text of that name behind *at (NULL at first); NULL: no more. */
const char *state_next(const char *state, const char *name, const char **at, size_t *size);
/* It is there and the same. */
bool state_is(const char *state, const char *name, const char *text);

#endif
