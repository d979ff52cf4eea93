/* SPDX-License-Identifier: BSD-3-Clause
 * The letters that two runs are compared by: one for each event that takes part, the same in both runs where the
 * events are the same call. Which events take part, and what of them must agree, is the user's choice (--key, --class,
 * --kind); noise never takes part: calls of a noisy kind (schema/noise.def), what the source declares as not
 * deterministic, and what reference runs have shown to vary (--jitter). */
#ifndef DIFF_KEYS_H
#define DIFF_KEYS_H

#include "diff/run.h"

enum key_part {
    KEY_OP = 1,
    KEY_LR = 2,
    KEY_FUNCTION = 4,  /* the function that made the call, instead of the place in it */
    KEY_ARGUMENTS = 8, /* of paired calls: compared after the keys (diff/values.h) */
    KEY_RESULT = 16,
    KEY_DEFAULT = KEY_OP | KEY_LR | KEY_ARGUMENTS | KEY_RESULT,
};

enum keys_kind { KEYS_ALL, KEYS_PRODUCERS, KEYS_WAITS, KEYS_SPAWNS, KEYS_FILES };

/* What of a site is left out, and why. */
enum key_skip {
    KEY_TAKEN,
    KEY_NO_KEY,   /* not of class KEY */
    KEY_UNWANTED, /* not what the user asked for */
    KEY_NOISE,
    KEY_DECLARED,
    KEY_LEARNT,
};

struct keys_side {
    struct run *run;
    u64 *letter; /* by site */
    u8 *skip;    /* by site, enum key_skip */
};

struct keys {
    u32 parts;     /* of enum key_part */
    u32 steady;    /* a bit for each noise class that takes part all the same: in these runs it does not vary */
    bool is_plain; /* (op, LR) of all that is no noise: the runs' own marks tell how far they agree */
    struct keys_side side[2];
};

struct keys_choice {
    u32 parts;
    u8 kind;           /* enum keys_kind: only these calls */
    const u64 *learnt; /* letters that vary, in order */
    u32 learnt_count;
};

/* "op,lr,args,result", "op", "op,fn" ... False: err names what is wrong. */
bool keys_read_parts(const char *text, u32 *parts, struct err *err);
/* "call" (all), "producer", "wait", "spawn", "file". */
bool keys_read_kind(const char *text, u8 *kind, struct err *err);
/* Is a call of the op of that kind (enum keys_kind)? */
bool keys_has_kind(u32 op, u8 kind);
void keys_init(struct keys *keys, struct run *a, struct run *b, const struct keys_choice *choice, u32 steady);
void keys_finish(struct keys *keys);
/* Is it among these, which are in order? */
bool keys_contains(const u64 *letters, u32 count, u64 letter);
/* Events of a run that have this letter, taken or left out. */
u64 keys_count(const struct keys_side *side, u64 letter);

/* One thread's letters in order. A *place* is where a reader can begin: 0, or what an earlier one told. */
struct keys_reader {
    const struct keys *keys;
    u32 side, thread;  /* thread: its place in the run's table */
    u64 next;          /* the place to read next */
    u64 last_position; /* events behind it do not take part */
    bool ended;
    struct err damage; /* text empty: none */
};
enum { KEYS_CHUNK = 4096 };

void keys_reader_init(struct keys_reader *reader, const struct keys *keys, u32 side, u32 thread, u64 place,
                      u64 last_position);
/* At most KEYS_CHUNK more; 0: the end. places may be NULL. */
u32 keys_read(struct keys_reader *reader, u64 *letters, u64 *positions, u64 *places);

#endif
