/* SPDX-License-Identifier: BSD-3-Clause
 * The one-page answer for people (diff/onepage.h). */
#include "diff/first_print.h"
#include "diff/onepage.h"
#include "diff/symbols.h"
#include "diff/table.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SETTINGS_SHOWN = 12, PAIRS_SHOWN = 24, ROWS_SHOWN = 10, BEFORE = 5, AFTER = 6, CELL = 64 };

static void print_environment(const struct onepage *page, FILE *out)
{
    const struct environment *e = &page->environment;
    if (!e->count)
        fprintf(out, "environment: no setting differs\n");
    else
        fprintf(out, "environment: %u setting%s\n", e->count, e->count == 1 ? " differs" : "s differ");
    for (u32 i = 0; i < e->count && i < SETTINGS_SHOWN; i++) {
        const struct environment_row *row = &e->rows[i];
        fprintf(out, "  %-28s A %-24s B %s\n", row->key, row->value[0] ? row->value[0] : "-",
                row->value[1] ? row->value[1] : "-");
    }
    if (e->count > SETTINGS_SHOWN)
        fprintf(out, "  and %u more (lockstep envdiff A B)\n", e->count - SETTINGS_SHOWN);
}

static const char *end_of(const struct ends *ends)
{
    if (ends->has_end)
        return end_reason_name((enum end_reason)ends->reason);
    if (!ends->blocked && !ends->running)
        return "how it ended is not told";
    if (!ends_is_wedged(ends))
        return "cut off";
    return ends->running ? "every thread but one blocked" : "every thread blocked";
}

static void print_reach(const struct onepage *page, FILE *out)
{
    char text[64];
    for (u32 side = 0; side < 2; side++) {
        const struct signals *s = side ? page->ladder.signals_b : page->ladder.signals_a;
        const struct run_clock *clock = run_clock(page->run[side]);
        fprintf(out, "%s: %s reaches %s%s; %s; %u thread%s\n", side ? "       " : "reach", side ? "B" : "A",
                table_show_time(clock, s->last_time, text, sizeof text), clock->hz ? " s" : "",
                end_of(&page->first.ends[side]), run_thread_count(page->run[side]),
                cli_plural(run_thread_count(page->run[side])));
    }
}

static void print_thread(struct run *run, const struct signals *s, u32 place, FILE *out)
{
    if (place == PAIR_NOBODY) {
        fprintf(out, "%6s %10s  %-10s", "-", "-", "");
        return;
    }
    const struct run_thread *t = run_thread(run, place);
    fprintf(out, "%6u %10" PRIu64 "  %-10s", t->thread, t->events, signals_state_name(signals_state_of(s, place)));
}

static void print_pairs(const struct onepage *page, FILE *out)
{
    const struct pairing *p = &page->ladder.pairing;
    char entry[TABLE_ADDRESS];
    fprintf(out, "pairs:\n  %6s %10s  %-10s%6s %10s  %-10s  %-10s  %s\n", "A", "events", "", "B", "events", "", "entry",
            "paired by");
    u32 shown = 0;
    for (u32 i = 0; i < p->count && shown < PAIRS_SHOWN; i++) {
        if (p->pairs[i].how == PAIR_MACHINE)
            continue;
        fprintf(out, "  ");
        print_thread(p->a, page->ladder.signals_a, p->pairs[i].a, out);
        print_thread(p->b, page->ladder.signals_b, p->pairs[i].b, out);
        fprintf(out, "  %-10s  %s\n", table_show_address(pair_entry(p, &p->pairs[i]), entry),
                pair_how_name(p->pairs[i].how));
        shown++;
    }
    if (p->count > shown + 1)
        fprintf(out, "  (%u pairs in all: lockstep threads A B)\n", p->count);
}

/* ---- Side by side. ---- */

static bool is_shown(const struct run_site *site)
{
    return site->is_key && !site->noise && !site->declared;
}

