/* SPDX-License-Identifier: BSD-3-Clause
 * An event's values as text, by what they mean; the same in every tool. */
#ifndef REPLAY_SHOW_H
#define REPLAY_SHOW_H

#include "replay/journal.h"

/* `journal` gives strings their text; it may be NULL. */
void show_value(struct journal_reader *journal, enum event_meaning meaning, u64 value, char *out, size_t capacity);

#endif
