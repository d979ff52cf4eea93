/* SPDX-License-Identifier: BSD-3-Clause
 * The tables `events` and `calls` (diff/sql_source.h): stretches of one thread after the other. */
#include "diff/event_rows.h"
#include "diff/sql_source.h"

#ifdef LOCKSTEP_EXTENSION
SQLITE_EXTENSION_INIT3
#endif
#include <stdlib.h>

static void reserve(struct sql_cursor *c, u64 count)
{
    if (count <= c->capacity)
        return;
    c->capacity = count > c->capacity * 2 ? count : c->capacity * 2;
    if (c->table == SQL_events)
        c->rows = realloc(c->rows, c->capacity * sizeof *c->rows);
    else
        c->calls = realloc(c->calls, c->capacity * sizeof *c->calls);
    CHECK(c->rows || c->calls, "out of memory");
}

/* Goes on to the next thread that has something in the window. */
static bool next_thread(struct sql_cursor *c)
{
    while (++c->place < run_thread_count(c->source->run)) {
        window_positions(c->source->run, &c->filter.window, c->place, &c->position, &c->end);
        if (c->position < c->end)
            return true;
    }
    return false;
}

/* By the block's head alone: no row of it can fit. Goes on behind it. */
static bool pass_block(struct sql_cursor *c)
{
    struct run_block block;
    struct err err; /* is told of when the block is read */
    if (!run_block_open(c->source->run, c->place, c->position, &block, &err) || !block.count)
        return false;
    bool is_wanted = false;
    for (u32 i = 0; i < block.site_count && !is_wanted; i++)
        is_wanted = c->wanted[block.sites[i]];
    if (block.is_dense &&
        (block.first_index >= c->filter.to_index || (u64)block.first_index + block.count <= c->filter.from_index))
        is_wanted = false;
    if (!is_wanted)
        c->position = block.position + block.count;
    return !is_wanted;
}

bool sql_events_more(struct sql_cursor *c, struct err *err)
{
    struct run_span span;
    err->text[0] = 0;
    for (c->count = c->at = 0; !c->count; c->position += span.count) {
        span.count = 0;
        if (c->position >= c->end && !next_thread(c))
            return false;
        if (c->filter.narrows && pass_block(c))
            continue;
        if (!run_read(c->source->run, c->place, c->position, &span, err))
            return false;
        if (!span.count) {
            c->position = c->end;
            continue;
        }
        reserve(c, span.count);
        for (u32 i = 0; i < span.count && c->position + i < c->end; i++)
            if (c->wanted[span.site[i]])
                c->rows[c->count++] =
                    (struct sql_row){c->position + i, span.seq[i], span.time[i], span.site[i], span.index[i]};
    }
    return true;
}

static bool add_call(void *context, const struct call *call)
{
    struct sql_cursor *c = context;
    if (!c->wanted[call->site])
        return true;
    reserve(c, c->count + 1);
    c->calls[c->count++] = *call;
    return true;
}

bool sql_calls_more(struct sql_cursor *c, struct err *err)
{
    err->text[0] = 0;
    for (c->count = c->at = 0; !c->count;) {
        if (!next_thread(c))
            return false;
        struct window window = c->filter.window;
        window.place = c->place;
        c->position = c->end;
        if (!calls_walk(c->source->run, &window, add_call, c, err))
            return false;
    }
    return true;
}

static const struct event *event_of(struct sql_cursor *c, u64 position)
{
    struct err err;
    if (!c->has_event && !run_event(c->source->run, c->place, position, &c->event, &err))
        c->event = (struct event){.missing = 0xFFFF};
    c->has_event = true;
    return &c->event;
}

static void put_value(sqlite3_context *out, const struct event *e, u32 i)
{
    if (event_tells(e, i))
        sql_put_u64(out, e->v[i]);
}

