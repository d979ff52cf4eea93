/* SPDX-License-Identifier: BSD-3-Clause
 * The calls that act on one object, in the order of each run: which two of them changed places (diff/explain.h). */
#include "diff/explain.h"

#include "diff/objects.h"
#include "schema/role.h"

#include <stdio.h>
#include <stdlib.h>

/* One call that acts on the object; equal in both runs when thread pair, op, LR and how many-th are. */
struct act {
    struct event call;
    u32 pair;
    u64 nth;  /* of the thread's with this op and LR on this object */
    u32 twin; /* place in the other run's list; UINT32_MAX: it is not made there */
};

struct acts {
    struct objects objects;
    bool is_read;
    struct act *list;
    u32 count, room;
};

static bool acts_on_objects(u32 op)
{
    const struct role_row row = role_of(op);
    if (row.how == ROLE_BY_NOTHING)
        return false;
    switch (row.role) {
    case ROLE_SET:
    case ROLE_PULSE:
    case ROLE_RELEASE:
    case ROLE_WAIT:
    case ROLE_RESET:
    case ROLE_ENTER:
    case ROLE_LEAVE:
    case ROLE_ARM:
    case ROLE_CANCEL:
    case ROLE_RESUME:
    case ROLE_SUSPEND:
        return true;
    default:
        return false;
    }
}

/* What it acts on: an hsid, or an address; 0: not told. *object: its row, OBJECTS_NONE: it has none. */
static u64 identity(const struct acts *acts, const struct event *call, u32 *object)
{
    const struct role_row row = role_of(call->op);
    u64 value = row.argument < 8 ? call->v[F_call_a0 + row.argument] : 0;
    *object = OBJECTS_NONE;
    if (row.how != ROLE_BY_HANDLE)
        return (u32)value;
    *object = objects_by_handle(&acts->objects, value, call->seq);
    return *object == OBJECTS_NONE ? 0 : acts->objects.rows[*object].hsid;
}

static void add(struct acts *acts, const struct event *call, u32 pair)
{
    if (acts->count == acts->room) {
        acts->room = acts->room ? acts->room * 2 : 64;
        acts->list = realloc(acts->list, acts->room * sizeof *acts->list);
        CHECK(acts->list, "no memory for calls");
    }
    acts->list[acts->count++] = (struct act){.call = *call, .pair = pair, .twin = UINT32_MAX};
}

static int by_seq(const void *x, const void *y)
{
    const struct act *a = x, *b = y;
    return a->call.seq < b->call.seq ? -1 : a->call.seq > b->call.seq;
}

static bool is_like(const struct act *a, const struct act *b)
{
    return a->pair == b->pair && a->call.op == b->call.op && a->call.lr == b->call.lr;
}

static void gather_thread(struct explain *x, u32 k, u32 place, u64 wanted, struct acts *acts)
{
    struct run_span span;
    struct err err;
    u32 pair = (k ? x->pairing->of_b : x->pairing->of_a)[place];
    for (u64 position = 0; run_read(x->run[k], place, position, &span, &err) && span.count;
         position = span.position + span.count) {
        u32 count = span.count, *sites = malloc(count * sizeof *sites);
        CHECK(sites, "no memory for calls");
        memcpy(sites, span.site, count * sizeof *sites);
        for (u32 i = 0; i < count; i++) {
            const struct run_site *site = run_site(x->run[k], sites[i]);
            struct event call;
            u32 object;
            if (site->kind == EVENT_call && acts_on_objects(site->op) &&
                run_event(x->run[k], place, position + i, &call, &err) && identity(acts, &call, &object) == wanted)
                add(acts, &call, pair);
        }
        free(sites);
        run_read(x->run[k], place, position, &span, &err);
    }
}

static void gather(struct explain *x, u32 k, u64 wanted, struct acts *acts)
{
    for (u32 place = 0; place < run_thread_count(x->run[k]); place++)
        gather_thread(x, k, place, wanted, acts);
    if (acts->count)
        qsort(acts->list, acts->count, sizeof *acts->list, by_seq);
    for (u32 i = 0; i < acts->count; i++)
        for (u32 j = i; j-- > 0;)
            if (is_like(&acts->list[i], &acts->list[j])) {
                acts->list[i].nth = acts->list[j].nth + 1;
                break;
            }
}

static void find_twins(struct acts acts[2])
{
    for (u32 i = 0; i < acts[0].count; i++)
        for (u32 j = 0; j < acts[1].count; j++)
            if (acts[1].list[j].twin == UINT32_MAX && is_like(&acts[0].list[i], &acts[1].list[j]) &&
                acts[0].list[i].nth == acts[1].list[j].nth) {
                acts[0].list[i].twin = j;
                acts[1].list[j].twin = i;
                break;
            }
}

static u32 find_act(const struct acts *acts, const struct event *call)
{
    for (u32 i = 0; i < acts->count; i++)
        if (acts->list[i].call.seq == call->seq)
            return i;
    return UINT32_MAX;
}

/* Of several calls of one thread that all changed places with i, the last: the least change puts it back alone. */
static u32 last_of_thread(const struct acts *acts, u32 i, u32 j)
{
    u32 last = j;
    for (u32 n = j + 1; n < acts->count; n++)
        if (acts->list[n].pair == acts->list[j].pair && acts->list[n].twin != UINT32_MAX &&
            acts->list[n].twin < acts->list[i].twin)
            last = n;
    return last;
}

/* Of those that changed places with the call, the nearest before it; else the first two that changed places. i and j:
 * in A's list, i first there. */