/* Positions of the calls before and from a position on; *from: how many are before. */
static u32 find_calls(struct run *run, u32 place, u64 at, u64 *positions, u32 *from)
{
    struct run_span span;
    struct err err;
    u32 count = 0;
    u64 start = at > 512 ? at - 512 : 0;
    *from = 0;
    for (u64 p = start; run_read(run, place, p, &span, &err) && span.count; p = span.position + span.count)
        for (u32 i = 0; i < span.count; i++) {
            if (!is_shown(run_site(run, span.site[i])))
                continue;
            bool is_before = span.position + i < at;
            if (is_before && *from == BEFORE) {
                memmove(positions, positions + 1, (BEFORE - 1) * sizeof *positions);
                count = --*from;
            }
            positions[count++] = span.position + i;
            *from += is_before;
            if (!is_before && count == *from + AFTER)
                return count;
        }
    return count;
}

static void describe(struct run *run, u32 place, u64 position, char *cell)
{
    struct event e;
    struct err err;
    char name[SYMBOLS_TEXT] = "";
    cell[0] = 0;
    if (!run_event(run, place, position, &e, &err))
        return;
    struct symbols *symbols = symbols_open(run_journal(run));
    if (!symbols_find_return_name(symbols, e.lr, name, sizeof name))
        table_show_address(e.lr, name);
    snprintf(cell, CELL, "%6u %-28.28s %.26s", e.index, run_op_name(run, e.op), name);
}

static u64 place_of(const struct onepage *page, const struct first_divergence *d, u32 side)
{
    const struct first_side *s = &d->side[side];
    if (s->has_next)
        return s->next.position;
    return s->thread == PAIR_NOBODY ? 0 : run_thread(page->run[side], s->thread)->events;
}

void onepage_print_context(const struct onepage *page, const struct first_divergence *d, FILE *out)
{
    u64 positions[2][BEFORE + AFTER + 1];
    u32 count[2] = {0}, from[2] = {0};
    char cell[CELL];
    for (u32 side = 0; side < 2; side++)
        if (d->side[side].thread != PAIR_NOBODY)
            count[side] = find_calls(page->run[side], d->side[side].thread, place_of(page, d, side), positions[side],
                                     &from[side]);
    fprintf(out, "  %-*s| B\n", CELL - 2, "A");
    u32 before = from[0] > from[1] ? from[0] : from[1];
    for (u32 row = 0; row < before + AFTER; row++) {
        if (row == before)
            fprintf(out, "  %.*s\n", 2 * CELL - 4,
                    "- - - - - - - - - - - - - - - - - - - - - - - - - - here they part - - - - - - - - - - - - - - - "
                    "- - - "
                    "- - - - - - - - - - -");
        for (u32 side = 0; side < 2; side++) {
            s64 i = (s64)row - (s64)before + (s64)from[side];
            cell[0] = 0;
            if (i >= 0 && i < (s64)count[side])
                describe(page->run[side], d->side[side].thread, positions[side][i], cell);
            if (side)
                fprintf(out, "| %s\n", cell);
            else
                fprintf(out, "  %-*s", CELL - 2, cell);
        }
    }
}

/* ---- The rest. ---- */

/* What the table leaves out, so that it is not taken for nothing. */
static void print_left_out(const struct onepage *page, FILE *out)
{
    u32 rows = 0, matching = 0;
    u64 calls[2] = {0};
    for (u32 i = page->telling_count; i < page->row_count; i++) {
        const struct fires_row *r = page->rows[i];
        matching += r->status == FIRES_MATCH;
        rows += r->status != FIRES_MATCH;
        for (u32 side = 0; side < 2 && r->status != FIRES_MATCH; side++)
            calls[side] += r->count[side];
    }
    fprintf(out, "  left out: %u sites that match, %u of noise that differ (A %" PRIu64 ", B %" PRIu64 " calls)\n",
            matching, rows, calls[0], calls[1]);
}

