/* SPDX-License-Identifier: BSD-3-Clause
 * Which thread of run B does what a thread of run A does. Ids are never compared: threads pair by what the user says
 * (--map), by lineage where both journals know it, by spawn (same parent, entry PC and call site, k-th with k-th), by
 * entry PC alone, and what is left by what it calls. */
#ifndef DIFF_PAIR_H
#define DIFF_PAIR_H

#include "diff/run.h"

#define PAIR_NOBODY UINT32_MAX

enum pair_how {
    PAIR_NONE,    /* a thread without a counterpart */
    PAIR_MAP,     /* the user said so */
    PAIR_MACHINE, /* thread 0: the machine, or the log itself */
    PAIR_LINEAGE,
    PAIR_SPAWN, /* paired parents, same entry, op and LR of the spawn, same ordinal among these */
    PAIR_ENTRY, /* same entry, in order of creation */
    PAIR_CALLS, /* similar calls */
};

struct pair {
    u32 a, b; /* places in the runs' tables of threads, or PAIR_NOBODY */
    u8 how;
    u8 confidence;              /* per cent: a rule's own, see pair_rule */
    u8 likeness;                /* PAIR_CALLS: per cent */
    bool is_crossed;            /* PAIR_SPAWN, PAIR_ENTRY: not in order, since siblings do each other's first calls */
    u32 siblings_a, siblings_b; /* PAIR_SPAWN, PAIR_ENTRY, PAIR_CALLS: how many there were to choose from */
};

/* A role that may have moved: threads that share calls without being a pair. A role can go to several threads, and
 * several to one. */
struct pair_hint {
    u32 a, b;
    u8 share;      /* per cent of the calls of the one that does fewer that the other does too */
    u8 confidence; /* per cent: the share, by how many threads it could be */
    u64 common;    /* calls of both, of the first ones that are looked at */
    u64 calls_a, calls_b;
    u32 rivals;              /* other hints of A's thread or of B's that are as good */
    u8 of_pair_a, of_pair_b; /* per cent that each shares with its own counterpart; 0: it has none */
};

struct pairing {
    struct run *a, *b;
    struct pair *pairs; /* in order of A's threads, then B's without counterpart */
    u32 count;
    u32 *of_a, *of_b; /* pair of a thread, by its place */
};

/* map: a file of lines "A B" (thread ids; "-" for none; # begins a comment), or NULL. False: err names its line. */
bool pair_threads(struct pairing *pairing, struct run *a, struct run *b, const char *map, struct err *err);
void pair_finish(struct pairing *pairing);

/* "spawn" and so on, and why that is evidence, in words. */
const char *pair_how_name(u8 how);
void pair_evidence(const struct pairing *pairing, const struct pair *pair, char *text, size_t capacity);
/* Entry PC of either; 0: unknown. */
u32 pair_entry(const struct pairing *pairing, const struct pair *pair);

/* Hints for threads without a counterpart and for pairs of which one does far less than the other, or other things.
 * Reads all keys. Returns how many; the caller frees *hints. */
void pair_hint_evidence(const struct pair_hint *hint, char *text, size_t capacity);
u32 pair_find_hints(const struct pairing *pairing, struct pair_hint **hints);

/* ---- Shared by diff/pair*.c. ---- */

/* The pairs from `first` on are siblings, k-th with k-th: those that do what another's counterpart does, and not what
 * their own does, change counterparts (diff/pair_cross.c). */
enum { PAIR_CROSSED = 85 }; /* per cent: what such pairs are sure by */
void pair_cross(struct pairing *pairing, u32 first);
/* Pairs that it made. */
u32 pair_count_crossed(const struct pairing *pairing);

/* How similar the first calls of two threads are, in per cent (diff/pair_calls.c). */
struct pair_profile;
struct pair_profile *pair_profile_create(struct run *run, u32 place, u64 most_keys);
void pair_profile_destroy(struct pair_profile *profile);
u32 pair_profile_likeness(const struct pair_profile *x, const struct pair_profile *y);
u64 pair_profile_total(const struct pair_profile *profile);
/* Per cent of the keys of the smaller that the greater has too. */
u32 pair_profile_share(const struct pair_profile *x, const struct pair_profile *y);
u64 pair_profile_common(const struct pair_profile *x, const struct pair_profile *y);

#endif