static bool find_swapped(const struct acts acts[2], u32 own, u32 *i, u32 *j)
{
    const struct act *a = acts[0].list;
    for (u32 turn = 0; own != UINT32_MAX && a[own].twin != UINT32_MAX && turn < acts[0].count; turn++) {
        u32 near = turn < own ? own - 1 - turn : turn;
        if (near == own || a[near].twin == UINT32_MAX || (near < own) == (a[near].twin < a[own].twin) ||
            a[near].pair == a[own].pair)
            continue;
        *i = near < own ? near : own;
        *j = near < own ? own : near;
        return true;
    }
    for (*j = 1; *j < acts[0].count; ++*j)
        for (*i = *j; (*i)-- > 0;)
            if (a[*i].twin != UINT32_MAX && a[*j].twin != UINT32_MAX && a[*i].twin > a[*j].twin &&
                a[*i].pair != a[*j].pair) {
                *j = last_of_thread(&acts[0], *i, *j);
                return true;
            }
    return false;
}

static enum explain_next put_swapped(struct explain *x, const struct acts acts[2], u32 i, u32 j)
{
    struct explain_cause *cause = &x->story.cause;
    const struct act *a = acts[0].list, *b = acts[1].list;
    const struct event *one[2] = {&a[i].call, &b[a[i].twin].call}, *two[2] = {&a[j].call, &b[a[j].twin].call};
    char name[2][128];
    cause->kind = EXPLAIN_SCHEDULE;
    cause->is_order = cause->other_first[1] = true;
    cause->op = one[0]->op;
    cause->pc = one[0]->lr;
    cause->other_op = two[0]->op;
    cause->other_pc = two[0]->lr;
    for (u32 k = 0; k < 2; k++) {
        cause->at[k] = explain_at_event(one[k]);
        cause->other[k] = explain_at_event(two[k]);
        cause->nth[k] = explain_count(x, a[i].pair, k, one[k]->op, one[k]->index);
        cause->other_nth[k] = explain_count(x, a[j].pair, k, two[k]->op, two[k]->index);
    }
    snprintf(cause->text, sizeof cause->text,
             "%s of thread %u at %s comes first in A, %s of thread %u at %s in B, on the same object",
             run_op_name(x->run[0], one[0]->op), one[0]->thread,
             explain_name(x, one[0]->lr - 4, name[0], sizeof name[0]), run_op_name(x->run[0], two[0]->op),
             two[0]->thread, explain_name(x, two[0]->lr - 4, name[1], sizeof name[1]));
    struct explain_link *link = explain_add(x, LINK_ORDER, "%s", cause->text);
    link->op = cause->op;
    link->pc = cause->pc;
    link->at[0] = cause->at[0];
    link->at[1] = cause->at[1];
    return NEXT_END;
}

/* A call that only one run makes: its thread tells why. */
static enum explain_next find_alone(struct explain *x, const struct acts acts[2], struct explain_spot *spot,
                                    struct err *err)
{
    for (u32 k = 0; k < 2; k++)
        for (u32 i = 0; i < acts[k].count; i++) {
            const struct act *act = &acts[k].list[i];
            if (act->twin != UINT32_MAX || act->pair == PAIR_NOBODY)
                continue;
            struct explain_link *link = explain_add(x, LINK_ORDER, "only %c makes this %s on the object", 'A' + (int)k,
                                                    run_op_name(x->run[k], act->call.op));
            link->op = act->call.op;
            link->pc = act->call.lr;
            link->at[k] = explain_at_event(&act->call);
            return explain_thread(x, act->pair, spot, err);
        }
    explain_stop(x, "both runs do the same with the object, in the same order");
    return NEXT_END;
}

enum explain_next explain_order(struct explain *x, const struct event call[2], struct explain_spot *spot,
                                struct err *err)
{
    struct acts acts[2] = {0};
    u32 object[2], i, j;
    u64 wanted[2] = {0};
    enum explain_next next = NEXT_END;
    struct err why;
    if (!acts_on_objects(call[0].op)) {
        explain_stop(x, "%s acts on more than one object, or on none", run_op_name(x->run[0], call[0].op));
        return NEXT_END;
    }
    for (u32 k = 0; k < 2; k++) {
        acts[k].is_read = objects_make(&acts[k].objects, x->run[k], &why);
        wanted[k] = acts[k].is_read ? identity(&acts[k], &call[k], &object[k]) : 0;
        if (!acts[k].is_read)
            explain_stop(x, "the objects cannot be read: %s", why.text);
        else if (!wanted[k])
            explain_stop(x, "%s does not tell which object %s acts on", run_path(x->run[k]),
                         run_op_name(x->run[k], call[k].op));
    }
    bool are_told = wanted[0] && wanted[1];
    if (are_told && wanted[0] != wanted[1]) {
        explain_stop(x, "the two calls act on different objects");
    } else if (are_told && object[0] != OBJECTS_NONE && acts[0].objects.rows[object[0]].target != UINT32_MAX) {
        /* It waits for a thread to end. */
        next = explain_thread(x, x->pairing->of_a[acts[0].objects.rows[object[0]].target], spot, err);
    } else if (are_told) {
        gather(x, 0, wanted[0], &acts[0]);
        gather(x, 1, wanted[1], &acts[1]);
        find_twins(acts);
        next = find_swapped(acts, find_act(&acts[0], &call[0]), &i, &j) ? put_swapped(x, acts, i, j)
                                                                        : find_alone(x, acts, spot, err);
    }
    for (u32 k = 0; k < 2; k++) {
        free(acts[k].list);
        if (acts[k].is_read)
            objects_free(&acts[k].objects);
    }
    return next;
}
