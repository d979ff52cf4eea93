/* SPDX-License-Identifier: BSD-3-Clause
 * Why two runs part: from the first divergence (diff/first.h) back to what first differed.
 *
 * Both runs are replayed around the divergence (diff/trail.h). A *spot* is one instruction that both executed, each in
 * its run, at the same place of the same way; what it read differs. Its differing operand leads to an earlier spot:
 * through registers to the instruction that wrote them, through memory to the last writer of the byte, whichever thread
 * that was, and where only one run has that writer, to the branch that led there; through files to the thread that made
 * them. It ends where there is no earlier
 * spot: at what the kernel told the title, at an input, at an order of two accesses, at memory that nobody wrote. Each
 * step is a link: thread, tick, place and values in both runs, to be checked with `lockstep replay --probe` or --watch.
 */
#ifndef DIFF_EXPLAIN_H
#define DIFF_EXPLAIN_H

#include "diff/first.h"
#include "diff/trail.h"

#include <stdio.h>

enum explain_kind {
    EXPLAIN_UNKNOWN,
    EXPLAIN_INPUT,
    EXPLAIN_RESULT,
    EXPLAIN_MEMORY,
    EXPLAIN_UNINITIALISED,
    EXPLAIN_RACE,
    EXPLAIN_SCHEDULE,
    EXPLAIN_ENGINE,
};

enum explain_verdict { EXPLAIN_IS_UNKNOWN, EXPLAIN_UNCONFIRMED, EXPLAIN_CONFIRMED };

enum explain_link_kind {
    LINK_DIVERGENCE, /* the call where the runs part */
    LINK_BRANCH,
    LINK_COMPUTED, /* an instruction */
    LINK_MOVED,    /* one that only carries a value on */
    LINK_LOADED,
    LINK_STORED,
    LINK_RETURNED, /* a kernel call's result */
    LINK_WRITTEN,  /* memory that a kernel call wrote */
    LINK_PASSED,   /* an argument of a kernel call */
    LINK_ORDER,    /* two accesses, or two calls */
    LINK_INPUT,
};

enum { EXPLAIN_LINKS = 400, EXPLAIN_BEGINNING = 200, EXPLAIN_TEXT = 400 };

/* One run's side of a link. */
struct explain_at {
    bool is_there;
    u32 thread; /* id */
    u32 index;  /* of the call's event, or of the thread's next one */
    u64 time, number;
    u64 value;
    u32 callers[3];
};

struct explain_link {
    u8 kind; /* enum explain_link_kind */
    u32 pc;  /* of a call: its LR */
    u32 op;
    u32 address; /* of memory, 0: none */
    u32 size;    /* bytes of the values */
    struct explain_at at[2];
    char text[EXPLAIN_TEXT];
};

struct explain_cause {
    u8 kind; /* enum explain_kind */
    u32 op;
    u32 pc;      /* or LR */
    u32 address; /* 0: none */
    u32 size;
    u64 nth[2]; /* how many-th call of the op by the thread, from 1 */
    struct explain_at at[2];
    u64 poke[2];         /* memory: the tick at which the block begins that reads it */
    bool is_order;       /* two calls on one object that changed places */
    bool other_first[2]; /* is `other` the one that comes first in that run? */
    u64 other_nth[2];
    struct explain_at other[2]; /* a race: the other access; a schedule: the other call */
    u32 other_pc, other_op;
    u32 input_kind;           /* enum input_kind, 0: none */
    char input[EXPLAIN_TEXT]; /* which input, "" for none */
    char text[EXPLAIN_TEXT];
};

/* Where one begins: a divergence, and whether with the branch that parts the calls, or with the first call whose values
 * differ. */
struct explain_target {
    u32 divergence; /* in first->list */
    bool by_branch;
    u64 common; /* by_branch: keys before it */
};

/* What --confirm did. */
struct explain_confirm {
    bool was_tried;
    bool divergence_goes, wedge_was, wedge_goes;
    u32 side;         /* the run that was changed */
    char change[512]; /* options of replay */
    char text[EXPLAIN_TEXT];
};

