/* SPDX-License-Identifier: BSD-3-Clause
 * Confirming a cause: one run is changed so that it is as in the other, and made again (diff/explain.h). */
#include "diff/child.h"
#include "diff/environment.h"
#include "diff/explain_input.h"
#include "schema/export.h"
#include "schema/input.h"

#include <stdio.h>
#include <stdlib.h>

enum { BYTES_MOST = 65536, ORDER_TICKS = 2500 };

static bool has_wedged(const struct ends *ends)
{
    return ends->has_end && ends->reason == END_WEDGED;
}

/* ---- The change, as lines of --changes. ---- */

struct change {
    char path[4400];
    FILE *file;
    u32 side, other; /* changed, and as which */
    bool by_input;   /* the input as a whole */
};

static void put_hex(FILE *out, const u8 *bytes, u32 size)
{
    for (u32 i = 0; i < size; i++)
        fprintf(out, "%02X", bytes[i]);
}

/* Bytes that an argument points to after the call; 0: none that are known. */
static u32 out_size(const struct values_call *call, const struct argument *a)
{
    if (a->type == ARG_IOSB)
        return 8;
    if (a->direction != ARG_OUT && a->direction != ARG_INOUT)
        return 0;
    if (a->type != ARG_BUF)
        return argument_type_size(a->type);
    u64 count = a->length < 0 ? 1 : a->length < 8 ? call->call.v[F_call_a0 + a->length] : 0;
    return count * a->unit < BYTES_MOST ? (u32)(count * a->unit) : BYTES_MOST;
}

/* What the other run's call left there. */
static bool read_after(struct explain *x, u32 side, const struct values_call *call, u32 address, u32 size, u8 *bytes,
                       struct err *err)
{
    struct trail seen[2];
    struct trail_ask ask[2];
    u64 until = call->has_answer ? call->answer.seq : UINT64_MAX;
    for (u32 k = 0; k < 2; k++)
        ask[k] = (struct trail_ask){
            .run = run_path(x->run[side]), .until = until, .watch_count = 1, .watch = {{address, size}}};
    x->replays++;
    if (!trail_read_one(&ask[0], &seen[0], x->folder, err))
        return false;
    bool good = trail_rebuild(&seen[0], UINT64_MAX, address, size, bytes);
    trail_free(&seen[0]);
    return good;
}

static bool put_outs(struct explain *x, struct change *c, const struct values_call *call, struct err *err)
{
    const struct export *export = export_find(call->call.op);
    for (u32 i = 0; export && i < export->count && i < 8; i++) {
        const struct argument *a = &export->arguments[i];
        u32 address = (u32)call->call.v[F_call_a0 + i], size = address ? out_size(call, a) : 0;
        if (!size)
            continue;
        u8 *bytes = calloc(size, 1);
        CHECK(bytes, "no memory for an argument");
        err->text[0] = '\0';
        if (read_after(x, c->other, call, address, size, bytes, err)) {
            fprintf(c->file, ",%s=", a->name);
            put_hex(c->file, bytes, size);
        }
        free(bytes);
        if (err->text[0])
            return false;
    }
    return true;
}

/* The whole outcome of the call, as the other run had it. */
static bool amend_call(struct explain *x, struct change *c, struct err *err)
{
    const struct explain_cause *cause = &x->story.cause;
    struct values_call call;
    u32 pair = explain_pair_of(x, c->other, cause->at[c->other].thread);
    const char *op = run_op_name(x->run[c->side], cause->op);
    if (pair == PAIR_NOBODY || !explain_read_call(x, pair, c->other, cause->at[c->other].index, &call) ||
        !call.has_answer)
        return err_set(err, "the call of the other run cannot be read");
    snprintf(x->story.confirm.change, sizeof x->story.confirm.change, "%s #%llu of thread %u made as in %c: 0x%llX%s",
             op, (unsigned long long)cause->nth[c->side], cause->at[c->side].thread, 'A' + (int)c->other,
             (unsigned long long)call.answer.v[F_return_result], cause->address ? " and all that it wrote" : "");
    fprintf(c->file, "amend %s#%llu@%u=0x%llX", op, (unsigned long long)cause->nth[c->side], cause->at[c->side].thread,
            (unsigned long long)call.answer.v[F_return_result]);
    bool good = put_outs(x, c, &call, err);
    fputc('\n', c->file);
    return good;
}

