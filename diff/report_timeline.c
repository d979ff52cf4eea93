/* SPDX-License-Identifier: BSD-3-Clause
 * The timeline's data: two lanes a pair, each on its own run's clock (diff/report.h). */
#include "diff/report.h"
#include "diff/table.h"

#include <stdlib.h>

enum { BUCKETS = 160, WAITS_MOST = 400, SHORTEST = 2000 };

static void put_time(struct run *run, u64 time, FILE *out)
{
    u64 hz = run_clock(run)->hz;
    if (hz)
        fprintf(out, "%llu.%09llu", (unsigned long long)(time / hz), (unsigned long long)(time % hz * 1000000000 / hz));
    else
        fprintf(out, "%llu", (unsigned long long)time);
}

static void put_density(struct run *run, u32 place, FILE *out)
{
    const struct run_thread *t = run_thread(run, place);
    u64 counts[BUCKETS] = {0}, span = t->last_time - t->first_time + 1;
    struct run_span s;
    struct err err;
    for (u64 at = 0; run_read(run, place, at, &s, &err) && s.count; at = s.position + s.count)
        for (u32 i = 0; i < s.count; i++)
            if (s.time[i] >= t->first_time && s.time[i] <= t->last_time)
                counts[(u64)((double)(s.time[i] - t->first_time) / (double)span * BUCKETS)]++;
    fputs("\"density\":[", out);
    for (u32 i = 0; i < BUCKETS; i++)
        fprintf(out, "%s%llu", i ? "," : "", (unsigned long long)counts[i]);
    fputc(']', out);
}

/* In a script, where < may not stand. */
static void put_name(const char *name, FILE *out)
{
    char text[64];
    snprintf(text, sizeof text, "%s", name);
    for (char *p = text; *p; p++)
        *p = *p == '<' ? '(' : *p;
    json_escape(out, text, strlen(text));
}

/* The waits that are long enough to be seen, and the one that never ended. */
static void put_waits(struct run *run, const struct signals *s, u32 place, FILE *out)
{
    u32 count = 0;
    fputs(",\"waits\":[", out);
    for (u32 i = 0; i < s->wait_count && count < WAITS_MOST; i++) {
        const struct wait *w = signals_wait(s, i);
        bool is_long =
            signals_hangs(w) || (!wait_is_open(w) && (w->end_time - w->begin_time) * SHORTEST > s->last_time);
        if (w->place != place || !is_long)
            continue;
        fputs(count++ ? ",[" : "[", out);
        put_time(run, w->begin_time, out);
        fputc(',', out);
        if (wait_is_open(w))
            fputs("null", out);
        else
            put_time(run, w->end_time, out);
        fputc(',', out);
        put_name(w->op ? run_op_name(run, w->op) : "wait", out);
        fputc(']', out);
    }
    fputc(']', out);
}

static void put_parting(const struct onepage *page, u32 side, u32 pair, FILE *out)
{
    fputs(",\"parts\":", out);
    for (u32 i = 0; i < page->first.count; i++) {
        const struct first_divergence *d = &page->first.list[i];
        if (d->pair != pair || !d->side[side].has_next || d->is_shared)
            continue;
        put_time(page->run[side], d->side[side].next.call.time, out);
        return;
    }
    fputs("null", out);
}

static void put_side(const struct onepage *page, u32 side, u32 pair, FILE *out)
{
    const struct pair *p = &page->ladder.pairing.pairs[pair];
    u32 place = side ? p->b : p->a;
    struct run *run = page->run[side];
    fprintf(out, ",\"%c\":", side ? 'b' : 'a');
    if (place == PAIR_NOBODY || !run_thread(run, place)->events) {
        fputs("null", out);
        return;
    }
    const struct run_thread *t = run_thread(run, place);
    fprintf(out, "{\"thread\":%u,\"first\":", t->thread);
    put_time(run, t->first_time, out);
    fputs(",\"last\":", out);
    put_time(run, t->last_time, out);
    fputc(',', out);
    put_density(run, place, out);
    put_waits(run, side ? page->ladder.signals_b : page->ladder.signals_a, place, out);
    put_parting(page, side, pair, out);
    fputc('}', out);
}

void report_put_timeline(const struct onepage *page, FILE *out)
{
    const struct pairing *p = &page->ladder.pairing;
    bool any = false;
    char entry[TABLE_ADDRESS];
    fprintf(out, "<script type=\"application/json\" id=\"data\">{\"unit\":\"%s\",\"lanes\":[",
            run_clock(page->run[0])->hz ? "s" : run_clock(page->run[0])->name);
    for (u32 i = 0; i < p->count; i++) {
        if (p->pairs[i].how == PAIR_MACHINE)
            continue;
        fprintf(out, "%s{\"name\":\"", any ? ",\n" : "\n");
        fprintf(out, p->pairs[i].a == PAIR_NOBODY ? "-" : "%u",
                p->pairs[i].a == PAIR_NOBODY ? 0 : run_thread(p->a, p->pairs[i].a)->thread);
        fprintf(out, p->pairs[i].b == PAIR_NOBODY ? " | -" : " | %u",
                p->pairs[i].b == PAIR_NOBODY ? 0 : run_thread(p->b, p->pairs[i].b)->thread);
        fprintf(out, "  %s\"", table_show_address(pair_entry(p, &p->pairs[i]), entry));
        put_side(page, 0, i, out);
        put_side(page, 1, i, out);
        fputc('}', out);
        any = true;
    }
    fputs("\n]}</script>\n", out);
}