/* Common keys of one pair of threads, without noise. */
struct explain_keys {
    bool is_read;
    u64 *position[2];
    u64 count[2];
    u64 common;
};

struct explain_story {
    struct explain_target target;
    struct explain_link link[EXPLAIN_LINKS]; /* of a longer story the beginning and the end */
    u32 link_count;
    u32 left_out; /* links that stood before link EXPLAIN_BEGINNING */
    struct explain_cause cause;
    struct explain_cause nearer; /* what is told where what lies behind it is not found */
    struct explain_confirm confirm;
    u8 verdict;
    char stopped[EXPLAIN_TEXT]; /* where it could go no further, "" if at a cause */
};

/* A cause that was followed and tried, and not confirmed. */
struct explain_trial {
    char cause[EXPLAIN_TEXT], outcome[EXPLAIN_TEXT + 24];
};
enum { EXPLAIN_TRIALS = 8, EXPLAIN_PROBES = 32, EXPLAIN_PROBE = 48 };

struct explain {
    struct run *run[2];
    struct pairing *pairing;
    struct first *first;
    char folder[4096];
    struct explain_keys *keys; /* by pair */
    /* The trails that are open. */
    struct trail trail[2];
    u32 parted[2];
    u32 pair;
    u64 from;  /* place in the common keys that they begin at, + 1; 0: the thread's start */
    u32 to[2]; /* index of the event they end with */
    u64 until[2];
    u32 replays;
    u32 threads;  /* whose own divergence was looked at */
    bool is_same; /* nothing diverges */
    struct explain_story story;
    struct explain_trial trial[EXPLAIN_TRIALS];
    u32 trial_count;
    char probe[EXPLAIN_PROBES][EXPLAIN_PROBE]; /* "PC:r3,r4", for the next capture by an engine that is not ours */
    u32 probe_count;
};

/* The whole of it for two runs whose threads are paired: `tell` gets the explanation, which then is gone. False: err.
 */
bool explain_runs(struct pairing *pairing, struct run *const run[2], bool confirm,
                  void (*tell)(void *context, struct explain *x), void *context, struct err *err);
/* Tells the story. confirm: causes are tried, of several divergences if need be, until one is confirmed. False: err, a
 * host failure. */
bool explain_find(struct explain *x, bool confirm, struct err *err);
/* Changes one run so that the cause is as in the other, and sees what that changes. */
bool explain_try(struct explain *x, struct err *err);
/* The same with all of the input that the cause rests on; files: only if that is what the partitions hold, else only if
 * it is not. */
bool explain_try_input(struct explain *x, bool files, struct err *err);
void explain_finish(struct explain *x);

const char *explain_kind_name(u8 kind);
const char *explain_verdict_name(u8 verdict);
const char *explain_link_name(u8 kind);

void explain_print(struct explain *x, FILE *out);
struct json;
void explain_put_json(struct explain *x, struct json *j);

/* ---- Between diff/explain*.c. ---- */

bool explain_is_own(const struct run *run); /* made by this engine: it can be replayed */
/* One of the runs, at least, is not. */
bool explain_foreign(struct explain *x, struct err *err);
/* Side k does not replay here as it was recorded: tells where. */
bool explain_engine(struct explain *x, u32 k);
void explain_tell_divergence(struct explain *x, const struct first_divergence *d);

struct explain_spot {
    u32 step[2];
};

enum explain_next { NEXT_SPOT, NEXT_END, NEXT_FAILED };

/* Opens the trails of a pair from a common key on (0: the start) to these events; err or damage: false. */
bool explain_open(struct explain *x, u32 pair, u64 from, const u32 to[2], const u64 until[2], struct err *err);
/* The same from further back; *spot moves along. False without err.text: they begin at the thread's start already. */
bool explain_widen(struct explain *x, struct explain_spot *spot, struct err *err);
const struct explain_keys *explain_keys(struct explain *x, u32 pair);
void explain_read_keys(struct run *const run[2], const u32 place[2], struct explain_keys *keys);
void explain_free_keys(struct explain_keys *keys);
/* Common keys before the thread's event of that index, on that side. */
u64 explain_key_before(struct explain *x, u32 pair, u32 side, u32 index);
u32 explain_place(const struct explain *x, u32 pair, u32 side);     /* of its thread in the run's table */
u32 explain_pair_of(const struct explain *x, u32 side, u32 thread); /* by id; PAIR_NOBODY */
bool explain_event(struct explain *x, u32 side, u32 place, u32 index, struct event *event);
/* Index and seq of the k-th common key. */
bool explain_key_event(struct explain *x, u32 pair, u32 side, u64 k, struct event *event);

