/* SPDX-License-Identifier: BSD-3-Clause
 * The engine: what executes the machine, and nothing that a replay must reproduce. The machine's state is one arena
 * (guest memory at mem, struct machine at m); everything else here is derived, or a way out to observers, and can be
 * thrown away at any moment without a trace in the results. */
#ifndef EMU_ENGINE_H
#define EMU_ENGINE_H

#include "emu/machine.h"
#include "schema/base.h"
#include "schema/event.h"

struct block_cache;
struct memory_pages;
struct nondet;
struct trace;
struct vfs_cache;
struct xex_keys;

/* Who hears the machine's events. They see it read-only; emit must not keep the pointer. */
struct observer {
    void *context;
    void (*emit)(void *context, const struct event *event);
    /* The id of a string, same text same id, counted from 1 in order of first use. size bytes, any content. */
    u32 (*intern)(void *context, const char *text, size_t size);
    /* A slice begins: its length and order are settled. May be NULL. */
    void (*slice)(void *context, const struct engine *e);
};

struct engine {
    struct machine *m;
    u8 *mem;         /* guest address 0 */
    u8 *page_access; /* PAGES entries, enum access_bits */
    struct memory_pages *pages;
    struct block_cache *blocks;
    struct vfs_cache *files; /* hashes of file blocks; NULL: none are known */
    struct nondet *gate;
    const struct xex_keys *keys; /* to try on encrypted libraries; may be NULL */
    struct observer observer;
    struct err err;      /* why machine_run gave MACHINE_HOST_ERROR */
    u32 in_block;        /* instructions of the present cpu_run call retired before the one that asks for the time */
    struct trace *trace; /* NULL: nobody looks closer (emu/trace.h) */
    u32 call_op;         /* of the kernel call that is being served, for whoever looks; 0: none */
    u32 call_lr;
    bool retrace;   /* what is traced has changed: derived state is to be made anew */
    u8 *noted;      /* exports that engine_note has named already */
    u32 controls;   /* unknown device control codes of which engine_note has told */
    u32 exceptions; /* faults of which engine_note has told that they went to handlers */
    bool strict;    /* stop at the first unimplemented export (the loud line comes either way) */
    bool stepping;  /* run one instruction at a time, through the same blocks: same journal, same hash */
    /* Loud lines for the user (an unimplemented export, a failed hash check): once each. May be NULL. */
    void (*note)(void *context, const char *line);
    void *note_context;
};

/* Creates an empty machine: arena reserved and mapped, nothing loaded. */
struct engine *engine_create(struct err *err);
void engine_destroy(struct engine *e);
/* Throws derived state away and makes it anew: after machine state was put back, or to prove that nothing depends on
 * it. */
void engine_derive(struct engine *e);

void engine_note(struct engine *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Virtual time in ticks as the running hardware thread sees it: the slice's start plus instructions retired in it. */
u64 engine_time(const struct engine *e);

/* Starts an event of the running thread (thread 0 outside one), with header filled; event_emit sends it. */
struct event event_begin(struct engine *e, enum event_kind kind, u32 thread);
void event_emit(struct engine *e, struct event *event);
u32 event_string(struct engine *e, const char *text);

#endif
