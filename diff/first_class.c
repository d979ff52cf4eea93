/* SPDX-License-Identifier: BSD-3-Clause
 * What kind of divergence it is, and the facts for and against (diff/first.h). */
#include "cli/cli.h"
#include "diff/environment.h"
#include "diff/first.h"
#include "diff/print.h"
#include "diff/table.h"
#include "schema/export.h"
#include "schema/role.h"
#include "schema/status.h"

#include <stdio.h>

static const char *const names[] = {"A", "B"};

static const char *op_name(const struct first *first, u32 side, const struct values_call *call)
{
    return run_op_name(first->run[side], call->call.op);
}

static const char *status_text(const struct values_call *call, char *text, size_t capacity)
{
    u64 result = call->answer.v[F_return_result];
    const struct export *x = export_find(call->call.op);
    const char *name = x && x->has_signature && x->result == ARG_STATUS ? status_name((u32)result) : NULL;
    if (!values_tell_result(call))
        snprintf(text, capacity, "nothing that the log tells");
    else if (name)
        snprintf(text, capacity, "%s", name);
    else
        snprintf(text, capacity, "0x%llX", (unsigned long long)result);
    return text;
}

/* ---- Values. ---- */

/* The path that a call is about, its own or that of the file it acts on; "": not told. */
static const char *path_of(struct run *run, const struct values_call *call)
{
    size_t size;
    const char *text = "";
    if (call->call.count > F_call_text && event_tells(&call->call, F_call_text))
        text = journal_string(run_journal(run), (u32)call->call.v[F_call_text], &size);
    if (!*text && call->has_effect && call->effect.kind == EVENT_file)
        text = journal_string(run_journal(run), (u32)call->effect.v[F_file_path], &size);
    return text;
}

/* The runs began with other files, and this is about one of them, as far as it tells. */
static bool is_other_environment(const struct first *first, const struct first_divergence *d)
{
    struct environment environment;
    if (!d->side[0].next.has_effect && !d->side[1].next.has_effect)
        return false;
    if (!first->partitions[0] || !first->partitions[1] || first->partitions[0] == first->partitions[1])
        return false;
    const char *path = path_of(first->run[0], &d->side[0].next);
    if (!*path)
        return true;
    environment_compare(&environment, first->run[0], first->run[1]);
    bool has_path = environment_has_path(&environment, path);
    environment_free(&environment);
    return has_path;
}

static bool is_wait(u32 op)
{
    u8 role = role_of(op).role;
    return role == ROLE_WAIT || role == ROLE_SIGNAL_AND_WAIT;
}

static void classify_result(const struct first *first, struct first_divergence *d)
{
    char a[64], b[64];
    const struct values_call *x = &d->side[0].next, *y = &d->side[1].next;
    first_add_fact(d, '+', "%s gave %s in A and %s in B, for the same arguments as far as they are told",
                   op_name(first, 0, x), status_text(x, a, sizeof a), status_text(y, b, sizeof b));
    d->class = FIRST_RETURN_VALUE;
    if (is_wait(x->call.op) &&
        (x->answer.v[F_return_result] == STATUS_TIMEOUT || y->answer.v[F_return_result] == STATUS_TIMEOUT))
        d->class = FIRST_TIMING;
    if (x->is_unimplemented != y->is_unimplemented) {
        d->class = FIRST_MISSING_API;
        first_add_fact(d, '+', "%s has no body for this export", names[y->is_unimplemented]);
    } else if (is_other_environment(first, d)) {
        d->class = FIRST_ENVIRONMENT;
        first_add_fact(d, '+', "the runs began with another file of that path on their writable partitions");
    }
}

