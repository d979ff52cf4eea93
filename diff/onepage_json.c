/* SPDX-License-Identifier: BSD-3-Clause
 * The one-page answer for programs (diff/onepage.h). */
#include "diff/first_print.h"
#include "diff/onepage.h"

/* Where a setting stands in a journal: an event, or a row of the tables meta and inputs. */
static void put_place(const struct onepage *page, struct json *j, const struct environment_row *row, u32 side)
{
    char source[ENVIRONMENT_SOURCE];
    const char *at = side ? "b_at" : "a_at";
    if (row->from[side] == ENVIRONMENT_EVENT) {
        json_object(j, at);
        json_text(j, "journal", run_path(page->run[side]));
        json_u64(j, "thread", run_thread(page->run[side], row->place[side])->thread);
        json_u64(j, "index", run_index(page->run[side], row->place[side], row->position[side]));
        json_close(j);
    } else {
        json_null(j, at);
    }
    json_text(j, side ? "b_from" : "a_from", environment_source(row, side, source));
}

static void put_settings(const struct onepage *page, struct json *j)
{
    json_array(j, "environment");
    for (u32 i = 0; i < page->environment.count; i++) {
        json_object(j, NULL);
        json_text(j, "key", page->environment.rows[i].key);
        json_text(j, "a", page->environment.rows[i].value[0]);
        json_text(j, "b", page->environment.rows[i].value[1]);
        for (u32 side = 0; side < 2; side++)
            put_place(page, j, &page->environment.rows[i], side);
        json_close(j);
    }
    json_close(j);
}

static void put_side(const struct onepage *page, struct json *j, const char *key, u32 side, u32 place)
{
    if (place == PAIR_NOBODY) {
        json_null(j, key);
        return;
    }
    const struct run_thread *t = run_thread(page->run[side], place);
    const struct signals *s = side ? page->ladder.signals_b : page->ladder.signals_a;
    json_object(j, key);
    json_u64(j, "thread", t->thread);
    json_u64(j, "events", t->events);
    json_text(j, "state", signals_state_name(signals_state_of(s, place)));
    json_close(j);
}

static void put_pairs(const struct onepage *page, struct json *j)
{
    const struct pairing *p = &page->ladder.pairing;
    json_array(j, "pairs");
    for (u32 i = 0; i < p->count; i++) {
        json_object(j, NULL);
        put_side(page, j, "a", 0, p->pairs[i].a);
        put_side(page, j, "b", 1, p->pairs[i].b);
        json_hex_known(j, "entry", pair_entry(p, &p->pairs[i]), 8);
        json_text(j, "how", pair_how_name(p->pairs[i].how));
        json_u64(j, "confidence", p->pairs[i].confidence);
        json_close(j);
    }
    json_close(j);
}

/* Where the row's first call stands. */
static void put_first(const struct onepage *page, struct json *j, const char *key, u32 side, const struct fires_row *r)
{
    if (!r->count[side]) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_text(j, "journal", run_path(page->run[side]));
    json_u64(j, "thread", run_thread(page->run[side], r->place[side])->thread);
    json_u64(j, "index", r->first[side].index);
    json_close(j);
}

static void put_rows(const struct onepage *page, struct json *j)
{
    json_array(j, "rows");
    for (u32 i = 0; i < page->telling_count && i < 10; i++) {
        const struct fires_row *r = page->rows[i];
        json_object(j, NULL);
        json_text(j, "op", run_op_name(onepage_named_by(page, r), r->key.op));
        json_hex_known(j, "lr", r->key.lr, 8);
        json_u64(j, "a", r->count[0]);
        json_u64(j, "b", r->count[1]);
        json_text(j, "status", fires_status_name(r->status));
        json_text(j, "reason", *r->reason ? r->reason : NULL);
        put_first(page, j, "a_first", 0, r);
        put_first(page, j, "b_first", 1, r);
        json_close(j);
    }
    json_close(j);
}

static void put_reach(const struct onepage *page, struct json *j)
{
    json_object(j, "reach");
    json_u64(j, "a", page->ladder.signals_a->last_time);
    json_u64(j, "b", page->ladder.signals_b->last_time);
    json_text(j, "clock_a", run_clock(page->run[0])->name);
    json_text(j, "clock_b", run_clock(page->run[1])->name);
    json_close(j);
}

static void put_fact(const struct onepage *page, struct json *j, u32 side, const struct hypothesis_fact *f)
{
    json_object(j, NULL);
    json_text(j, "sign", f->sign == '+' ? "for" : "against");
    json_text(j, "text", f->text);
    if (f->is_event) {
        json_object(j, "at");
        json_text(j, "journal", run_path(page->run[side]));
        json_u64(j, "thread", f->thread);
        json_u64(j, "index", f->index);
        json_close(j);
        json_u64(j, "time", f->time);
    } else {
        json_null(j, "at");
        json_null(j, "time");
    }
    json_close(j);
}

static void put_hypotheses(const struct onepage *page, struct json *j)
{
    json_array(j, "hypotheses");
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < page->hypothesis_count[side]; i++) {
            const struct hypothesis *h = &page->hypotheses[side][i];
            json_object(j, NULL);
            json_text(j, "journal", run_path(page->run[side]));
            json_text(j, "name", h->name);
            json_text(j, "state", hypothesis_state_name(h->state));
            json_text(j, "text", h->text);
            json_array(j, "facts");
            for (u32 n = 0; n < h->fact_count; n++)
                put_fact(page, j, side, &h->facts[n]);
            json_close(j);
            json_close(j);
        }
    json_close(j);
}

void onepage_json(const struct onepage *page, struct json *j)
{
    json_object(j, NULL);
    json_text(j, "verdict", first_verdict_name(page->first.verdict));
    put_settings(page, j);
    put_reach(page, j);
    put_pairs(page, j);
    first_put_json(&page->first, "divergences", j);
    outcome_json(page, j);
    json_object(j, "wedge");
    ladder_json(&page->ladder, j);
    json_close(j);
    put_rows(page, j);
    put_hypotheses(page, j);
    json_array(j, "probes");
    for (u32 i = 0; i < page->probe_count; i++)
        json_hex(j, NULL, page->probes[i], 8);
    json_close(j);
    json_close(j);
}
