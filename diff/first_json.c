/* SPDX-License-Identifier: BSD-3-Clause
 * The first divergence for programs (diff/first_print.h). */
#include "diff/first_print.h"

/* in_return: what differs is what the call gave, so that the place is its return. */
static void put_call(const struct first *first, struct json *j, const char *key, u32 side,
                     const struct values_call *call, bool in_return)
{
    const struct event *at = in_return ? &call->answer : &call->call;
    json_object(j, key);
    json_text(j, "journal", run_path(first->run[side]));
    json_u64(j, "thread", at->thread);
    json_u64(j, "index", at->index);
    json_u64(j, "call", call->call.index);
    json_text(j, "op", run_op_name(first->run[side], call->call.op));
    json_hex_known(j, "lr", call->call.lr, 8);
    json_u64(j, "time", at->time);
    if (values_tell_result(call))
        json_hex(j, "result", call->answer.v[F_return_result], 8);
    else
        json_null(j, "result");
    json_close(j);
}

/* The number that the thread's next event would have had. */
static u32 index_behind(struct run *run, u32 thread)
{
    struct run_span span;
    struct err err;
    u64 events = run_thread(run, thread)->events;
    return events && run_read(run, thread, events - 1, &span, &err) && span.count ? span.index[0] + 1 : 0;
}

/* A thread that does nothing more there, or is not there at all. */
static void put_nothing(const struct first *first, struct json *j, const char *key, u32 side, u32 thread)
{
    json_object(j, key);
    json_text(j, "journal", run_path(first->run[side]));
    if (thread == PAIR_NOBODY) {
        json_null(j, "thread");
        json_null(j, "index");
    } else {
        json_u64(j, "thread", run_thread(first->run[side], thread)->thread);
        json_u64(j, "index", index_behind(first->run[side], thread));
    }
    json_null(j, "call");
    json_null(j, "op");
    json_null(j, "lr");
    json_null(j, "time");
    json_null(j, "result");
    json_close(j);
}

static void put_side(const struct first *first, struct json *j, const char *key, const struct first_divergence *d,
                     u32 side)
{
    const struct first_side *s = &d->side[side];
    if (s->has_next)
        put_call(first, j, key, side, &s->next, d->values.difference == VALUES_RESULT);
    else
        put_nothing(first, j, key, side, s->thread);
}

static void put_optional(const struct first *first, struct json *j, const char *key, u32 side, bool has,
                         const struct values_call *call)
{
    if (has)
        put_call(first, j, key, side, call, false);
    else
        json_null(j, key);
}

static void put_around(const struct first *first, struct json *j, const struct first_divergence *d)
{
    json_object(j, "last_common");
    put_optional(first, j, "a", 0, d->side[0].has_last, &d->side[0].last);
    put_optional(first, j, "b", 1, d->side[1].has_last, &d->side[1].last);
    json_close(j);
    json_object(j, "meet");
    json_text(j, "shape", align_shape_name(d->meeting.shape));
    put_optional(first, j, "a", 0, d->side[0].has_meeting, &d->side[0].meeting);
    put_optional(first, j, "b", 1, d->side[1].has_meeting, &d->side[1].meeting);
    json_u64(j, "skipped_a", d->meeting.skipped[0]);
    json_u64(j, "skipped_b", d->meeting.skipped[1]);
    json_u64(j, "together", d->meeting.together);
    json_close(j);
}

static void put_facts(struct json *j, const struct first_divergence *d)
{
    static const struct {
        char sign;
        const char *name;
    } lists[] = {{'+', "for"}, {'-', "against"}, {'?', "capture"}, {' ', "facts"}};
    for (size_t i = 0; i < countof(lists); i++) {
        json_array(j, lists[i].name);
        for (u32 k = 0; k < d->fact_count; k++)
            if (d->facts[k].sign == lists[i].sign)
                json_text(j, NULL, d->facts[k].text);
        json_close(j);
    }
}

static void put_pair(const struct first *first, struct json *j, const char *key, const struct first_divergence *d)
{
    json_object(j, key);
    json_u64(j, "rank", d->rank + 1);
    json_text(j, "class", first_class_name(d->class));
    json_u64(j, "matched", d->matched);
    json_bool(j, "shared_out_otherwise", d->is_shared);
    json_bool(j, "only_waits_or_polls", d->is_minor);
    json_u64(j, "set_aside", d->passed);
    put_side(first, j, "a", d, 0);
    put_side(first, j, "b", d, 1);
    json_text(j, "end_a", d->side[0].thread == PAIR_NOBODY ? NULL : ends_name(d->side[0].end));
    json_text(j, "end_b", d->side[1].thread == PAIR_NOBODY ? NULL : ends_name(d->side[1].end));
    if (d->cause == FIRST_NOBODY)
        json_null(j, "follows");
    else
        json_u64(j, "follows", d->cause + 1);
    put_around(first, j, d);
    put_facts(j, d);
    json_close(j);
}

static void put_noise(const struct first *first, struct json *j)
{
    json_object(j, "noise");
    for (u32 i = 1; i < countof(first->noise); i++) {
        json_object(j, first_noise_name(i));
        json_u64(j, "a", first->noise[i].events[0]);
        json_u64(j, "b", first->noise[i].events[1]);
        json_close(j);
    }
    json_close(j);
}

static void put_jitter(const struct first *first, struct json *j)
{
    const struct jitter *jitter = first->jitter;
    json_array(j, "jitter");
    for (u32 i = 0; jitter && i < jitter->letter_count; i++) {
        const struct jitter_site *s = &jitter->sites[i];
        json_object(j, NULL);
        json_text(j, "op", run_op_name(first->run[0], s->op));
        json_hex_known(j, "lr", s->lr, 8);
        json_u64(j, "least", s->least);
        json_u64(j, "most", s->most);
        json_u64(j, "a", s->count);
        json_u64(j, "b", keys_count(&first->keys.side[1], s->letter));
        json_close(j);
    }
    json_close(j);
}

void first_put_json(const struct first *first, const char *key, struct json *j)
{
    json_object(j, key);
    json_text(j, "verdict", first_verdict_name(first->verdict));
    if (first->verdict == FIRST_SAME || !first->count)
        json_null(j, "first");
    else
        put_pair(first, j, "first", &first->list[0]);
    json_array(j, "pairs");
    for (u32 i = 0; i < first->count; i++)
        put_pair(first, j, NULL, &first->list[i]);
    json_close(j);
    json_u64(j, "common", first->common);
    json_u64(j, "roots", first_count_roots(first));
    json_u64(j, "equal_pairs", first->equal);
    json_u64(j, "crossed_pairs", pair_count_crossed(first->pairing));
    json_u64(j, "results_compared", first->compared);
    json_u64(j, "results_not_told", first->untold);
    put_noise(first, j);
    put_jitter(first, j);
    json_close(j);
}
