/* SPDX-License-Identifier: BSD-3-Clause
 * The one-page answer as one table: a row for each thing that it tells (diff/onepage.h). */
#include "diff/onepage.h"
#include "diff/pairs_open.h"

#include <inttypes.h>

enum { CELL = 192 };

static const struct table_column columns[] = {
    {"part", TABLE_TEXT, 0}, {"what", TABLE_TEXT, 0}, {"a", TABLE_TEXT, 0},    {"b", TABLE_TEXT, 0},
    {"says", TABLE_TEXT, 0}, {"a_at", TABLE_CITE, 0}, {"b_at", TABLE_CITE, 0},
};

static void put(struct table *t, const char *part, const char *what, const char *a, const char *b, const char *says)
{
    table_text(t, part);
    table_text(t, what);
    table_text(t, a);
    table_text(t, b);
    table_text(t, says);
}

static void end_row(struct table *t)
{
    table_none(t);
    table_none(t);
    table_row(t);
}

static const char *number(u64 value, char out[CELL])
{
    snprintf(out, CELL, "%" PRIu64, value);
    return out;
}

/* Where it stands: an event, or a row of the tables meta and inputs. */
static void put_setting(const struct onepage *page, struct table *t, const struct environment_row *r)
{
    char text[2][ENVIRONMENT_SOURCE], says[2 * ENVIRONMENT_SOURCE];
    const char *a = environment_source(r, 0, text[0]), *b = environment_source(r, 1, text[1]);
    snprintf(says, sizeof says, "%s%s%s%s%s", a ? "A " : "", a ? a : "", a && b ? ", " : "", b ? "B " : "", b ? b : "");
    put(t, "environment", r->key, r->value[0], r->value[1], *says ? says : NULL);
    for (u32 side = 0; side < 2; side++)
        if (r->from[side] == ENVIRONMENT_EVENT)
            pairs_put_cite(t, side ? "B" : "A", page->run[side], r->place[side], r->position[side]);
        else
            table_none(t);
    table_row(t);
}

static void put_around(const struct onepage *page, struct table *t)
{
    char a[CELL], b[CELL];
    put(t, "verdict", NULL, NULL, NULL, first_verdict_name(page->first.verdict));
    end_row(t);
    for (u32 i = 0; i < page->environment.count; i++)
        put_setting(page, t, &page->environment.rows[i]);
    put(t, "reach", run_clock(page->run[0])->name, number(page->ladder.signals_a->last_time, a), NULL, NULL);
    end_row(t);
    put(t, "reach", run_clock(page->run[1])->name, NULL, number(page->ladder.signals_b->last_time, b), NULL);
    end_row(t);
}

static const char *events_of(struct run *run, u32 place, char out[CELL])
{
    if (place == PAIR_NOBODY)
        return NULL;
    snprintf(out, CELL, "thread %u, %" PRIu64 " events", run_thread(run, place)->thread,
             run_thread(run, place)->events);
    return out;
}

static void put_begin(const struct onepage *page, struct table *t, u32 side, u32 place)
{
    if (place == PAIR_NOBODY || !run_thread(page->run[side], place)->events)
        table_none(t);
    else
        pairs_put_cite(t, side ? "B" : "A", page->run[side], place, 0);
}

static void put_pairs(const struct onepage *page, struct table *t)
{
    const struct pairing *p = &page->ladder.pairing;
    char entry[TABLE_ADDRESS], a[CELL], b[CELL];
    for (u32 i = 0; i < p->count; i++) {
        put(t, "pair", table_show_address(pair_entry(p, &p->pairs[i]), entry), events_of(p->a, p->pairs[i].a, a),
            events_of(p->b, p->pairs[i].b, b), pair_how_name(p->pairs[i].how));
        put_begin(page, t, 0, p->pairs[i].a);
        put_begin(page, t, 1, p->pairs[i].b);
        table_row(t);
    }
}

static void put_divergences(const struct onepage *page, struct table *t)
{
    char matched[CELL];
    for (u32 i = 0; i < page->first.count; i++) {
        const struct first_divergence *d = &page->first.list[i];
        const char *op[2] = {NULL, NULL};
        for (u32 side = 0; side < 2; side++)
            if (d->side[side].thread != PAIR_NOBODY && d->side[side].has_next)
                op[side] = run_op_name(page->run[side], d->side[side].next.call.op);
        snprintf(matched, sizeof matched, "after %" PRIu64 " common call%s", d->matched, cli_plural(d->matched));
        put(t, "divergence", first_class_name(d->class), op[0], op[1], matched);
        for (u32 side = 0; side < 2; side++)
            if (op[side])
                pairs_put_cite(t, side ? "B" : "A", page->run[side], d->side[side].thread, d->side[side].next.position);
            else
                table_none(t);
        table_row(t);
    }
}

