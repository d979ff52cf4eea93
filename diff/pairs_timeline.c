/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep timeline A B: a pair of threads side by side, call by call: what both do, and what only one of them does
 * before they meet again (diff/pairs.h). Both are followed as one follows them by eye: from one difference to where
 * they meet, and on from there. */
#include "cli/cli.h"
#include "diff/align.h"
#include "diff/clock.h"
#include "diff/ends.h"
#include "diff/pairs.h"
#include "diff/pairs_open.h"
#include "diff/values.h"
#include "diff/window.h"
#include "schema/export.h"
#include "schema/status.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"status", TABLE_TEXT, 0},   {"a_op", TABLE_TEXT, 0},     {"b_op", TABLE_TEXT, 0},     {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0}, {"a_result", TABLE_TEXT, 0}, {"b_result", TABLE_TEXT, 0}, {"a_time", TABLE_TIME, 0},
    {"b_time", TABLE_TIME, 0},   {"a_at", TABLE_CITE, 0},     {"b_at", TABLE_CITE, 0},
};

/* One thread's keys, a chunk at a time. */
struct stream {
    struct keys_reader reader;
    u64 letters[KEYS_CHUNK], positions[KEYS_CHUNK];
    u32 at, fill;
};

struct sides {
    struct pairs *pairs;
    struct run *run[2];
    u32 thread[2];
    struct keys keys;
    struct stream *streams; /* of A, of B */
    struct ends ends[2];
    struct window window; /* of A */
    struct table table;
    u64 limit;
    bool inside, is_over, differs;
};

static bool next_key(struct stream *s, u64 *position)
{
    if (s->at == s->fill) {
        s->at = 0;
        s->fill = keys_read(&s->reader, s->letters, s->positions, NULL);
    }
    if (s->at == s->fill)
        return false;
    *position = s->positions[s->at++];
    return true;
}

/* ---- Rows. ---- */

/* The call that its thread never came out of, whatever return the log has. */
static bool is_blocked(const struct sides *s, u32 side, const struct values_call *call)
{
    const struct ends *ends = &s->ends[side];
    return call->position == ends->last[s->thread[side]] && ends->of[s->thread[side]] == ENDS_BLOCKED;
}

static void put_result(struct sides *s, u32 side, const struct values_call *call)
{
    char text[24];
    struct table *t = &s->table;
    if (call && is_blocked(s, side, call)) {
        table_text(t, "blocked");
        return;
    }
    if (!call || !values_tell_result(call)) {
        table_none(t);
        return;
    }
    u32 result = (u32)call->answer.v[F_return_result];
    const struct export *x = export_find(call->call.op);
    const char *status = x && x->has_signature && x->result == ARG_STATUS ? status_name(result) : NULL;
    snprintf(text, sizeof text, "0x%X", result);
    table_text(t, status ? status : text);
}

static void put_time(struct table *t, struct run *run, const struct values_call *call)
{
    if (call)
        table_time(t, run_clock(run), call->call.time);
    else
        table_none(t);
}

static void put_row(struct sides *s, const char *status, const struct values_call *a, const struct values_call *b)
{
    struct table *t = &s->table;
    const struct values_call *calls[2] = {a, b};
    table_text(t, status);
    for (u32 i = 0; i < 2; i++)
        table_text(t, calls[i] ? run_op_name(s->run[i], calls[i]->call.op) : NULL);
    pairs_put_lr(t, s->pairs, a ? a->call.lr : b->call.lr);
    put_result(s, 0, a);
    put_result(s, 1, b);
    put_time(t, s->run[0], a);
    put_time(t, s->run[1], b);
    for (u32 i = 0; i < 2; i++)
        if (calls[i])
            pairs_put_cite(t, i ? "B" : "A", s->run[i], s->thread[i], calls[i]->position);
        else
            table_none(t);
    table_row(t);
    s->is_over = t->rows >= s->limit;
}

/* Where A stands decides: what B does alone belongs to A's call before it. */
static void note_place(struct sides *s, const struct values_call *a)
{
    const struct window *w = &s->window;
    s->inside = window_holds(w, s->thread[0], a->call.time, a->call.seq);
    s->is_over = s->is_over || a->call.time >= w->to_time || a->call.seq >= w->to_seq;
}

static void put_common(struct sides *s, u64 count)
{
    u64 at[2];
    while (count-- && !s->is_over && next_key(&s->streams[0], &at[0]) && next_key(&s->streams[1], &at[1])) {
        struct values_call a, b;
        struct err err;
        u32 argument;
        if (!values_read(s->run[0], s->thread[0], at[0], &a, &err) ||
            !values_read(s->run[1], s->thread[1], at[1], &b, &err))
            continue;
        note_place(s, &a);
        bool is_same =
            values_compare(&s->keys, &a, &b, &argument) == VALUES_SAME && is_blocked(s, 0, &a) == is_blocked(s, 1, &b);
        if (!s->inside || s->is_over)
            continue;
        put_row(s, is_same ? "SAME" : "VALUES", &a, &b);
        s->differs = s->differs || !is_same;
    }
}