/* The text of a kind that has one: a call's, or the first value that is a string. */
static void put_event_text(struct sql_cursor *c, sqlite3_context *out, const struct event *e)
{
    const struct event_type *type = event_type(e->kind);
    struct journal_reader *journal = run_journal(c->source->run);
    for (u32 i = 0; type && i < e->count && i < type->field_count; i++) {
        if (!event_tells(e, i))
            continue;
        if (type->fields[i].meaning == MEANING_STRING && e->v[i]) {
            sql_put_string(c, out, e->v[i]);
            return;
        }
        if (type->fields[i].meaning == MEANING_TEXT) {
            size_t size;
            const char *text = journal_event_text(journal, e, i, &size);
            sqlite3_result_text(out, text, (int)size, SQLITE_TRANSIENT);
            return;
        }
    }
}

static void put_seconds(const struct sql_cursor *c, sqlite3_context *out, u64 time)
{
    u64 hz = run_clock(c->source->run)->hz;
    if (hz)
        sqlite3_result_double(out, (double)time / (double)hz);
}

void sql_events_column(struct sql_cursor *c, sqlite3_context *out, int column)
{
    const struct sql_row *row = &c->rows[c->at];
    const struct site_fact *fact = &c->source->facts[row->site];
    const struct run_site *site = run_site(c->source->run, row->site);
    switch (column) {
    case C_events_seq:
        sql_put_u64(out, row->seq);
        break;
    case C_events_thread:
        sql_put_thread(c, out, c->place);
        break;
    case C_events_idx:
        sql_put_u64(out, row->index);
        break;
    case C_events_time:
        sql_put_u64(out, row->time);
        break;
    case C_events_seconds:
        put_seconds(c, out, row->time);
        break;
    case C_events_kind:
        sql_put_text(out, event_type(fact->kind) ? event_type(fact->kind)->name : NULL);
        break;
    case C_events_op:
        sql_put_op(c, out, fact->op);
        break;
    case C_events_lr:
        sql_put_lr(out, site->lr);
        break;
    case C_events_function:
        sql_put_function(c, out, site->lr);
        break;
    case C_events_noise:
        sql_put_text(out, site->noise ? noise_class_name((enum noise_class)site->noise) : NULL);
        break;
    case C_events_details:
        sqlite3_result_text(out, event_details(run_journal(c->source->run), event_of(c, row->position)), -1,
                            SQLITE_TRANSIENT);
        break;
    case C_events_text:
        put_event_text(c, out, event_of(c, row->position));
        break;
    case C_events_result:
        if (fact->kind == EVENT_return || fact->kind == EVENT_unimplemented)
            put_value(out, event_of(c, row->position), 0);
        break;
    default:
        put_value(out, event_of(c, row->position), (u32)(column - C_events_v0));
    }
}

static void put_result(struct sql_cursor *c, sqlite3_context *out, const struct call *call)
{
    struct err err;
    if (call->result == UINT64_MAX)
        return;
    if (!c->has_return && !run_event(c->source->run, c->place, call->result, &c->result, &err))
        c->result = (struct event){.missing = 0xFFFF};
    c->has_return = true;
    put_value(out, &c->result, F_return_result);
}

void sql_calls_column(struct sql_cursor *c, sqlite3_context *out, int column)
{
    const struct call *call = &c->calls[c->at];
    const struct run_site *site = run_site(c->source->run, call->site);
    const struct event *e;
    switch (column) {
    case C_calls_seq:
        sql_put_u64(out, call->seq);
        break;
    case C_calls_thread:
        sql_put_thread(c, out, c->place);
        break;
    case C_calls_idx:
        sql_put_u64(out, event_of(c, call->position)->index);
        break;
    case C_calls_time:
        sql_put_u64(out, call->time);
        break;
    case C_calls_end_time:
        sql_put_time(out, call->end_time);
        break;
    case C_calls_latency:
        if (call->result != UINT64_MAX)
            sql_put_u64(out, call->end_time - call->time);
        break;
    case C_calls_op:
        sql_put_op(c, out, site->op);
        break;
    case C_calls_lr:
        sql_put_lr(out, site->lr);
        break;
    case C_calls_function:
        sql_put_function(c, out, site->lr);
        break;
    case C_calls_text:
        e = event_of(c, call->position);
        if (event_tells(e, F_call_text))
            sql_put_string(c, out, e->v[F_call_text]);
        break;
    case C_calls_result:
        put_result(c, out, call);
        break;
    default:
        put_value(out, event_of(c, call->position), (u32)(column - C_calls_a0));
    }
}
