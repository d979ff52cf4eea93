/* SPDX-License-Identifier: BSD-3-Clause
 * What the kernel told the title: on what it rests (diff/explain.h). */
#include "diff/explain.h"
#include "diff/explain_input.h"

#include "replay/show.h"
#include "schema/export.h"
#include "schema/role.h"

#include <stdio.h>
#include <stdlib.h>

bool explain_read_call(struct explain *x, u32 pair, u32 k, u32 index, struct values_call *call)
{
    u32 place = explain_place(x, pair, k);
    struct err err;
    return values_read(x->run[k], place, run_position_at_index(x->run[k], place, index), call, &err);
}

u64 explain_count(struct explain *x, u32 pair, u32 k, u32 op, u32 index)
{
    u32 place = explain_place(x, pair, k);
    u64 *counts = calloc(run_site_count(x->run[k]) + 1, sizeof *counts), n = 0;
    struct err err;
    CHECK(counts, "no memory for counts");
    run_count(x->run[k], place, 0, run_position_at_index(x->run[k], place, index) + 1, counts, NULL, &err);
    for (u32 i = 0; i < run_site_count(x->run[k]); i++)
        if (run_site(x->run[k], i)->op == op && run_site(x->run[k], i)->kind == EVENT_call)
            n += counts[i];
    free(counts);
    return n;
}

bool explain_nth(struct explain *x, u32 pair, u32 k, u32 op, u64 nth, struct event *call)
{
    u32 place = explain_place(x, pair, k);
    struct run_span span;
    struct err err;
    u64 seen = 0;
    for (u64 position = 0; run_read(x->run[k], place, position, &span, &err) && span.count; position += span.count)
        for (u32 i = 0; i < span.count; i++) {
            const struct run_site *site = run_site(x->run[k], span.site[i]);
            if (site->kind == EVENT_call && site->op == op && ++seen == nth)
                return run_event(x->run[k], place, position + i, call, &err);
        }
    return false;
}

/* The first argument that is a number and differs; 8: none. */
static u32 differing_argument(const struct values_call call[2])
{
    const struct export *export = export_find(call[0].call.op);
    for (u32 i = 0; export && i < export->count && i < 8; i++) {
        const struct argument *a = &export->arguments[i];
        bool is_number =
            a->direction == ARG_VALUE && a->type != ARG_HANDLE && a->type != ARG_PTR && !argument_is_pointer(a);
        if (is_number && call[0].call.v[F_call_a0 + i] != call[1].call.v[F_call_a0 + i])
            return i;
    }
    return 8;
}

enum explain_next explain_passed(struct explain *x, u32 pair, const struct values_call call[2], u32 argument,
                                 struct explain_spot *spot, struct err *err)
{
    u32 index[2] = {call[0].call.index, call[1].call.index};
    u64 until[2] = {call[0].call.seq, call[1].call.seq};
    if (!explain_open(x, pair, explain_key_before(x, pair, 0, index[0]), index, until, err))
        return NEXT_FAILED;
    if (!x->trail[0].count || !x->trail[1].count)
        return NEXT_END;
    spot->step[0] = x->trail[0].count - 1;
    spot->step[1] = x->trail[1].count - 1;
    const struct export *export = export_find(call[0].call.op);
    struct explain_link *link =
        explain_add(x, LINK_PASSED, "argument %s of %s", export->arguments[argument].name, export->name);
    explain_put_steps(x, link, spot);
    for (u32 k = 0; k < 2; k++)
        link->at[k].value = call[k].call.v[F_call_a0 + argument];
    return explain_register(x, spot, PLACE_R0 + 3 + argument, err);
}

static void put_at(struct explain_at *at, const struct values_call *call, u64 value)
{
    *at = explain_at_event(&call->call);
    at->time = call->has_answer ? call->answer.time : at->time;
    at->value = value;
}

static void tell_value(struct explain *x, u32 k, u32 op, const struct explain_data *data, u64 value, char *out,
                       size_t capacity)
{
    const struct export *export = export_find(op);
    if (data)
        snprintf(out, capacity, "0x%0*llX", (int)(2 * data->size), (unsigned long long)value);
    else if (export && export->result == ARG_STATUS)
        show_value(run_journal(x->run[k]), MEANING_STATUS, value, out, capacity);
    else
        snprintf(out, capacity, "0x%llX", (unsigned long long)value);
}

/* The path that A's call is about, its own or that of the file it acts on; "" for none. */
static const char *path_of(struct explain *x, const struct values_call *call)
{
    struct journal_reader *journal = run_journal(x->run[0]);
    size_t size;
    const char *text =
        call->call.count > F_call_text ? journal_string(journal, (u32)call->call.v[F_call_text], &size) : "";
    if (!text[0] && call->has_effect && call->effect.kind == EVENT_file)
        text = journal_string(journal, (u32)call->effect.v[F_file_path], &size);
    return text;
}