static void put_alone(struct sides *s, u32 side, u64 count)
{
    u64 at;
    while (count-- && !s->is_over && next_key(&s->streams[side], &at)) {
        struct values_call call;
        struct err err;
        if (!values_read(s->run[side], s->thread[side], at, &call, &err))
            continue;
        if (!side)
            note_place(s, &call);
        if (!s->inside || s->is_over)
            continue;
        put_row(s, side ? "ONLY-B" : "ONLY-A", side ? NULL : &call, side ? &call : NULL);
        s->differs = true;
    }
}

static void follow(struct sides *s)
{
    struct align_window window = ALIGN_ALL;
    struct align_prefix prefix;
    while (!s->is_over) {
        struct align_meeting m = {0};
        align_prefix(&s->keys, s->thread[0], s->thread[1], &window, &prefix);
        put_common(s, prefix.matched - window.matched);
        if (prefix.is_equal || prefix.damage.text[0])
            return;
        align_meet(&s->keys, s->thread[0], s->thread[1], &prefix, &window, &m);
        bool meet = m.place[0] != UINT64_MAX && m.place[1] != UINT64_MAX && m.shape != ALIGN_ENDED && m.shape;
        bool begins_inside = s->inside;
        put_alone(s, 0, meet ? m.skipped[0] : UINT64_MAX);
        s->inside = s->inside || begins_inside; /* B's begin behind the last common call */
        s->is_over = s->table.rows >= s->limit;
        put_alone(s, 1, meet ? m.skipped[1] : UINT64_MAX);
        if (!meet)
            return;
        memcpy(window.from, m.place, sizeof window.from);
        window.matched = prefix.matched;
    }
}

/* ---- The command. ---- */

static bool read_bound(struct sides *s, const char *option, u64 *time, u64 *seq, struct err *err)
{
    struct place place;
    const char *text = cli_value(s->pairs->cli, option);
    if (!text)
        return true;
    if (!place_read(&place, run_journal(s->run[0]), text, err))
        return false;
    *(place.by_seq ? seq : time) = place.by_seq ? place.seq : place.time;
    return true;
}

static bool read_options(struct sides *s, struct err *err)
{
    const struct cli *cli = s->pairs->cli;
    s->window = WINDOW_ALL;
    s->limit = UINT64_MAX;
    s->inside = !cli_has(cli, "from");
    if (!pairs_read_threads(s->pairs, &s->thread[0], &s->thread[1], err))
        return false;
    if (s->thread[0] == PAIR_NOBODY || s->thread[1] == PAIR_NOBODY)
        return err_set(err, "two journals: --thread A:B, or A with its counterpart, says which threads");
    return cli_u64(cli, "limit", &s->limit, err) &&
           read_bound(s, "from", &s->window.from_time, &s->window.from_seq, err) &&
           read_bound(s, "to", &s->window.to_time, &s->window.to_seq, err) &&
           ((s->window.to_time > s->window.from_time && s->window.to_seq > s->window.from_seq) ||
            err_set(err, "--to %s is not behind --from %s", cli_value(cli, "to"),
                    cli_has(cli, "from") ? cli_value(cli, "from") : "the beginning"));
}

static void print_timeline(struct sides *s)
{
    u32 noise = cli_has(s->pairs->cli, "all") ? (1u << NOISE_CLASSES) - 1 : 0;
    s->streams = calloc(2, sizeof *s->streams);
    CHECK(s->streams, "out of memory");
    keys_init(&s->keys, s->run[0], s->run[1], &(struct keys_choice){.parts = KEY_DEFAULT}, noise);
    for (u32 i = 0; i < 2; i++)
        keys_reader_init(&s->streams[i].reader, &s->keys, i, s->thread[i], 0, UINT64_MAX);
    for (u32 i = 0; i < 2; i++)
        ends_init(&s->ends[i], s->run[i]);
    table_begin(&s->table, s->pairs->form, stdout, columns, countof(columns));
    s->is_over = !s->limit;
    follow(s);
    table_end(&s->table);
    for (u32 i = 0; i < 2; i++)
        ends_finish(&s->ends[i]);
    keys_finish(&s->keys);
    free(s->streams);
}

int pairs_timeline(const struct cli *cli)
{
    static const char *const others[] = {"op", "lr", "function", "kind", "object"};
    struct pairs p;
    struct err err;
    if (!pairs_check_options(cli, others, countof(others), "calls are aligned whole", &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    int code = pairs_open(&p, cli);
    struct sides s = {.pairs = &p, .run = {p.a, p.b}};
    if (!code && !read_options(&s, &err))
        code = cli_fail(cli, EXIT_USAGE, &err);
    else if (!code) {
        print_timeline(&s);
        code = s.differs ? EXIT_HOST_ERROR : s.table.rows || !s.limit ? EXIT_OK : EXIT_UNCERTAIN;
        if (!pairs_are_whole(&p, &err))
            code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    }
    pairs_close(&p);
    return code;
}