static bool poke_memory(struct explain *x, struct change *c)
{
    const struct explain_cause *cause = &x->story.cause;
    u8 bytes[8];
    u64 value = cause->at[c->other].value;
    for (u32 i = 0; i < cause->size; i++)
        bytes[i] = (u8)(value >> 8 * (cause->size - 1 - i));
    fprintf(c->file, "poke %llu@%u:0x%X=", (unsigned long long)cause->poke[c->side], cause->at[c->side].thread,
            cause->address);
    put_hex(c->file, bytes, cause->size);
    fputc('\n', c->file);
    snprintf(x->story.confirm.change, sizeof x->story.confirm.change,
             "0x%0*llX put at 0x%08X before thread %u reads it, at tick %llu", (int)(2 * cause->size),
             (unsigned long long)value, cause->address, cause->at[c->side].thread,
             (unsigned long long)cause->poke[c->side]);
    return true;
}

/* Of two calls that changed places, the one that comes first in this run is made after the other. */
static bool delay_first(struct explain *x, struct change *c)
{
    const struct explain_cause *cause = &x->story.cause;
    u32 k = c->side;
    bool own = !cause->other_first[k];
    const struct explain_at *early = own ? &cause->at[k] : &cause->other[k];
    const struct explain_at *late = own ? &cause->other[k] : &cause->at[k];
    const char *op = run_op_name(x->run[k], own ? cause->op : cause->other_op);
    unsigned long long nth = own ? cause->nth[k] : cause->other_nth[k];
    u64 by = late->time > early->time ? late->time - early->time + ORDER_TICKS : ORDER_TICKS;
    fprintf(c->file, "delay %s#%llu@%u=%llut\n", op, nth, early->thread, (unsigned long long)by);
    snprintf(x->story.confirm.change, sizeof x->story.confirm.change, "%s #%llu of thread %u made %llu ticks later", op,
             nth, early->thread, (unsigned long long)by);
    return true;
}

/* The result of a wait that was over too early is the other's. */
static bool move_signal(struct explain *x, struct change *c)
{
    const struct explain_cause *cause = &x->story.cause;
    u32 k = c->side;
    if (cause->is_order)
        return delay_first(x, c);
    const char *op = run_op_name(x->run[k], cause->op);
    fprintf(c->file, "amend %s#%llu@%u=0x%llX\n", op, (unsigned long long)cause->nth[k], cause->at[k].thread,
            (unsigned long long)cause->at[c->other].value);
    snprintf(x->story.confirm.change, sizeof x->story.confirm.change, "%s #%llu of thread %u made to return 0x%llX", op,
             (unsigned long long)cause->nth[k], cause->at[k].thread, (unsigned long long)cause->at[c->other].value);
    return true;
}

/* The input itself, not only the first call that told of it. */
static bool force_inputs(struct explain *x, struct change *c)
{
    const struct explain_cause *cause = &x->story.cause;
    u32 count = explain_put_inputs(x, c->other, cause->input_kind, c->file);
    snprintf(x->story.confirm.change, sizeof x->story.confirm.change, "all of input %s as in %c, %u answer%s",
             input_type(cause->input_kind)->name, 'A' + (int)c->other, count, count == 1 ? "" : "s");
    return count > 0;
}

static bool make_change(struct explain *x, struct change *c, struct err *err)
{
    const struct explain_cause *cause = &x->story.cause;
    if (c->by_input)
        return force_inputs(x, c);
    bool is_memory = cause->kind == EXPLAIN_RACE || cause->kind == EXPLAIN_UNINITIALISED ||
                     cause->kind == EXPLAIN_MEMORY || !cause->op;
    if (!cause->at[0].is_there || !cause->at[1].is_there || (is_memory && !cause->poke[c->side]))
        return false;
    if (cause->kind == EXPLAIN_SCHEDULE && cause->op)
        return move_signal(x, c);
    return is_memory ? poke_memory(x, c) : amend_call(x, c, err);
}

/* ---- What came of it. ---- */

