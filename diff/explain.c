/* SPDX-License-Identifier: BSD-3-Clause
 * Explaining a divergence (diff/explain.h): where it begins, and the trails that the others read. */
#include "diff/explain.h"

#include "diff/child.h"
#include "diff/symbols.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS_MOST = 4000, THREADS_DEEP = 16 };

const char *explain_kind_name(u8 kind)
{
    static const char *const names[] = {"unknown",       "input", "result",   "memory",
                                        "uninitialised", "race",  "schedule", "engine"};
    return names[kind];
}

const char *explain_verdict_name(u8 verdict)
{
    static const char *const names[] = {"unknown", "unconfirmed", "confirmed"};
    return names[verdict];
}

const char *explain_link_name(u8 kind)
{
    static const char *const names[] = {"divergence", "branch",  "computed", "moved", "loaded", "stored",
                                        "returned",   "written", "passed",   "order", "input"};
    return names[kind];
}

/* ---- Links. ---- */

struct explain_link *explain_add(struct explain *x, u8 kind, const char *format, ...)
{
    static struct explain_link none;
    struct explain_link *link = x->link_count < EXPLAIN_LINKS ? &x->link[x->link_count++] : &none;
    *link = (struct explain_link){.kind = kind};
    va_list args;
    va_start(args, format);
    vsnprintf(link->text, sizeof link->text, format, args);
    va_end(args);
    return link;
}

void explain_stop(struct explain *x, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(x->stopped, sizeof x->stopped, format, args);
    va_end(args);
}

void explain_put_steps(struct explain *x, struct explain_link *link, const struct explain_spot *spot)
{
    for (u32 k = 0; k < 2; k++) {
        if (spot->step[k] == TRAIL_NONE)
            continue;
        const struct trail_step *s = &x->trail[k].steps[spot->step[k]];
        link->pc = s->pc;
        link->at[k].is_there = true;
        link->at[k].thread = run_thread(x->run[k], explain_place(x, x->pair, k))->thread;
        link->at[k].index = s->event;
        link->at[k].time = s->time;
        link->at[k].number = s->number;
    }
}

const char *explain_name(struct explain *x, u32 address, char *out, size_t capacity)
{
    struct symbols *s = symbols_open(run_journal(x->run[0]));
    if (!symbols_are_there(s))
        s = symbols_open(run_journal(x->run[1]));
    return symbols_name(s, address, out, capacity);
}

const char *explain_instruction(u32 word, u32 pc, char *out, size_t capacity)
{
    ppc_disassemble_as(PPC_SIMPLIFIED, word, pc, out, capacity);
    for (char *p = out; *p; p++)
        if (*p == '\t')
            *p = ' ';
    return out;
}

/* ---- Threads, keys, events. ---- */

u32 explain_place(const struct explain *x, u32 pair, u32 side)
{
    const struct pair *p = &x->pairing->pairs[pair];
    return side ? p->b : p->a;
}

u32 explain_pair_of(const struct explain *x, u32 side, u32 thread)
{
    u32 place = run_thread_place(x->run[side], thread);
    if (place == UINT32_MAX)
        return PAIR_NOBODY;
    return (side ? x->pairing->of_b : x->pairing->of_a)[place];
}

bool explain_event(struct explain *x, u32 side, u32 place, u32 index, struct event *event)
{
    struct err err;
    u64 position = run_position_at_index(x->run[side], place, index);
    return position < run_thread(x->run[side], place)->events && run_event(x->run[side], place, position, event, &err);
}

static void read_keys(struct explain *x, u32 pair, struct explain_keys *keys)
{
    u32 *sites[2] = {0};
    struct err err;
    for (u32 k = 0; k < 2; k++) {
        u32 place = explain_place(x, pair, k);
        if (place == PAIR_NOBODY)
            continue;
        u64 most = run_thread(x->run[k], place)->quiet_keys;
        keys->position[k] = malloc((most + 1) * sizeof(u64));
        sites[k] = malloc((most + 1) * sizeof(u32));
        CHECK(keys->position[k] && sites[k], "no memory for keys");
        err.text[0] = '\0';
        keys->count[k] = run_keys(x->run[k], place, 0, true, sites[k], keys->position[k], most, &err);
    }
    while (keys->common < keys->count[0] && keys->common < keys->count[1] &&
           run_site(x->run[0], sites[0][keys->common])->key == run_site(x->run[1], sites[1][keys->common])->key)
        keys->common++;
    free(sites[0]);
    free(sites[1]);
}

const struct explain_keys *explain_keys(struct explain *x, u32 pair)
{
    struct explain_keys *keys = &x->keys[pair];
    if (!keys->is_read)
        read_keys(x, pair, keys);
    keys->is_read = true;
    return keys;
}