static struct explain_link *add_call(struct explain *x, const struct values_call call[2],
                                     const struct explain_data *data, const u64 value[2], const char *path)
{
    char name[128], what[2][64];
    for (u32 k = 0; k < 2; k++)
        tell_value(x, k, call[0].call.op, data, value[k], what[k], sizeof what[k]);
    struct explain_link *link = explain_add(
        x, data ? LINK_WRITTEN : LINK_RETURNED, "%s%s%s%s at %s %s %s in A, %s in B",
        run_op_name(x->run[0], call[0].call.op), path[0] ? " of \"" : "", path, path[0] ? "\"" : "",
        explain_name(x, call[0].call.lr - 4, name, sizeof name), data ? "wrote" : "returned", what[0], what[1]);
    link->op = call[0].call.op;
    link->pc = call[0].call.lr;
    link->address = data ? data->address : 0;
    put_at(&link->at[0], &call[0], value[0]);
    put_at(&link->at[1], &call[1], value[1]);
    return link;
}

static void tell_call(struct explain *x, const struct values_call call[2], const struct explain_data *data,
                      const u64 value[2])
{
    const char *path = path_of(x, &call[0]);
    const struct explain_link *link = add_call(x, call, data, value, path);
    struct explain_cause *cause = &x->story.cause;
    cause->kind = EXPLAIN_RESULT;
    cause->op = link->op;
    cause->pc = link->pc;
    cause->address = link->address;
    cause->size = data ? data->size : 4;
    cause->at[0] = link->at[0];
    cause->at[1] = link->at[1];
    snprintf(cause->text, sizeof cause->text, "%s", link->text);
    if (explain_find_input(x, call, path, cause->input, sizeof cause->input)) {
        cause->kind = EXPLAIN_INPUT;
        struct explain_link *input = explain_add(x, LINK_INPUT, "%s", cause->input);
        input->op = link->op;
    }
}

/* No input tells of the file: perhaps a thread made it. The call stays the cause unless more is found. */
static enum explain_next behind_file(struct explain *x, u32 pair, const struct values_call call[2],
                                     const struct explain_data *data, struct explain_spot *spot, struct err *err)
{
    u8 role = role_of(call[0].call.op).role;
    const char *path = path_of(x, &call[0]);
    if (x->story.cause.kind != EXPLAIN_RESULT || role < ROLE_OPEN || role > ROLE_INFORM || !path[0])
        return NEXT_END;
    x->story.nearer = x->story.cause;
    x->story.cause = (struct explain_cause){0};
    enum explain_next next = explain_file(x, pair, call, path, data, spot, err);
    if (next == NEXT_END && x->story.cause.kind == EXPLAIN_UNKNOWN)
        x->story.cause = x->story.nearer;
    return next;
}

enum explain_next explain_call(struct explain *x, u32 pair, const u32 index[2], const struct explain_data *data,
                               struct explain_spot *spot, struct err *err)
{
    struct values_call call[2];
    u64 value[2] = {0};
    for (u32 k = 0; k < 2; k++) {
        if (!explain_read_call(x, pair, k, index[k], &call[k])) {
            explain_stop(x, "the call cannot be read from %s", run_path(x->run[k]));
            return NEXT_END;
        }
        value[k] = data ? data->value[k] : call[k].has_answer ? call[k].answer.v[F_return_result] : 0;
    }
    u32 argument = differing_argument(call);
    if (argument < 8)
        return explain_passed(x, pair, call, argument, spot, err);
    tell_call(x, call, data, value);
    if (!data && x->story.cause.kind == EXPLAIN_RESULT && keys_has_kind(call[0].call.op, KEYS_WAITS)) {
        u64 position[2] = {call[0].position, call[1].position};
        x->story.cause.kind = EXPLAIN_UNKNOWN;
        return explain_wait(x, pair, position, spot, err);
    }
    u8 role = role_of(call[0].call.op).role;
    if (!data && x->story.cause.kind == EXPLAIN_RESULT &&
        (role == ROLE_RELEASE || role == ROLE_SET || role == ROLE_RESET)) {
        const struct event calls[2] = {call[0].call, call[1].call};
        struct explain_cause result = x->story.cause;
        enum explain_next next = explain_order(x, calls, spot, err);
        if (next != NEXT_END || x->story.cause.kind != EXPLAIN_RESULT)
            return next;
        x->story.cause = result;
    }
    for (u32 k = 0; k < 2; k++)
        x->story.cause.nth[k] = explain_count(x, pair, k, call[k].call.op, index[k]);
    return behind_file(x, pair, call, data, spot, err);
}

enum explain_next explain_kernel(struct explain *x, const struct explain_link *read, const struct explain_data *data)
{
    struct explain_cause *cause = &x->story.cause;
    cause->kind = explain_find_clock(x, cause->input, sizeof cause->input) ? EXPLAIN_INPUT : EXPLAIN_SCHEDULE;
    cause->pc = read->pc;
    cause->address = data->address;
    cause->size = data->size;
    for (u32 k = 0; k < 2; k++) {
        cause->at[k] = read->at[k];
        cause->at[k].value = data->value[k];
    }
    snprintf(cause->text, sizeof cause->text,
             "the machine wrote 0x%08X outside of any call (its clock, a device), and not the same", data->address);
    struct explain_link *link = explain_add(x, LINK_WRITTEN, "%s", cause->text);
    link->address = data->address;
    link->at[0] = cause->at[0];
    link->at[1] = cause->at[1];
    return NEXT_END;
}