static void classify_argument(const struct first *first, struct first_divergence *d)
{
    const struct values_call *x = &d->side[0].next, *y = &d->side[1].next;
    const struct export *export = export_find(x->call.op);
    d->class = role_of(x->call.op).role == ROLE_SPAWN ? FIRST_SPAWN : FIRST_ARGUMENT;
    if (d->values.difference == VALUES_WRITTEN) {
        size_t size;
        d->class = FIRST_SIDE_EFFECT;
        first_add_fact(d, '+', "%s writes other bytes to %.100s at %u: the title had other data by then",
                       op_name(first, 0, x),
                       journal_string(run_journal(first->run[0]), (u32)x->effect.v[F_file_path], &size),
                       (u32)x->effect.v[F_file_offset]);
        return;
    }
    if (d->values.difference == VALUES_TEXT) {
        size_t size;
        first_add_fact(d, '+', "%s was asked for \"%.100s\" in A", op_name(first, 0, x),
                       journal_string(run_journal(first->run[0]), (u32)x->call.v[F_call_text], &size));
        first_add_fact(d, '+', "and for \"%.100s\" in B",
                       journal_string(run_journal(first->run[1]), (u32)y->call.v[F_call_text], &size));
        return;
    }
    u32 i = d->values.argument;
    first_add_fact(d, '+', "argument %s of %s is %u (0x%X) in A and %u (0x%X) in B",
                   export ? export->arguments[i].name : "?", op_name(first, 0, x), (u32)x->call.v[i], (u32)x->call.v[i],
                   (u32)y->call.v[i], (u32)y->call.v[i]);
}

static void classify_values(const struct first *first, struct first_divergence *d)
{
    if (d->values.difference == VALUES_RESULT)
        classify_result(first, d);
    else
        classify_argument(first, d);
    first_doubt_pair(first, d);
}

/* ---- Keys. ---- */

static void tell_last_common(const struct first *first, struct first_divergence *d)
{
    char text[64], other[64];
    const struct values_call *x = &d->side[0].last, *y = &d->side[1].last;
    if (!d->side[0].has_last || !d->side[1].has_last)
        return;
    if (values_tell_result(x) && values_tell_result(y) &&
        (u32)x->answer.v[F_return_result] != (u32)y->answer.v[F_return_result])
        first_add_fact(d, '-',
                       "the last common call, %s, gave %s in A and %s in B, which may differ in runs that do the same; "
                       "perhaps the branch was taken on it",
                       op_name(first, 0, x), status_text(x, text, sizeof text), status_text(y, other, sizeof other));
    else if (values_tell_result(x) && values_tell_result(y))
        first_add_fact(d, '+', "the last common call, %s, gave %s in both: the branch was not taken on its result",
                       op_name(first, 0, x), status_text(x, text, sizeof text));
    else
        first_add_fact(d, '-',
                       "what the last common call, %s, returned is not told by %s: RETURN-VALUE is not excluded",
                       op_name(first, 0, x), names[values_tell_result(x)]);
    if (x->is_unimplemented != y->is_unimplemented) {
        d->class = FIRST_MISSING_API;
        first_add_fact(d, '+', "%s has no body for %s", names[y->is_unimplemented], op_name(first, 0, x));
    }
}

static void tell_shape(const struct first *first, struct first_divergence *d)
{
    const struct align_meeting *m = &d->meeting;
    u32 side = m->shape == ALIGN_EXTRA;
    if (m->shape == ALIGN_MISSING || m->shape == ALIGN_EXTRA) {
        first_add_fact(d, ' ', "%s has %llu call%s there that %s has not; then both go on alike for %llu call%s%s",
                       names[side], (unsigned long long)m->skipped[side], m->skipped[side] == 1 ? "" : "s",
                       names[!side], (unsigned long long)m->together, m->together == 1 ? "" : "s",
                       m->together >= 65536 ? " or more" : "");
        if (m->round)
            first_add_fact(d, ' ', "they are %llu more round%s of a loop of %llu calls",
                           (unsigned long long)(m->skipped[side] / m->round),
                           m->skipped[side] / m->round == 1 ? "" : "s", (unsigned long long)m->round);
    } else if (m->shape == ALIGN_SWAPPED) {
        d->class = FIRST_ORDER;
        first_add_fact(d, '+', "the same %llu calls come in another order; then both go on alike",
                       (unsigned long long)m->skipped[0]);
    } else if (m->shape == ALIGN_REPLACED) {
        first_add_fact(d, ' ', "%llu call%s of A stand for %llu of B; then both go on alike for %llu call%s",
                       (unsigned long long)m->skipped[0], m->skipped[0] == 1 ? "" : "s",
                       (unsigned long long)m->skipped[1], (unsigned long long)m->together, m->together == 1 ? "" : "s");
    } else {
        first_add_fact(d, ' ', "they do not meet again within reach");
    }
    (void)first;
}