/* *refused: why the change was not taken, "" if it was. */
static bool run_changed(struct explain *x, const struct change *c, const char *out, char refused[EXPLAIN_TEXT],
                        struct err *err)
{
    *refused = '\0';
    struct child *child = calloc(1, sizeof *child);
    CHECK(child, "no memory for a child");
    child_add(child, "replay");
    child_add(child, "%s", run_path(x->run[c->side]));
    child_add(child, "--quiet");
    child_add(child, "--changes=%s", c->path);
    child_add(child, "--output=%s", out);
    x->replays++;
    bool good = child_run(&child, 1, err);
    /* How it ended stands in its journal. */
    if (good && (child->code < 0 || child->code == 1 || child->code == 2))
        snprintf(refused, EXPLAIN_TEXT, "the changed run was not made: %.300s", child->said);
    free(child);
    return good;
}

/* Do the calls of the thread part no later than before? */
static bool still_parts(struct explain *x, const struct change *c, struct run *changed, const struct pairing *pairing,
                        u32 place)
{
    struct explain_keys keys;
    u32 pair = pairing->of_a[place];
    struct run *const run[2] = {x->run[c->other], changed};
    const u32 places[2] = {place, pairing->pairs[pair].b};
    explain_read_keys(run, places, &keys);
    bool parts = keys.count[0] > keys.common || keys.count[1] > keys.common;
    bool still = places[1] == PAIR_NOBODY || (parts && keys.common <= x->story.target.common);
    explain_free_keys(&keys);
    return still;
}

/* Does the thread of the divergence still leave the other run's way, no later than before? */
static bool still_diverges(struct explain *x, const struct change *c, struct run *changed, struct err *err)
{
    const struct first_options options = {.keys.parts = KEY_DEFAULT,
                                          .limit = UINT64_MAX,
                                          .last_time = {UINT64_MAX, UINT64_MAX},
                                          .values_most = FIRST_VALUES};
    const struct first_divergence *before = &x->first->list[x->story.target.divergence];
    u32 place = before->side[c->other].thread;
    struct pairing pairing;
    struct first first;
    bool still = false;
    if (!pair_threads(&pairing, x->run[c->other], changed, NULL, err))
        return true;
    if (x->story.target.by_branch && place != PAIR_NOBODY) {
        still = still_parts(x, c, changed, &pairing, place);
    } else {
        first_find(&first, &pairing, &options);
        for (u32 i = 0; i < first.count; i++)
            still |= first.list[i].side[0].thread == place && first.list[i].matched <= before->matched;
        first_finish(&first);
    }
    pair_finish(&pairing);
    return still;
}

static bool judge(struct explain *x, const struct change *c, const char *path, struct err *err)
{
    struct explain_confirm *confirm = &x->story.confirm;
    struct run *changed = run_open(path, err);
    struct ends ends;
    if (!changed)
        return false;
    err->text[0] = '\0';
    ends_init(&ends, changed);
    confirm->was_tried = true;
    confirm->divergence_goes = !still_diverges(x, c, changed, err);
    /* Of a run that goes on, the change must make one that wedges. */
    bool wedged[2] = {has_wedged(&x->first->ends[c->side]), has_wedged(&x->first->ends[c->other])};
    bool is_now = has_wedged(&ends);
    confirm->wedge_was = wedged[0] != wedged[1];
    confirm->wedge_goes = confirm->wedge_was && is_now == wedged[1];
    snprintf(confirm->text, sizeof confirm->text, "the divergence %s%s",
             confirm->divergence_goes ? "goes away" : "stays",
             !confirm->wedge_was    ? ""
             : !confirm->wedge_goes ? (is_now ? ", the wedge stays" : ", it does not wedge")
             : is_now               ? ", and it wedges"
                                    : ", and so does the wedge");
    if (confirm->divergence_goes && (!confirm->wedge_was || confirm->wedge_goes))
        x->story.verdict = EXPLAIN_CONFIRMED;
    ends_finish(&ends);
    run_close(changed);
    return !err->text[0];
}