enum { CITE = 32 };

static const char *cite_first(const struct onepage *page, u32 side, const struct fires_row *r, char out[CITE])
{
    if (r->count[side])
        snprintf(out, CITE, "%c:%u@%u", side ? 'B' : 'A', run_thread(page->run[side], r->place[side])->thread,
                 r->first[side].index);
    else
        snprintf(out, CITE, "-");
    return out;
}

static void print_rows(const struct onepage *page, FILE *out)
{
    fprintf(out, "what tells most (lockstep fires A B has all rows):\n  %-32s %-12s %10s %10s  %-12s %-12s %s\n", "op",
            "lr", "A", "B", "first in A", "first in B", "status");
    for (u32 i = 0; i < page->telling_count && i < ROWS_SHOWN; i++) {
        const struct fires_row *r = page->rows[i];
        char lr[TABLE_ADDRESS], first[2][CITE];
        fprintf(out, "  %-32s %-10s   %10" PRIu64 " %10" PRIu64 "  %-12s %-12s %s%s%s\n",
                run_op_name(onepage_named_by(page, r), r->key.op), table_show_address(r->key.lr, lr), r->count[0],
                r->count[1], cite_first(page, 0, r, first[0]), cite_first(page, 1, r, first[1]),
                fires_status_name(r->status), *r->reason ? ": " : "", r->reason);
    }
    if (!page->telling_count)
        fprintf(out, "  every site was come by as often in both\n");
    else if (page->telling_count > ROWS_SHOWN)
        fprintf(out, "  and %u more\n", page->telling_count - ROWS_SHOWN);
    if (!symbols_are_there(symbols_open(run_journal(page->run[0]))) &&
        !symbols_are_there(symbols_open(run_journal(page->run[1]))))
        fprintf(out,
                "  neither journal has symbols: an LR within a wrapper stands for all who call it (lockstep attach)\n");
    print_left_out(page, out);
}

/* What the user thinks of it, from the journals. */
static void print_hypotheses(const struct onepage *page, FILE *out)
{
    char time[64];
    if (page->hypothesis_count[0] + page->hypothesis_count[1])
        fprintf(out, "hypotheses:\n");
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < page->hypothesis_count[side]; i++) {
            const struct hypothesis *h = &page->hypotheses[side][i];
            fprintf(out, "  %c %s, %s: %s\n", 'A' + (int)side, h->name, hypothesis_state_name(h->state), h->text);
            for (u32 n = 0; n < h->fact_count; n++) {
                const struct hypothesis_fact *f = &h->facts[n];
                fprintf(out, "      %-8s%s", f->sign == '+' ? "for" : "against", f->text);
                if (f->is_event)
                    fprintf(out, ", at %s [%c:%u@%u]",
                            table_show_time(run_clock(page->run[side]), f->time, time, sizeof time), 'A' + (int)side,
                            f->thread, f->index);
                fputc('\n', out);
            }
        }
}

static void print_all(const struct onepage *page, FILE *out)
{
    first_print(&page->first, 5, false, out);
    outcome_print(&page->outcome, out);
    if (page->first.verdict != FIRST_SAME && page->first.count) {
        fprintf(out, "side by side, noise left out:\n");
        onepage_print_context(page, &page->first.list[0], out);
    }
    print_environment(page, out);
    print_reach(page, out);
    print_pairs(page, out);
    ladder_print_roots(&page->ladder, out);
    print_rows(page, out);
    print_hypotheses(page, out);
    onepage_print_capture(page, out);
}

void onepage_print(const struct onepage *page, FILE *out)
{
    char *text = NULL;
    size_t size;
    FILE *plain = open_memstream(&text, &size);
    CHECK(plain, "out of memory");
    print_all(page, plain);
    fclose(plain);
    symbols_annotate(symbols_open(run_journal(page->run[1])), text, out);
    free(text);
}
