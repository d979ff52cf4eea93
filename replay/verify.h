/* SPDX-License-Identifier: BSD-3-Clause
 * Replay's proof: an observer that holds every event of the replayed run against the journal's, in order. */
#ifndef REPLAY_VERIFY_H
#define REPLAY_VERIFY_H

#include "replay/journal.h"

/* A divergence is a result, not an error. */
struct divergence {
    bool found;
    u64 seq;
    u64 tick;
    u32 thread;
    u32 index;
    u32 lr;
    u32 op;
    u8 kind;           /* of the journal's event */
    const char *field; /* "kind", "time", "op" ... or a field's name of schema/events.def */
    char want[256];    /* the journal's value, printed */
    char got[256];     /* the replay's */
};

struct verifier;

/* The reader must outlive it. */
struct verifier *verifier_create(struct journal_reader *journal, struct err *err);
void verifier_destroy(struct verifier *v);
/* An observer's two functions (emu/engine.h); context is the verifier. Events behind the journal's last are not
 * compared. */
void verifier_emit(void *verifier, const struct event *event);
u32 verifier_intern(void *verifier, const char *text, size_t size);

/* True once a difference was met: nothing is compared after it. */
const struct divergence *verifier_divergence(const struct verifier *v);
u64 verifier_compared(const struct verifier *v); /* events compared equal */
u64 verifier_hashes(const struct verifier *v);   /* of them, state hashes */
/* True when every event of the journal was compared; a whole journal must also have ended there. */
bool verifier_is_complete(const struct verifier *v);

#endif
