/* SPDX-License-Identifier: BSD-3-Clause
 * How objects are worked out, shared by diff/objects*.c alone. */
#ifndef DIFF_OBJECTS_BUILD_H
#define DIFF_OBJECTS_BUILD_H

#include "diff/map.h"
#include "diff/marks.h"
#include "diff/objects.h"

struct objects_value {
    u64 value, seq;
    u32 alias;
};

struct objects_index {
    struct map by_hsid;
    u32 *by_thread;               /* by place */
    struct objects_value *values; /* aliases that have a value, in order of (value, seq) */
    u32 value_count;
    u32 unknown_first; /* in signals: those of OBJECTS_NONE */
};

/* What a thread is in the midst of: a call, by its position, and what it told so far. */
struct thread_state {
    u64 spawn_object_call, spawn_child_call;
    u32 spawn_object, spawn_child;
    u64 duplicate_call, duplicate_of;
    u64 reference_call;
    u32 referenced;
    u64 wait_call, wait_address;
    u32 last_signal;
};

enum { TYPE_NOT_LOOKED_UP = 0xFF };

/* What an identity named from an event on. */
struct objects_naming {
    u64 seq;
    u32 object, before; /* the one before of the same identity, or MAP_NONE */
};

struct build {
    struct run *run;
    struct objects *objects;
    const struct site_fact *facts;
    u8 *types;                    /* by site: what a call there makes, or TYPE_NOT_LOOKED_UP */
    struct thread_state *threads; /* by place */
    struct map current;           /* value: the alias that has it now */
    struct map births;            /* (thread, site): how many objects were made there */
    u32 *open_handles;            /* by object */
    struct map last_naming;       /* by identity: in namings */
    struct objects_naming *namings;
    u32 naming_count;
    u8 *mute;     /* objects_find_mute */
    bool is_bare; /* signals are left out */
};

/* The next event in the order of the run. */
void objects_note(struct build *b, const struct mark *mark);
/* What an event behind the call tells of a signal, whose object may be known already. */
void objects_match(struct build *b, struct object_signal *signal, u32 object);
/* Looks for such events where calls that could have told the object did not, when all else is known; by site, which of
 * the calls cannot (diff/objects_match.c). */
u8 *objects_find_mute(const struct build *b);
bool objects_match_all(struct build *b, struct err *err);
void objects_set_target(struct objects *objects, u32 object, u32 place);

#endif
