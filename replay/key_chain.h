/* SPDX-License-Identifier: BSD-3-Clause
 * The running hash over a thread's alignment keys, with a mark at every JOURNAL_MARK-th (replay/journal.h says how). */
#ifndef REPLAY_KEY_CHAIN_H
#define REPLAY_KEY_CHAIN_H

#include "replay/block.h"

struct key_chain { /* starts as zeros */
    u64 hash;      /* at the last mark */
    u32 pending;   /* keys since then */
    u32 capacity;
    u64 *keys;           /* those */
    struct buffer marks; /* since the caller last emptied it */
};

void key_chain_add(struct key_chain *chain, u64 key);
/* Goes on behind a mark with that hash and the keys since then, less than JOURNAL_MARK. */
void key_chain_restore(struct key_chain *chain, u64 hash, const u64 *keys, u32 count);
u64 key_chain_value(const struct key_chain *chain);
void key_chain_free(struct key_chain *chain);

#endif
