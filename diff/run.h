/* SPDX-License-Identifier: BSD-3-Clause
 * A run as the tools see it: an opened journal with its threads, its sites and its streams in columns.
 *
 * site      a (kind, op, LR) that occurs: the letter of the alphabet that alignment works with. Its `key` is the same
 *           in every journal, so two runs' sites pair by it.
 * stream    a thread's events in order; a place in it is a *position*, dense from 0. The log's own number of an event
 *           (struct event's index) is for showing and citing; it may have holes in a foreign log.
 * time      in units of the journal's clock (run_clock): 50 MHz ticks of our own machine, nanoseconds or nothing at all
 *           in other logs. Never compare times of unlike clocks.
 * missing   a value that the source does not tell is not 0: see struct event's `missing`. */
#ifndef DIFF_RUN_H
#define DIFF_RUN_H

#include "replay/journal.h"
#include "schema/noise.h"

struct run;

/* Reads the index, not the events. NULL: err names the file and why. */
struct run *run_open(const char *path, struct err *err);
void run_close(struct run *run); /* accepts NULL */
/* False: something that was asked for so far is damaged (err names the first). Whoever went on without it has compared
 * less than all, and asks this before the answer. */
bool run_is_whole(const struct run *run, struct err *err);
const char *run_path(const struct run *run);
struct journal_reader *run_journal(struct run *run);

/* ---- Clock. ---- */

struct run_clock {
    const char *name; /* "tick", "ns", "cycle", "line" */
    u64 hz;           /* units a second; 0: not a time (order only) */
    u64 quantum;      /* the source's clock steps by so many units: differences below are no evidence */
};
const struct run_clock *run_clock(const struct run *run);

/* ---- Sites. ---- */

struct run_site {
    u64 key; /* LR << 32 | op; the same in every journal */
    u32 op, lr;
    u8 kind;       /* enum event_kind */
    bool is_key;   /* of class KEY: takes part in alignment */
    bool declared; /* the source says that this event is not deterministic */
    u8 noise;      /* enum noise_class */
    u64 count;     /* events in the whole run */
};
u32 run_site_count(const struct run *run);
const struct run_site *run_site(const struct run *run, u32 site);
/* "NtSetEvent", a foreign op's own name, or the kind's name for an event without op. Valid as long as the run. */
const char *run_op_name(struct run *run, u32 op);

/* ---- Threads, in order of id. ---- */

struct run_thread {
    u32 thread;  /* the log's id; raw ids are for showing only */
    u32 parent;  /* place of its parent in this table, or UINT32_MAX */
    u64 lineage; /* 0: unknown */
    u32 entry;   /* entry PC, 0: unknown */
    u32 spawn_lr, spawn_op;
    u32 ordinal; /* how many-th spawn of that entry by that parent */
    u64 context, stack, flags;
    u16 told;         /* a bit for each value of its thread_create that the source tells: the others are 0 here */
    u64 handle, hsid; /* of the thread object; 0: unknown */
    u64 created_seq;  /* UINT64_MAX: creation not in the journal */
    u64 events, keys, quiet_keys; /* quiet: keys that are neither noise nor declared */
    u64 first_time, last_time, first_seq, last_seq;
    bool created, started, exited, tells_exit_code;
    u64 exit_code;
};
static inline bool run_thread_tells(const struct run_thread *thread, u32 value)
{
    return thread->told >> value & 1;
}
u32 run_thread_count(const struct run *run);
const struct run_thread *run_thread(const struct run *run, u32 place);
/* Place of a thread by its id; UINT32_MAX: none. */
u32 run_thread_place(const struct run *run, u32 thread);

/* ---- Streams. ---- */

/* Some events of one thread in a row, in columns; valid until the next call for this run. Asking for the same stretch
 * again costs nothing. */
struct run_span {
    u64 position; /* of the first */
    u32 count;
    const u32 *site;
    const u32 *index; /* the log's own number */
    const u64 *time;
    const u64 *seq; /* place in the whole run */
};
/* The stretch that begins at `position` and goes as far as one block holds. False: err names the damage, and
 * span->position is the first place behind it. count 0: the end. */
bool run_read(struct run *run, u32 place, u64 position, struct run_span *span, struct err *err);
/* The same with some columns only (enum journal_column); the others hold nothing. */
bool run_read_some(struct run *run, u32 place, u64 position, u32 wanted, struct run_span *span, struct err *err);
/* The log's own number of the event at a position; 0: there is none, or damage. */
u32 run_index(struct run *run, u32 place, u64 position);
/* One whole event. */
bool run_event(struct run *run, u32 place, u64 position, struct event *event, struct err *err);
/* First position whose time, or log's index, or seq is at least that. */
u64 run_position_at_time(struct run *run, u32 place, u64 time);
u64 run_position_at_index(struct run *run, u32 place, u32 index);
u64 run_position_at_seq(struct run *run, u32 place, u64 seq);

/* ---- A block held open: for who looks at all of a run (replay/journal.h). ---- */

struct run_block {
    u64 position; /* of its first event */
    u32 count, site_count;
    bool is_dense; /* its events' indexes are first_index and the next ones */
    u32 first_index;
    const u32 *sites;   /* by letter */
    const u16 *letters; /* of each event; there once they were read */
};
/* The thread's block that holds a position; ends the life of the one before. Only its head is read. count 0: the end.
 * False: damage. */
bool run_block_open(struct run *run, u32 place, u64 position, struct run_block *block, struct err *err);
/* Reads the letters. */
bool run_block_read(struct run *run, struct run_block *block, struct err *err);
/* As of journal_opened_pick. */
bool run_block_pick(struct run *run, const struct journal_picks *picks, const u32 *offsets, u32 count,
                    const struct journal_picked *out, struct err *err);
/* Picks from a table by the run's sites, width each; free their values. */
struct journal_picks run_picks(const struct run *run, u32 width, const u8 *by_site);
/* By site, whether some of its events do not tell one of their values: by site, too, JOURNAL_NO_VALUE: none. Free it.
 */
u8 *run_untold(const struct run *run, const u8 *values);

/* ---- Counts. ---- */

struct run_first {
    u64 position; /* UINT64_MAX: none */
    u64 time;
    u32 index; /* the log's own number */
};
/* Adds to counts[] (run_site_count of them) how often each site occurs in a thread, at positions from `from` up to, not
 * including, `to`; firsts (or NULL): where, for sites that have none yet. Blocks that lie inside as a whole are not
 * unpacked, but for those that hold a site's first. */
bool run_count(struct run *run, u32 place, u64 from, u64 to, u64 *counts, struct run_first *firsts, struct err *err);

/* ---- Keys: what alignment compares. ---- */

enum { RUN_MARK = JOURNAL_MARK };

/* Hash over the keys of a thread's first n * RUN_MARK keys (quiet: without noise and declared events); equal in two
 * journals exactly when these keys are. n at most keys / RUN_MARK. Costs no unpacking. */
u64 run_key_mark(struct run *run, u32 place, u64 n, bool quiet);
/* Up to `capacity` keys from the ordinal-th on: their sites and positions. Returns how many; fewer only at the end or
 * where err.text is not empty (damage). */
u64 run_keys(struct run *run, u32 place, u64 ordinal, bool quiet, u32 *sites, u64 *positions, u64 capacity,
             struct err *err);

/* Bytes of blocks unpacked so far: what a question cost. */
u64 run_bytes_read(const struct run *run);

#endif
