/* SPDX-License-Identifier: BSD-3-Clause
 * Rebuilding the wedge report from events (diff/wedge_rebuild.h). */
#include "diff/wedge_rebuild.h"
#include "diff/wedge_dump.h"

#include <stdlib.h>

enum { LIMIT_EXCEEDED = (s32)0xC0000047 };

static u64 ticks_of(const struct signals *s, u64 time)
{
    u64 hz = run_clock(s->run)->hz;
    if (!hz)
        return WEDGE_TIME_UNKNOWN;
    return time / hz * 50000000 + time % hz * 50000000 / hz;
}

static u32 id_of(const struct signals *s, u32 place)
{
    return place == (u32)SIGNALS_NONE ? 0 : run_thread(s->run, place)->thread;
}

static void note_act(const struct signals *s, struct wedge_act *act, const struct signal_deed *d)
{
    *act = (struct wedge_act){ticks_of(s, d->time), id_of(s, d->place), d->lr, d->op, act->count + 1};
}

static u32 woken_by(const struct signals *s, const struct signal_deed *d)
{
    struct signals_list ended = signals_ended(s, d->object);
    u32 count = 0;
    for (u32 i = ended.count; i > 0; i--) {
        const struct wait *w = signals_wait(s, ended.rows[i - 1]);
        if (w->end_seq < d->seq)
            break;
        count += w->begin_seq < d->seq;
    }
    return count;
}

static void note_signal(const struct signals *s, struct wedge_wait *w, const struct signal_deed *d)
{
    w->was_signalled = true;
    w->signal_thread = d->kind == DEED_EXPIRE ? 0 : id_of(s, d->place);
    w->signal_lr = d->lr;
    w->signal_op = d->op;
    w->signal_time = ticks_of(s, d->time);
    w->pulsed = d->kind == DEED_PULSE;
}

/* True: it is a signal that was given. */
static bool note_deed(const struct signals *s, struct wedge_wait *w, const struct signal_deed *d)
{
    u32 result = 0;
    bool is_refused = d->kind == DEED_RELEASE && signals_result(s, d, &result) && result == (u32)LIMIT_EXCEEDED;
    if (is_refused)
        note_act(s, &w->refused, d);
    else if (signals_is_signal(d->kind))
        note_signal(s, w, d);
    else if (d->kind == DEED_ARM)
        note_act(s, &w->armed, d);
    else if (d->kind == DEED_CANCEL || d->kind == DEED_RESET)
        note_act(s, &w->undone, d);
    w->is_armed = d->kind == DEED_ARM || (w->is_armed && d->kind != DEED_CANCEL && d->kind != DEED_EXPIRE);
    return !is_refused && signals_is_signal(d->kind);
}

static void add_object(struct wedge_report *report, const struct signals *s, u32 object)
{
    const struct object *o = &s->objects.rows[object];
    struct wedge_wait *w = wedge_add_wait(report);
    struct signal_deed held;
    w->type = o->type;
    w->hsid = o->hsid;
    w->handle = signals_handle(s, object);
    w->address = signals_address(s, object);
    if (o->name)
        snprintf(w->name, sizeof w->name, "%s", journal_string(run_journal(s->run), o->name, &(size_t){0}));
    w->creator = id_of(s, o->place);
    w->creator_lineage = o->place != UINT32_MAX ? run_thread(s->run, o->place)->lineage : 0;
    w->create_op = o->op;
    w->create_lr = o->lr;
    w->created_ordinal = o->ordinal;
    if (o->type == OBJECT_THREAD)
        w->owner = id_of(s, o->target);
    else if (o->type == OBJECT_CRITICAL_SECTION || o->type == OBJECT_MUTANT)
        w->owner = id_of(s, signals_owner(s, object, &held));
    struct signals_list deeds = signals_deeds_on(s, object);
    const struct signal_deed *last = NULL; /* that is a signal */
    for (u32 i = 0; i < deeds.count; i++)
        if (note_deed(s, w, &s->deeds[deeds.rows[i]]))
            last = &s->deeds[deeds.rows[i]];
    w->signal_woke = last ? woken_by(s, last) : 0;
}

static u8 state_of(const struct signals *s, u32 place)
{
    static const u8 states[] = {[SIGNALS_RUNS] = WEDGE_READY,
                                [SIGNALS_BLOCKED] = WEDGE_WAITING,
                                [SIGNALS_ENDED] = WEDGE_TERMINATED,
                                [SIGNALS_NEVER_RAN] = WEDGE_SUSPENDED,
                                [SIGNALS_SUSPENDED] = WEDGE_SUSPENDED};
    return states[signals_state_of(s, place)];
}

static void add_thread(struct wedge_report *report, const struct signals *s, u32 place)
{
    const struct run_thread *t = run_thread(s->run, place);
    struct wedge_thread *x = wedge_add_thread(report);
    x->thread = t->thread;
    x->lineage = t->lineage;
    x->entry = t->entry;
    x->parent = t->parent == UINT32_MAX ? 0 : id_of(s, t->parent);
    x->state = state_of(s, place);
    x->started = t->events > 0;
    x->suspend_count = x->state == WEDGE_SUSPENDED;
    if (x->state != WEDGE_WAITING)
        return;
    const struct wait *w = signals_open_wait(s, place);
    x->lr = w->lr;
    x->op = w->op;
    x->since = ticks_of(s, w->begin_time);
    x->wait_all = w->all;
    x->is_all_untold = !w->tells_all;
    x->alertable = w->alertable;
    for (u32 i = 0; i < w->object_count && i < WAIT_OBJECTS; i++)
        if (w->objects[i] != OBJECTS_NONE)
            add_object(report, s, w->objects[i]);
}

void wedge_rebuild(struct wedge_report *report, const struct signals *s)
{
    bool can_run = false, is_blocked = false;
    struct wedge_dump *dump = signals_tell_waits(s) ? NULL : wedge_dump_make(s->run);
    for (u32 i = 0; i < run_thread_count(s->run); i++) {
        if (!run_thread(s->run, i)->thread && !signals_open_wait(s, i))
            continue; /* the machine, or the log itself */
        if (wedge_dump_has(dump, run_thread(s->run, i)->thread))
            continue;
        add_thread(report, s, i);
        u8 state = report->threads[report->thread_count - 1].state;
        can_run |= state == WEDGE_READY;
        is_blocked |= state == WEDGE_WAITING;
    }
    for (u32 i = 0; i < s->deed_count; i++)
        report->untold_signals += s->deeds[i].object == (u32)SIGNALS_NONE && signals_is_signal(s->deeds[i].kind) &&
                                  s->deeds[i].kind != DEED_EXIT;
    report->wedged = is_blocked && !can_run;
    if (dump)
        wedge_dump_add(dump, report);
    wedge_dump_free(dump);
    report->tick = ticks_of(s, s->last_time);
    wedge_analyse(report);
}

u32 *wedge_blocking_order(const struct wedge_report *report, u32 *count)
{
    u32 *order = malloc((report->thread_count + 1) * sizeof *order), n = 0;
    CHECK(order, "out of memory");
    for (u32 i = 0; i < report->thread_count; i++) {
        if (report->threads[i].state != WEDGE_WAITING)
            continue;
        u32 at = n++;
        for (; at > 0 && report->threads[order[at - 1]].since > report->threads[i].since; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    *count = n;
    return order;
}