static void tell_content(const struct first *first, struct first_divergence *d)
{
    const struct values_call *x = &d->values.content[0], *y = &d->values.content[1];
    size_t size;
    if (!d->values.contents)
        return;
    first_add_fact(d, '-', "before it, %s of %.80s at %u moved other bytes: %llu in A (%u@%u), %llu in B (%u@%u)",
                   op_name(first, 0, x),
                   journal_string(run_journal(first->run[0]), (u32)x->effect.v[F_file_path], &size),
                   (u32)x->effect.v[F_file_offset], (unsigned long long)x->effect.v[F_file_length], x->call.thread,
                   x->call.index, (unsigned long long)y->effect.v[F_file_length], y->call.thread, y->call.index);
}

/* One run alone made a thread there. Where one only has calls that the other has not, its next call is no part of what
 * differs: it is where both go on alike. */
static bool is_other_spawn(const struct first_divergence *d)
{
    bool spawns[2];
    for (u32 i = 0; i < 2; i++)
        spawns[i] = role_of(d->side[i].next.call.op).role == ROLE_SPAWN;
    if (d->meeting.shape == ALIGN_MISSING)
        return spawns[0];
    return d->meeting.shape == ALIGN_EXTRA ? spawns[1] : spawns[0] != spawns[1];
}

static void classify_keys(const struct first *first, struct first_divergence *d)
{
    d->class = FIRST_BRANCH;
    if (first_is_uncaptured(first, d)) {
        d->class = FIRST_UNCAPTURED;
        return;
    }
    tell_last_common(first, d);
    if (d->class == FIRST_BRANCH && is_other_spawn(d))
        d->class = FIRST_SPAWN;
    tell_shape(first, d);
    if (d->is_minor && d->class == FIRST_BRANCH && d->is_polling)
        d->class = FIRST_TIMING;
    tell_content(first, d);
    first_doubt_keys(first, d);
    if (d->values.to && !d->values.compared)
        first_add_fact(d, '?',
                       "capture arguments and results of the calls before it on this thread: none are told by both");
}

/* ---- Standstills. ---- */

/* The very last call of the thread, which the comparison may have left out. */
static bool is_very_last(const struct first *first, u32 side, const struct first_side *s)
{
    return s->has_last && s->last.position == first->ends[side].last[s->thread];
}

static const char *name_of_last(const struct first *first, u32 side, const struct first_side *s, char *text,
                                size_t size, bool *returned)
{
    struct values_call call = s->last;
    u64 last = first->ends[side].last[s->thread];
    struct err err;
    if (last == UINT64_MAX ||
        (!is_very_last(first, side, s) && !values_glance(first->run[side], s->thread, last, &call, &err)))
        return "its start";
    *returned = call.has_answer;
    snprintf(text, size, "%s (%u@%u)", op_name(first, side, &call), call.call.thread, call.call.index);
    return text;
}

static void classify_wedge(const struct first *first, struct first_divergence *d, u32 side, const char *last)
{
    const struct ends *ends = &first->ends[side];
    d->class = FIRST_WEDGE;
    if (ends->entering != UINT32_MAX) {
        d->is_uncertain = true;
        first_add_fact(d, '?',
                       "%s's log ends as thread %u enters a section: whether that was held or the log was cut off, "
                       "a longer capture tells",
                       names[side], run_thread(first->run[side], ends->entering)->thread);
    }
    first_add_fact(d, '+', "in %s it never comes out of %s, and %u thread%s blocked when the run ends", names[side],
                   last, ends->blocked, ends->blocked == 1 ? " is" : "s are");
}

