/* SPDX-License-Identifier: BSD-3-Clause
 * Where an explanation begins, and which of several is told (diff/explain.h). */
#include "diff/child.h"
#include "diff/explain.h"

#include <stdio.h>
#include <stdlib.h>

/* Steps cost little; what they need to be seen costs replays. */
enum { STEPS_MOST = 1000000, REPLAYS_MOST = 400, THREADS_DEEP = 16, TARGETS = 8, STANDSTILLS = 2 };

static void put_call(struct explain_link *link, u32 side, const struct event *call)
{
    link->at[side] = explain_at_event(call);
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

void explain_tell_divergence(struct explain *x, const struct first_divergence *d)
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
    u32 to[2] = {UINT32_MAX, UINT32_MAX};
    u64 until[2] = {UINT64_MAX, UINT64_MAX};
    const struct explain_keys *keys = explain_keys(x, d->pair);
    for (u32 k = 0; k < 2; k++) {
        struct event event;
        if (explain_key_event(x, d->pair, k, keys->common, &event)) {
            to[k] = event.index;
            until[k] = event.seq;
        }
    }
    if (!explain_open(x, d->pair, keys->common, to, until, err))
        return NEXT_FAILED;
    spot->step[0] = x->parted[0];
    spot->step[1] = x->parted[1];
    if (spot->step[0] != TRAIL_NONE)
        return NEXT_SPOT;
    if (d->side[0].has_last && d->side[1].has_last && keys_has_kind(d->side[0].last.call.op, KEYS_WAITS)) {
        u64 position[2] = {d->side[0].last.position, d->side[1].last.position};
        return explain_wait(x, d->pair, position, spot, err);
    }
    if (x->trail[0].count + x->trail[1].count >= TRAIL_MOST) {
        explain_stop(x, "both go the same way for more instructions than are looked at, %u", x->trail[0].count);
        return NEXT_END;
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
    u32 argument = d->values.difference == VALUES_TEXT ? explain_text_argument(op) : explain_argument(op, "data");
    const struct values_call calls[2] = {*call[0], *call[1]};
    return explain_pointer(x, spot, calls, argument, err);
}

static enum explain_next begin(struct explain *x, const struct first_divergence *d, bool by_branch,
                               struct explain_spot *spot, struct err *err)
{
    explain_tell_divergence(x, d);
    if (d->side[0].thread == PAIR_NOBODY || d->side[1].thread == PAIR_NOBODY) {
        explain_stop(x, "only one run has the thread");
        return NEXT_END;
    }
    return by_branch ? begin_at_branch(x, d, spot, err) : begin_at_value(x, d, spot, err);
}

/* The last call of a thread; false: it makes none. */
static bool last_call(struct explain *x, u32 k, u32 place, struct event *call)
{
    struct err err;
    for (u64 position = run_thread(x->run[k], place)->events; position-- > 0;)
        if (run_event(x->run[k], place, position, call, &err) && call->kind == EVENT_call)
            return true;
    return false;
}

/* A thread that only stands still: at what does it wait in the run where it does? */
static enum explain_next begin_at_standstill(struct explain *x, u32 pair, struct explain_spot *spot, struct err *err)
{
    for (u32 k = 0; k < 2; k++) {
        struct event call[2];
        u32 place[2] = {explain_place(x, pair, 0), explain_place(x, pair, 1)};
        if (place[0] == PAIR_NOBODY || place[1] == PAIR_NOBODY || x->first->ends[k].of[place[k]] != ENDS_BLOCKED ||
            !last_call(x, k, place[k], &call[k]))
            continue;
        u64 nth = explain_count(x, pair, k, call[k].op, call[k].index);
        if (!explain_nth(x, pair, !k, call[k].op, nth, &call[!k]))
            continue;
        char name[128];
        struct explain_link *link = explain_add(x, LINK_DIVERGENCE, "thread %u stands in %s at %s in %c",
                                                call[k].thread, run_op_name(x->run[k], call[k].op),
                                                explain_name(x, call[k].lr - 4, name, sizeof name), 'A' + (int)k);
        put_call(link, 0, &call[0]);
        put_call(link, 1, &call[1]);
        return explain_order(x, call, spot, err);
    }
    explain_stop(x, "why that thread does otherwise is not told");
    return NEXT_END;
}

enum explain_next explain_thread(struct explain *x, u32 pair, struct explain_spot *spot, struct err *err)
{
    if (x->threads++ >= THREADS_DEEP) {
        explain_stop(x, "threads wait for each other in a circle");
        return NEXT_END;
    }
    for (u32 i = 0; i < x->first->count; i++) {
        const struct first_divergence *d = &x->first->list[i];
        if (d->pair == pair && d->is_deed)
            return begin(x, d, d->values.difference == VALUES_SAME, spot, err);
    }
    return begin_at_standstill(x, pair, spot, err);
}

/* ---- Which. ---- */

/* Do the thread's calls part at all, and not only what they carry? */
static bool parts(struct explain *x, u32 pair)
{
    const struct explain_keys *keys = explain_keys(x, pair);
    return keys->count[0] > keys->common || keys->count[1] > keys->common;
}

/* What others follow from comes first, in order of cause. A result that differs is no cause where nothing looks at it:
 * so the branch that parts the calls goes before it. */
static u32 list_targets(struct explain *x, struct explain_target *list)
{
    u32 count = 0;
    for (u32 i = 0; i < x->first->count && count + 2 <= TARGETS; i++) {
        const struct first_divergence *d = &x->first->list[i];
        if (i && (d->cause != FIRST_NOBODY || !d->is_deed || d->is_shared))
            continue;
        bool has_both = d->side[0].thread != PAIR_NOBODY && d->side[1].thread != PAIR_NOBODY;
        bool by_branch = d->values.difference == VALUES_SAME ||
                         (d->values.difference == VALUES_RESULT && has_both && parts(x, d->pair));
        if (by_branch)
            list[count++] = (struct explain_target){i, true, has_both ? explain_keys(x, d->pair)->common : 0};
        if (d->values.difference != VALUES_SAME)
            list[count++] = (struct explain_target){i, false, 0};
    }
    /* What only stands still goes last: who waits for it, or gave its signal to something else, need not part. */
    for (u32 i = 1, most = count + STANDSTILLS; i < x->first->count && count < TARGETS && count < most; i++) {
        const struct first_divergence *d = &x->first->list[i];
        if (!d->is_deed && d->side[0].thread != PAIR_NOBODY && d->side[1].thread != PAIR_NOBODY)
            list[count++] = (struct explain_target){i, true, explain_keys(x, d->pair)->common};
    }
    return count;
}

static bool follow(struct explain *x, const struct explain_target *target, struct err *err)
{
    struct explain_spot spot = {{TRAIL_NONE, TRAIL_NONE}};
    memset(&x->story, 0, sizeof x->story);
    x->story.target = *target;
    x->threads = 0;
    u32 steps = 0, replays = x->replays;
    enum explain_next next = begin(x, &x->first->list[target->divergence], target->by_branch, &spot, err);
    for (; next == NEXT_SPOT && steps < STEPS_MOST && x->replays - replays < REPLAYS_MOST; steps++)
        next = explain_back(x, &spot, err);
    if (next == NEXT_SPOT)
        explain_stop(x, "after %u steps and %u replays no beginning was found", steps, x->replays - replays);
    if (x->story.cause.kind == EXPLAIN_UNKNOWN)
        x->story.cause = x->story.nearer;
    x->story.verdict = x->story.cause.kind == EXPLAIN_UNKNOWN ? EXPLAIN_IS_UNKNOWN : EXPLAIN_UNCONFIRMED;
    return next != NEXT_FAILED;
}

/* A story that is not the one told: what it came to. */
static void note_trial(struct explain *x)
{
    bool is_unknown = x->story.cause.kind == EXPLAIN_UNKNOWN;
    if (x->trial_count == EXPLAIN_TRIALS)
        return;
    struct explain_trial *trial = &x->trial[x->trial_count++];
    snprintf(trial->cause, sizeof trial->cause, "%s", is_unknown ? x->story.link[0].text : x->story.cause.text);
    snprintf(trial->outcome, sizeof trial->outcome, "%s%s", is_unknown ? "it goes no further: " : "",
             is_unknown ? x->story.stopped : x->story.confirm.text);
}

static bool was_tried(const struct explain *x)
{
    for (u32 i = 0; i < x->trial_count; i++)
        if (!strcmp(x->trial[i].cause, x->story.cause.text))
            return true;
    return false;
}

/* Better: it removed more, or it knows a cause at all. */
static u32 worth(const struct explain_story *story)
{
    if (story->verdict != EXPLAIN_UNCONFIRMED)
        return story->verdict == EXPLAIN_CONFIRMED ? 100 : 0;
    return 1 + 2 * story->confirm.divergence_goes + 4 * story->confirm.wedge_goes;
}

bool explain_find(struct explain *x, bool confirm, struct err *err)
{
    struct explain_target list[TARGETS];
    x->is_same = x->first->verdict == FIRST_SAME && !x->first->count;
    if (!x->is_same && !x->first->count)
        explain_stop(x, "no call could be compared: nothing was compared");
    if (!x->first->count)
        return true;
    x->keys = calloc(x->pairing->count + 1, sizeof *x->keys);
    struct explain_story *best = calloc(1, sizeof *best);
    CHECK(x->keys && best, "no memory for an explanation");
    bool good = child_folder_make(x->folder, sizeof x->folder, err);
    bool is_foreign = !explain_is_own(x->run[0]) || !explain_is_own(x->run[1]);
    u32 count = is_foreign ? 0 : list_targets(x, list);
    if (good && is_foreign) {
        explain_tell_divergence(x, &x->first->list[0]);
        good = explain_foreign(x, err);
        *best = x->story;
    }
    for (u32 i = 0; good && i < count; i++) {
        good = follow(x, &list[i], err);
        if (was_tried(x))
            continue;
        good = good && (!confirm || explain_try(x, err));
        if (i == 0 || worth(&x->story) > worth(best))
            *best = x->story;
        if (best->verdict == EXPLAIN_CONFIRMED || (!confirm && best->verdict != EXPLAIN_IS_UNKNOWN))
            break;
        if (confirm || x->story.cause.kind == EXPLAIN_UNKNOWN)
            note_trial(x);
    }
    if (best->cause.kind == EXPLAIN_UNKNOWN && x->trial_count) /* the first is the one told: no other knows more */
        memmove(x->trial, x->trial + 1, --x->trial_count * sizeof *x->trial);
    x->story = *best;
    if (good && confirm)
        good = explain_try_input(x, true, err);
    free(best);
    if (!good && x->folder[0]) { /* the verdict comes all the same */
        if (!explain_engine(x, 1) && !explain_engine(x, 0))
            explain_stop(x, "%s", err->text);
        return true;
    }
    return good;
}

bool explain_runs(struct pairing *pairing, struct run *const run[2], bool confirm,
                  void (*tell)(void *context, struct explain *x), void *context, struct err *err)
{
    struct first first;
    const struct first_options options = {.keys.parts = KEY_DEFAULT,
                                          .limit = UINT64_MAX,
                                          .last_time = {UINT64_MAX, UINT64_MAX},
                                          .values_most = FIRST_VALUES};
    struct explain *x = calloc(1, sizeof *x);
    CHECK(x, "no memory for an explanation");
    first_find(&first, pairing, &options);
    x->run[0] = run[0];
    x->run[1] = run[1];
    x->pairing = pairing;
    x->first = &first;
    bool good = explain_find(x, confirm, err);
    if (good)
        tell(context, x);
    explain_finish(x);
    free(x);
    first_finish(&first);
    return good;
}