static void put_roots(const struct onepage *page, struct table *t)
{
    const struct ladder *l = &page->ladder;
    for (u32 i = 0; i < l->root_count; i++) {
        const struct ladder_rung *r = &l->rungs[l->roots[i]];
        const struct ladder_need *n = ladder_need(l, r);
        const struct wait *w = r->kind == LADDER_WAIT ? signals_wait(l->signals_b, r->wait) : NULL;
        bool has_signal = n && n->has_signal && n->signal.kind != DEED_NONE;
        put(t, "root", w ? "wait" : "thread", has_signal && n->signal.op ? run_op_name(l->a, n->signal.op) : NULL,
            w ? run_op_name(l->b, w->op) : NULL, n ? ladder_state_name(n->state) : NULL);
        if (has_signal)
            pairs_put_cite(t, "A", l->a, n->signal.place, n->signal.position);
        else
            table_none(t);
        if (w)
            pairs_put_cite(t, "B", l->b, w->place, w->call);
        else
            table_none(t);
        table_row(t);
    }
}

static void put_rows(const struct onepage *page, struct table *t)
{
    char what[CELL], lr[TABLE_ADDRESS], a[CELL], b[CELL];
    for (u32 i = 0; i < page->telling_count; i++) {
        const struct fires_row *r = page->rows[i];
        snprintf(what, sizeof what, "%s lr %s", run_op_name(onepage_named_by(page, r), r->key.op),
                 table_show_address(r->key.lr, lr));
        put(t, "site", what, number(r->count[0], a), number(r->count[1], b), fires_status_name(r->status));
        for (u32 side = 0; side < 2; side++)
            if (r->count[side])
                table_cite(t, side ? "B" : "A", run_path(page->run[side]),
                           run_thread(page->run[side], r->place[side])->thread, r->first[side].index);
            else
                table_none(t);
        table_row(t);
    }
}

static void put_noise(const struct onepage *page, struct table *t)
{
    char a[CELL], b[CELL];
    for (u32 i = 1; i < countof(page->first.noise); i++) {
        const u64 *events = page->first.noise[i].events;
        if (!events[0] && !events[1])
            continue;
        put(t, "noise", first_noise_name(i), number(events[0], a), number(events[1], b), "left out");
        end_row(t);
    }
}

static void put_hypotheses(const struct onepage *page, struct table *t)
{
    char says[HYPOTHESIS_TEXT + 16];
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < page->hypothesis_count[side]; i++) {
            const struct hypothesis *h = &page->hypotheses[side][i];
            put(t, "hypothesis", h->name, side ? NULL : hypothesis_state_name(h->state),
                side ? hypothesis_state_name(h->state) : NULL, h->text);
            end_row(t);
            for (u32 n = 0; n < h->fact_count; n++) {
                const struct hypothesis_fact *f = &h->facts[n];
                snprintf(says, sizeof says, "%s: %s", f->sign == '+' ? "for" : "against", f->text);
                put(t, "hypothesis", h->name, NULL, NULL, says);
                for (u32 k = 0; k < 2; k++)
                    if (f->is_event && k == side)
                        table_cite(t, k ? "B" : "A", run_path(page->run[k]), f->thread, f->index);
                    else
                        table_none(t);
                table_row(t);
            }
        }
}

/* What first would have captured; the probes stand in the text and in JSON. */
static void put_capture(const struct onepage *page, struct table *t)
{
    char probe[TABLE_ADDRESS];
    const struct first_divergence *d = page->first.count ? &page->first.list[0] : NULL;
    for (u32 i = 0; d && i < d->fact_count; i++)
        if (d->facts[i].sign == '?') {
            put(t, "capture", NULL, NULL, NULL, d->facts[i].text);
            end_row(t);
        }
    for (u32 i = 0; i < page->probe_count; i++) {
        put(t, "capture", "--lr-trace", NULL, NULL, table_show_address(page->probes[i], probe));
        end_row(t);
    }
}

void onepage_csv(const struct onepage *page, FILE *out)
{
    struct table t;
    table_begin(&t, TABLE_AS_CSV, out, columns, countof(columns));
    put_around(page, &t);
    put_pairs(page, &t);
    put_divergences(page, &t);
    outcome_rows(page, &t);
    put_roots(page, &t);
    put_rows(page, &t);
    put_noise(page, &t);
    put_hypotheses(page, &t);
    put_capture(page, &t);
    table_end(&t);
}
