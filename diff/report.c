/* SPDX-License-Identifier: BSD-3-Clause
 * The report as one HTML file (diff/report.h). */
#include "diff/report.h"
#include "diff/escape.h"
#include "diff/ladder_graph.h"
#include "diff/symbols.h"
#include "diff/table.h"

#include <stdlib.h>

enum { DIVERGENCES_SHOWN = 8, ROWS_SHOWN = 2000 };

static char *written(const struct onepage *page, void (*print)(const struct onepage *, FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    CHECK(out, "out of memory");
    print(page, out);
    fclose(out);
    return text;
}

static void put_head(const struct onepage *page, FILE *out)
{
    const char *verdict = first_verdict_name(page->first.verdict);
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>Lockstep: ", out);
    escape_markup(verdict, strlen(verdict), out);
    fprintf(out, "</title>\n<style>\n%s</style></head>\n<body>\n<h1>Two runs, compared</h1>\n<p>A <b>", report_style);
    escape_markup(run_path(page->run[0]), strlen(run_path(page->run[0])), out);
    fputs("</b><br>B <b>", out);
    escape_markup(run_path(page->run[1]), strlen(run_path(page->run[1])), out);
    fprintf(out, "</b></p>\n<p><span class=\"verdict %s\">%s</span></p>\n", verdict, verdict);
    fputs("<nav><a href=\"#answer\">answer</a><a href=\"#time\">timeline</a><a href=\"#threads\">aligned threads</a>"
          "<a href=\"#wedge\">wait graph</a><a href=\"#tables\">tables</a><a href=\"#events\">events</a></nav>\n",
          out);
}

static void put_answer(const struct onepage *page, struct report_cites *cites, FILE *out)
{
    char *text = written(page, onepage_print);
    fputs("<h2 id=\"answer\">The answer</h2>\n<pre>", out);
    report_put_linked(page, cites, text, out);
    fputs("</pre>\n", out);
    free(text);
}

static void put_contexts(const struct onepage *page, struct report_cites *cites, FILE *out)
{
    fputs("<h2 id=\"threads\">Aligned threads</h2>\n", out);
    for (u32 i = 0; i < page->first.count && i < DIVERGENCES_SHOWN; i++) {
        const struct first_divergence *d = &page->first.list[i];
        char *text = NULL;
        size_t size;
        FILE *plain = open_memstream(&text, &size);
        CHECK(plain, "out of memory");
        onepage_print_context(page, d, plain);
        fclose(plain);
        fprintf(out, "<h3>%u. %s after %llu common calls", i + 1, first_class_name(d->class),
                (unsigned long long)d->matched);
        for (u32 side = 0; side < 2; side++)
            if (d->side[side].thread != PAIR_NOBODY && d->side[side].has_next) {
                fputs(", ", out);
                report_put_link(page, cites, side, d->side[side].thread, d->side[side].next.position, out);
            }
        fputs("</h3>\n<pre>", out);
        escape_markup(text, size, out);
        fputs("</pre>\n", out);
        free(text);
    }
    if (!page->first.count)
        fputs("<p>All pairs agree to the end.</p>\n", out);
}

static void put_graph(const struct onepage *page, FILE *out)
{
    struct graph g = {0};
    fputs("<h2 id=\"wedge\">Who waits for whom</h2>\n<div class=\"scroll\">\n", out);
    ladder_graph(&page->ladder, &g);
    if (g.node_count)
        graph_svg(&g, out);
    else if (signals_tell_waits(page->ladder.signals_b))
        fputs("<p>Nothing in B is blocked for good.</p>\n", out);
    else
        fputs("<p>B's log tells no waits: who is blocked is unknown.</p>\n", out);
    graph_free(&g);
    fputs("</div>\n", out);
}

/* ---- Tables. ---- */

static void put_thread_cells(const struct onepage *page, struct report_cites *cites, u32 side, u32 place, FILE *out)
{
    if (place == PAIR_NOBODY) {
        fputs("<td></td><td></td><td></td>", out);
        return;
    }
    const struct run_thread *t = run_thread(page->run[side], place);
    const struct signals *s = side ? page->ladder.signals_b : page->ladder.signals_a;
    fputs("<td>", out);
    if (t->events)
        report_put_link(page, cites, side, place, t->events - 1, out);
    else
        fprintf(out, "%u", t->thread);
    fprintf(out, "</td><td class=\"n\">%llu</td><td>%s</td>", (unsigned long long)t->events,
            signals_state_name(signals_state_of(s, place)));
}

static void put_pairs(const struct onepage *page, struct report_cites *cites, FILE *out)
{
    const struct pairing *p = &page->ladder.pairing;
    char address[TABLE_ADDRESS];
    fputs("<h3>Threads and their counterparts</h3>\n<div><table class=\"live\" id=\"pairs\"><thead><tr><th>A's last "
          "event</th><th>events</th><th>end</th><th>B's last "
          "event</th><th>events</th><th>end</th><th>entry</th><th>paired "
          "by</th></tr></thead><tbody>\n",
          out);
    for (u32 i = 0; i < p->count; i++) {
        if (p->pairs[i].how == PAIR_MACHINE)
            continue;
        fputs("<tr>", out);
        put_thread_cells(page, cites, 0, p->pairs[i].a, out);
        put_thread_cells(page, cites, 1, p->pairs[i].b, out);
        fprintf(out, "<td>%s</td><td>%s</td></tr>\n", table_show_address(pair_entry(p, &p->pairs[i]), address),
                pair_how_name(p->pairs[i].how));
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_site(const struct onepage *page, struct report_cites *cites, u32 side, const struct fires_row *r,
                     FILE *out)
{
    fputs("<td>", out);
    if (r->count[side])
        report_put_link(page, cites, side, r->place[side], r->first[side].position, out);
    fputs("</td>", out);
}

static void put_rows(const struct onepage *page, struct report_cites *cites, FILE *out)
{
    struct symbols *symbols = symbols_open(run_journal(page->run[1]));
    char name[SYMBOLS_TEXT], address[TABLE_ADDRESS];
    fputs(
        "<h3>Call sites</h3>\n<div><table class=\"live\" id=\"rows\"><thead><tr><th>op</th><th>lr</th><th>function</th>"
        "<th>A</th><th>B</th><th>status</th><th>first in A</th><th>first in B</th></tr></thead><tbody>\n",
        out);
    for (u32 i = 0; i < page->row_count && i < ROWS_SHOWN; i++) {
        const struct fires_row *r = page->rows[i];
        const char *op = run_op_name(onepage_named_by(page, r), r->key.op);
        const char *function = symbols_find_return_name(symbols, r->key.lr, name, sizeof name);
        fputs("<tr><td>", out);
        escape_markup(op, strlen(op), out);
        fprintf(out, "</td><td>%s</td><td>", table_show_address(r->key.lr, address));
        escape_markup(function ? function : "", function ? strlen(function) : 0, out);
        fprintf(out, "</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td>%s</td>",
                (unsigned long long)r->count[0], (unsigned long long)r->count[1], fires_status_name(r->status));
        put_site(page, cites, 0, r, out);
        put_site(page, cites, 1, r, out);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

void report_write(const struct onepage *page, FILE *out)
{
    struct report_cites cites = {0};
    put_head(page, out);
    put_answer(page, &cites, out);
    if (page->story) {
        fputs("<h2 id=\"why\">Why</h2>\n<pre>", out);
        escape_markup(page->story, strlen(page->story), out);
        fputs("</pre>\n", out);
    }
    fputs("<h2 id=\"time\">Timeline</h2>\n<p>Each pair of threads has two lanes, A above B, each on its own run's "
          "clock. Dark: "
          "many events; grey: waits; red: a wait that never ended; magenta: where the pair parts. Turn the wheel to "
          "zoom, drag "
          "to move, double-click for all.</p>\n<svg id=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\"></svg>\n",
          out);
    put_contexts(page, &cites, out);
    put_graph(page, out);
    fputs("<h2 id=\"tables\">Tables</h2>\n", out);
    put_pairs(page, &cites, out);
    put_rows(page, &cites, out);
    fputs("<h2 id=\"events\">The events that all this rests on</h2>\n<div class=\"scroll\"><table><tbody>\n", out);
    report_put_events(page, &cites, out);
    fputs("</tbody></table></div>\n", out);
    report_put_timeline(page, out);
    fprintf(out, "<script>\n%s</script>\n</body></html>\n", report_script);
    free(cites.rows);
}