static void classify_cut(const struct first *first, struct first_divergence *d, u32 side, const char *last,
                         bool returned)
{
    const struct ends *ends = &first->ends[side];
    const struct first_side *s = &d->side[side];
    d->class = FIRST_TRUNCATED;
    d->is_uncertain = side == 0; /* the reference is the one that is too short */
    first_add_fact(d, '+', "%s ends while %u of its threads %s under way; up to there this one did the same",
                   names[side], ends->running, ends->running == 1 ? "is" : "are");
    if (ends->is_woken[s->thread])
        first_add_fact(d, '+', "in %s it is woken from %s near the log's end: what it did then is not told",
                       names[side], last);
    else if (s->end == ENDS_RUNNING && !returned)
        first_add_fact(d, '+', "in %s the log ends while the thread is in %s, which blocks nobody", names[side], last);
    first_add_fact(d, '?', "capture a longer run of %s", names[side]);
}

static void classify_end(const struct first *first, struct first_divergence *d)
{
    u32 side = d->side[0].has_next;
    const struct first_side *s = &d->side[side];
    char text[96];
    bool returned = true;
    const char *last = name_of_last(first, side, s, text, sizeof text, &returned);
    if (s->end == ENDS_SUSPENDED) {
        d->class = FIRST_SPAWN;
        first_add_fact(d, '+', "it was made in %s, whose log has nothing that it did", names[side]);
    } else if (s->end == ENDS_EXITED && first_is_uncaptured(first, d)) {
        d->class = FIRST_UNCAPTURED;
    } else if (s->end == ENDS_EXITED) {
        d->class = FIRST_BRANCH;
        first_add_fact(d, '+', "in %s the thread ends after %s; in %s it goes on", names[side], last, names[!side]);
    } else if (d->is_deed) {
        d->class = FIRST_TRUNCATED;
        first_add_fact(d, '+',
                       returned ? "in %s the thread says nothing more after %s, which returned, and nothing holds it"
                                : "in %s the log ends while the thread is in %s, which blocks nobody",
                       names[side], last);
    } else if (s->end == ENDS_BLOCKED && ends_is_wedged(&first->ends[side])) {
        classify_wedge(first, d, side, last);
    } else {
        classify_cut(first, d, side, last, returned);
    }
    if (d->class != FIRST_TRUNCATED && s->end != ENDS_SUSPENDED)
        first_doubt_keys(first, d);
}

void first_tell_nth(const struct first *first, struct first_divergence *d)
{
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK], nth = 0;
    u32 got, side = d->side[0].has_next;
    struct keys_reader r;
    const struct first_side *s = &d->side[side];
    if (d->class != FIRST_WEDGE || !is_very_last(first, side, s))
        return;
    keys_reader_init(&r, &first->keys, side, s->thread, 0, s->last.position);
    while ((got = keys_read(&r, letters, positions, NULL)))
        for (u32 i = 0; i < got; i++)
            nth += (u32)letters[i] == s->last.call.op;
    first_add_fact(d, ' ', "it is number %llu of the thread's calls of %s, compared with number %llu of the other run",
                   (unsigned long long)nth, op_name(first, side, &s->last), (unsigned long long)nth);
}

static void classify_unpaired(const struct first *first, struct first_divergence *d)
{
    u32 side = d->side[0].thread == PAIR_NOBODY;
    const struct run_thread *t = run_thread(first->run[side], d->side[side].thread);
    char entry[TABLE_ADDRESS];
    d->class = FIRST_SPAWN;
    first_add_fact(d, '+', "only %s has thread %u, entry %s, %llu event%s", names[side], t->thread,
                   table_show_address(t->entry, entry), (unsigned long long)t->events, cli_plural(t->events));
    if (!t->created && !t->entry) {
        d->is_uncertain = true;
        first_add_fact(d, '?', "capture the creation of threads: nothing tells who made it");
    }
}

void first_classify(const struct first *first, struct first_divergence *d)
{
    if (d->side[0].thread == PAIR_NOBODY || d->side[1].thread == PAIR_NOBODY)
        classify_unpaired(first, d);
    else if (d->values.difference)
        classify_values(first, d);
    else if (d->side[0].has_next && d->side[1].has_next)
        classify_keys(first, d);
    else
        classify_end(first, d);
    first_tell_minor(first, d);
}