static bool try_side(struct explain *x, u32 side, bool by_input, struct err *err)
{
    struct change c = {.side = side, .other = !side, .by_input = by_input};
    char out[4400], refused[EXPLAIN_TEXT];
    x->story.confirm = (struct explain_confirm){.side = side};
    snprintf(c.path, sizeof c.path, "%s/changes", x->folder);
    snprintf(out, sizeof out, "%s/changed.lsj", x->folder);
    c.file = fopen(c.path, "w");
    if (!c.file)
        return err_set(err, "%s cannot be written", c.path);
    err->text[0] = '\0';
    bool made = make_change(x, &c, err);
    fclose(c.file);
    if (!made) {
        snprintf(x->story.confirm.text, sizeof x->story.confirm.text, "there is no change that would try it");
        return !err->text[0];
    }
    if (!run_changed(x, &c, out, refused, err))
        return false;
    if (!*refused)
        return judge(x, &c, out, err);
    refused[strcspn(refused, "\n")] = '\0';
    snprintf(x->story.confirm.text, sizeof x->story.confirm.text, "%s", refused);
    return true;
}

static u32 side_to_change(const struct explain *x)
{
    return !(has_wedged(&x->first->ends[0]) && !has_wedged(&x->first->ends[1]));
}

/* Of the partitions' content all goes together: no proof of the one file that a query was about. */
static bool is_of_files(u32 input_kind)
{
    return input_kind == INPUT_partition_list || input_kind == INPUT_partition_file;
}

/* A link for each file with which the partitions differ, and their names beside the cause. */
static void name_files(struct explain *x)
{
    enum { NAMED = 3, TOLD = 64 };
    struct environment environment;
    char *to = x->story.cause.input;
    size_t room = sizeof x->story.cause.input, at = 0;
    u32 count = 0;
    environment_compare(&environment, x->run[0], x->run[1]);
    for (u32 i = 0; i < environment.count; i++) {
        const struct environment_row *r = &environment.rows[i];
        if (strncmp(r->key, "partition.", 10))
            continue;
        if (count < NAMED && at < room)
            at += (size_t)snprintf(to + at, room - at, "%s%.80s", count ? ", " : "", r->key);
        if (count++ < TOLD)
            explain_add(x, LINK_INPUT, "%.120s: %s in A, %s in B", r->key, r->value[0], r->value[1]);
    }
    if (count > NAMED && at < room)
        snprintf(to + at, room - at, " and %u more (lockstep envdiff)", count - NAMED);
    if (count > TOLD)
        explain_add(x, LINK_INPUT, "and %u more (lockstep envdiff)", count - TOLD);
    environment_free(&environment);
}

bool explain_try_input(struct explain *x, bool files, struct err *err)
{
    struct explain_cause *cause = &x->story.cause;
    struct explain_confirm before = x->story.confirm;
    char text[EXPLAIN_TEXT - 64];
    if (x->story.verdict != EXPLAIN_UNCONFIRMED || !cause->input_kind || files != is_of_files(cause->input_kind))
        return true;
    if (!try_side(x, side_to_change(x), true, err))
        return false;
    if (x->story.verdict != EXPLAIN_CONFIRMED) {
        x->story.confirm = before;
    } else if (files) {
        snprintf(text, sizeof text, "%.300s", cause->text);
        snprintf(cause->text, sizeof cause->text, "what the writable partitions hold, as a whole; first told by %s",
                 text);
        cause->op = cause->pc = cause->address = 0; /* no single call is it */
        cause->input[0] = '\0';
        name_files(x);
    }
    return true;
}

/* The one that wedges, or else B, is made as the other; or else the other as that: a changed run may have been changed
 * at this very place. */
bool explain_try(struct explain *x, struct err *err)
{
    u32 side = side_to_change(x);
    if (x->story.verdict != EXPLAIN_UNCONFIRMED)
        return true;
    if (!try_side(x, side, false, err) || !explain_try_input(x, false, err))
        return false;
    struct explain_confirm one = x->story.confirm;
    if (x->story.verdict == EXPLAIN_CONFIRMED || one.divergence_goes ||
        !journal_get(run_journal(x->run[side]), "parent.path"))
        return true;
    if (!try_side(x, !side, false, err))
        return false;
    if (x->story.verdict != EXPLAIN_CONFIRMED)
        x->story.confirm = one;
    return true;
}