struct explain_at explain_at_event(const struct event *event);
struct explain_link *explain_add(struct explain *x, u8 kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void explain_put_steps(struct explain *x, struct explain_link *link, const struct explain_spot *spot);
void explain_stop(struct explain *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* From one spot to the one before. */
enum explain_next explain_back(struct explain *x, struct explain_spot *spot, struct err *err);
enum explain_next explain_register(struct explain *x, struct explain_spot *spot, u32 place, struct err *err);
enum explain_next explain_memory(struct explain *x, struct explain_spot *spot, u32 address, u32 size, struct err *err);
struct explain_data {
    u32 address, size; /* of values, at most 8 */
    u64 value[2];
};
/* The byte at data->address + offset, as it was at the spot in both runs. */
enum explain_next explain_byte(struct explain *x, struct explain_spot *spot, const struct explain_data *data,
                               u32 offset, struct err *err);
/* What memory held in both runs at the spot. False with err.text: failed; without: not told. */
bool explain_read(struct explain *x, const struct explain_spot *spot, const u32 address[2], u32 size, u8 *bytes[2],
                  struct err *err);
/* What an argument of a call points to differs; the spot is the call. */
enum explain_next explain_pointer(struct explain *x, struct explain_spot *spot, const struct values_call call[2],
                                  u32 argument, struct err *err);
/* What a call gave: its result (data NULL), or bytes that it wrote. Indexes are those of its call events. */
u32 explain_text_argument(u32 op); /* the one that a call's text comes from; UINT32_MAX: none */
u32 explain_argument(u32 op, const char *name);
/* A number that a call was given, from there on. */
enum explain_next explain_passed(struct explain *x, u32 pair, const struct values_call call[2], u32 argument,
                                 struct explain_spot *spot, struct err *err);
/* A wait that ended otherwise: the calls' positions. */
enum explain_next explain_wait(struct explain *x, u32 pair, const u64 position[2], struct explain_spot *spot,
                               struct err *err);
/* Two calls on one object that changed places: those around the same call of both runs. */
enum explain_next explain_order(struct explain *x, const struct event call[2], struct explain_spot *spot,
                                struct err *err);
/* Why a pair of threads parts, from its own first divergence. */
enum explain_next explain_thread(struct explain *x, u32 pair, struct explain_spot *spot, struct err *err);
/* How many calls of the op the thread made, up to that event. */
u64 explain_count(struct explain *x, u32 pair, u32 side, u32 op, u32 index);
/* The nth of them, the other way round. */
bool explain_nth(struct explain *x, u32 pair, u32 side, u32 op, u64 nth, struct event *call);
bool explain_read_call(struct explain *x, u32 pair, u32 side, u32 index, struct values_call *call);
enum explain_next explain_call(struct explain *x, u32 pair, const u32 index[2], const struct explain_data *data,
                               struct explain_spot *spot, struct err *err);
/* What it told of a file of this path, if a thread of the run made that: by whom, and what of that differs. NEXT_END
 * and an unchanged cause: nobody did, or both alike. */
enum explain_next explain_file(struct explain *x, u32 pair, const struct values_call call[2], const char *path,
                               const struct explain_data *data, struct explain_spot *spot, struct err *err);
/* What the kernel wrote of itself (time and the like), outside of any call. */
enum explain_next explain_kernel(struct explain *x, const struct explain_link *read, const struct explain_data *data);
/* "settings_load+0x1c", or the address. */
const char *explain_name(struct explain *x, u32 address, char *out, size_t capacity);
const char *explain_instruction(u32 word, u32 pc, char *out, size_t capacity);

#endif
