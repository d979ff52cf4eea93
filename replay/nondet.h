/* SPDX-License-Identifier: BSD-3-Clause
 * The gate: the one place where a run may learn something that its own state does not determine.
 *
 * The machine asks a question (kind, key, tick). Live, the gate asks the host. Recording, it asks the host and journals
 * the answer. Replaying, it takes the answer from the journal and asks nobody. A question that the journal does not
 * hold at that place is a divergence: it is remembered, and the run stops.
 *
 * Kinds are the rows of schema/inputs.def. A row is STORED (the answer itself is journaled) or HASHED (the answer
 * belongs to the title, which replay needs anyway: only its XXH3 is journaled, and replay compares what the title gives
 * now).
 *
 * A row that is CHANGE is no question: the machine offers a place (nondet_take), and there is a change of the run there
 * or not. Live and recording, the host decides, and the change is journaled with its place; replaying, it is the next
 * input of the journal, or there is none. A run without changes passes such places for nothing, and its journal is the
 * same as if there were none. */
#ifndef REPLAY_NONDET_H
#define REPLAY_NONDET_H

#include "schema/base.h"
#include "schema/input.h"

struct journal_writer;
struct journal_reader;

enum nondet_mode { NONDET_LIVE, NONDET_RECORD, NONDET_REPLAY };

/* Bytes of an answer: owned by the gate, valid until the next question. */
struct nondet_answer {
    const u8 *data;
    size_t size;
};

/* The host's side: fills *answer with bytes that stay valid until the next call. false: err says why (the run stops).
 */
struct nondet_host {
    void *context;
    bool (*answer)(void *context, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer,
                   struct err *err);
    /* Changes of the run; both NULL: none. True: there is one at this place. about: what the key does not tell (for a
     * call: thread << 32 | op). */
    bool (*change)(void *context, enum input_kind kind, u64 key, u64 about, u64 tick, struct nondet_answer *answer);
    /* The tick from which on the thread's next change by time applies; UINT64_MAX: none is left. */
    u64 (*due)(void *context, u64 thread);
};

struct nondet;

struct nondet *nondet_create(enum nondet_mode mode, const struct nondet_host *host, struct journal_writer *writer,
                             struct journal_reader *reader);
void nondet_destroy(struct nondet *gate);

/* Asks. false: the run cannot go on (host failure, or the journal holds another question here); err says which. */
bool nondet_ask(struct nondet *gate, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer,
                struct err *err);

/* The same for answers of one number (at most 8 bytes, little-endian in the journal). */
bool nondet_ask_u64(struct nondet *gate, enum input_kind kind, u64 key, u64 tick, u64 *value, struct err *err);

/* Is there a change of the run here? key: the place, `tick` its time. */
bool nondet_take(struct nondet *gate, enum input_kind kind, u64 key, u64 about, u64 tick, struct nondet_answer *answer);
/* The tick at which the thread is to offer its place for a hold or a poke; UINT64_MAX: never. */
u64 nondet_due(struct nondet *gate, u64 thread);
/* False: the run has no changes, or none that are left. */
bool nondet_has_changes(struct nondet *gate);

/* True when a replay met another question than the journal's; err of the failed call has the sentence. */
bool nondet_has_diverged(const struct nondet *gate);
/* True when a replay asked more than a journal that was cut short holds: the end of what can be replayed, no
 * divergence. */
bool nondet_is_exhausted(const struct nondet *gate);

#endif