u64 explain_key_before(struct explain *x, u32 pair, u32 side, u32 index)
{
    const struct explain_keys *keys = explain_keys(x, pair);
    u64 position = run_position_at_index(x->run[side], explain_place(x, pair, side), index);
    u64 low = 0, high = keys->count[side];
    while (low < high) {
        u64 middle = low + (high - low) / 2;
        if (keys->position[side][middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool explain_key_event(struct explain *x, u32 pair, u32 side, u64 k, struct event *event)
{
    const struct explain_keys *keys = explain_keys(x, pair);
    struct err err;
    return k < keys->count[side] &&
           run_event(x->run[side], explain_place(x, pair, side), keys->position[side][k], event, &err);
}

/* ---- Trails. ---- */

bool explain_open(struct explain *x, u32 pair, u64 from, const u32 to[2], const u64 until[2], struct err *err)
{
    struct trail_ask ask[2] = {0};
    trail_free(&x->trail[0]);
    trail_free(&x->trail[1]);
    x->pair = pair;
    x->from = from;
    for (u32 k = 0; k < 2; k++) {
        struct event event = {0};
        x->to[k] = to[k];
        x->until[k] = until[k];
        if (from && !explain_key_event(x, pair, k, from - 1, &event))
            return err_set(err, "%s: an event that was there cannot be read", run_path(x->run[k]));
        ask[k] = (struct trail_ask){.run = run_path(x->run[k]),
                                    .thread = run_thread(x->run[k], explain_place(x, pair, k))->thread,
                                    .from = from ? event.index : 0,
                                    .to = to[k],
                                    .until = until[k]};
    }
    x->replays += 2;
    if (!trail_read(ask, x->trail, x->folder, err))
        return false;
    trail_align(x->trail, x->parted);
    return true;
}

bool explain_widen(struct explain *x, struct explain_spot *spot, struct err *err)
{
    u64 number[2], back = 1;
    err->text[0] = '\0';
    if (!x->from)
        return false;
    for (u32 k = 0; k < 2; k++)
        number[k] = x->trail[k].steps[spot->step[k]].number;
    u64 end = explain_key_before(x, x->pair, 0, x->to[0] == UINT32_MAX ? UINT32_MAX : x->to[0]);
    if (end > x->from)
        back = end - x->from + 1;
    u64 from = x->from > 4 * back ? x->from - 4 * back : 0;
    u32 to[2] = {x->to[0], x->to[1]};
    u64 until[2] = {x->until[0], x->until[1]};
    if (!explain_open(x, x->pair, from, to, until, err))
        return false;
    for (u32 k = 0; k < 2; k++) {
        spot->step[k] = trail_find(&x->trail[k], number[k]);
        if (spot->step[k] == TRAIL_NONE)
            return err_set(err, "a replay does not go the way that it went before");
    }
    return true;
}

/* ---- Where it begins. ---- */

static void put_call(struct explain_link *link, u32 side, const struct event *call)
{
    link->at[side] =
        (struct explain_at){.is_there = true, .thread = call->thread, .index = call->index, .time = call->time};
    link->op = call->op;
    link->pc = call->lr;
}

static void describe_next(struct explain *x, const struct first_divergence *d, u32 side, char *out, size_t capacity)
{
    char name[96];
    const struct first_side *s = &d->side[side];
    if (s->has_next)
        snprintf(out, capacity, "calls %s at %s", run_op_name(x->run[side], s->next.call.op),
                 explain_name(x, s->next.call.lr - 4, name, sizeof name));
    else
        snprintf(out, capacity, "%s", s->thread == PAIR_NOBODY ? "is not there" : ends_name(s->end));
}

static void tell_divergence(struct explain *x, const struct first_divergence *d)
{
    char next[2][200];
    describe_next(x, d, 0, next[0], sizeof next[0]);
    describe_next(x, d, 1, next[1], sizeof next[1]);
    struct explain_link *link =
        d->values.difference == VALUES_SAME
            ? explain_add(x, LINK_DIVERGENCE, "after %llu common calls the thread %s in A, and %s in B",
                          (unsigned long long)d->matched, next[0], next[1])
            : explain_add(x, LINK_DIVERGENCE, "after %llu common calls the thread %s with other values (%s)",
                          (unsigned long long)d->matched, next[0], first_class_name(d->class));
    for (u32 k = 0; k < 2; k++)
        if (d->side[k].has_next)
            put_call(link, k, &d->side[k].next.call);
}

/* From the last common call to what each did next: the branch between. */
static enum explain_next begin_at_branch(struct explain *x, const struct first_divergence *d, struct explain_spot *spot,
                                         struct err *err)
{
    u32 to[2];
    u64 until[2], from = UINT64_MAX;
    for (u32 k = 0; k < 2; k++) {
        to[k] = d->side[k].has_next ? d->side[k].next.call.index : UINT32_MAX;
        until[k] = d->side[k].has_next ? d->side[k].next.call.seq : UINT64_MAX;
        u64 before = d->side[k].has_last ? explain_key_before(x, d->pair, k, d->side[k].last.call.index + 1) : 0;
        from = before < from ? before : from;
    }
    const struct explain_keys *keys = explain_keys(x, d->pair);
    if (!explain_open(x, d->pair, from < keys->common ? from : keys->common, to, until, err))
        return NEXT_FAILED;
    spot->step[0] = x->parted[0];
    spot->step[1] = x->parted[1];
    if (spot->step[0] != TRAIL_NONE)
        return NEXT_SPOT;
    if (d->side[0].has_last && d->side[1].has_last && keys_has_kind(d->side[0].last.call.op, KEYS_WAITS)) {
        u64 position[2] = {d->side[0].last.position, d->side[1].last.position};
        return explain_wait(x, d->pair, position, spot, err);
    }
    explain_stop(x,
                 "both go the same way from the last common call on: the difference lies in who may run, not in what "
                 "the thread does");
    return NEXT_END;
}

static enum explain_next begin_at_value(struct explain *x, const struct first_divergence *d, struct explain_spot *spot,
                                        struct err *err)
{
    const struct values_call *call[2] = {&d->side[0].next, &d->side[1].next};
    u32 index[2] = {call[0]->call.index, call[1]->call.index};
    u64 until[2] = {call[0]->call.seq, call[1]->call.seq};
    if (d->values.difference == VALUES_RESULT) {
        return explain_call(x, d->pair, index, NULL, spot, err);
    }
    u64 from = explain_key_before(x, d->pair, 0, index[0]);
    if (!explain_open(x, d->pair, from, index, until, err))
        return NEXT_FAILED;
    if (!x->trail[0].count || !x->trail[1].count)
        return NEXT_END;
    spot->step[0] = x->trail[0].count - 1;
    spot->step[1] = x->trail[1].count - 1;
    if (d->values.difference == VALUES_ARGUMENT && d->values.argument < 8)
        return explain_register(x, spot, PLACE_R0 + 3 + d->values.argument, err);
    u32 op = call[0]->call.op;
    u32 argument = d->values.difference == VALUES_TEXT ? explain_text_argument(op) : explain_data_argument(op);
    const struct values_call calls[2] = {*call[0], *call[1]};
    return explain_pointer(x, spot, calls, argument, err);
}

static enum explain_next begin(struct explain *x, const struct first_divergence *d, struct explain_spot *spot,
                               struct err *err)
{
    tell_divergence(x, d);
    if (d->side[0].thread == PAIR_NOBODY || d->side[1].thread == PAIR_NOBODY) {
        explain_stop(x, "only one run has the thread");
        return NEXT_END;
    }
    return d->values.difference == VALUES_SAME ? begin_at_branch(x, d, spot, err) : begin_at_value(x, d, spot, err);
}

enum explain_next explain_thread(struct explain *x, u32 pair, struct explain_spot *spot, struct err *err)
{
    for (u32 i = 0; i < x->first->count && x->threads < THREADS_DEEP; i++)
        if (x->first->list[i].pair == pair) {
            x->threads++;
            return begin(x, &x->first->list[i], spot, err);
        }
    explain_stop(x, "why that thread does otherwise is not told");
    return NEXT_END;
}

bool explain_find(struct explain *x, struct err *err)
{
    struct explain_spot spot = {{TRAIL_NONE, TRAIL_NONE}};
    x->is_same = !x->first->count;
    if (x->is_same)
        return true;
    x->keys = calloc(x->pairing->count + 1, sizeof *x->keys);
    CHECK(x->keys, "no memory for keys");
    if (!child_folder_make(x->folder, sizeof x->folder, err))
        return false;
    enum explain_next next = begin(x, &x->first->list[0], &spot, err);
    for (u32 i = 0; next == NEXT_SPOT && i < STEPS_MOST; i++)
        next = explain_back(x, &spot, err);
    if (next == NEXT_SPOT)
        explain_stop(x, "after %d steps no beginning was found", STEPS_MOST);
    x->verdict = x->cause.kind == EXPLAIN_UNKNOWN ? EXPLAIN_IS_UNKNOWN : EXPLAIN_UNCONFIRMED;
    return next != NEXT_FAILED;
}

void explain_finish(struct explain *x)
{
    trail_free(&x->trail[0]);
    trail_free(&x->trail[1]);
    for (u32 i = 0; x->keys && i < x->pairing->count; i++) {
        free(x->keys[i].position[0]);
        free(x->keys[i].position[1]);
    }
    free(x->keys);
    if (x->folder[0])
        child_folder_remove(x->folder);
}
