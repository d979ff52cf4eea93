/* SPDX-License-Identifier: BSD-3-Clause
 * Links from claims to the events that they rest on (diff/report.h). */
#include "diff/escape.h"
#include "diff/print.h"
#include "diff/report.h"

#include <stdlib.h>

enum { AROUND = 3, CITES_MOST = 2000 };

void report_cite(struct report_cites *cites, u32 side, u32 place, u64 position)
{
    for (u32 i = 0; i < cites->count; i++)
        if (cites->rows[i].side == side && cites->rows[i].place == place && cites->rows[i].position == position)
            return;
    if (cites->count == CITES_MOST)
        return;
    if (!(cites->count & (cites->count - 1))) {
        cites->rows = realloc(cites->rows, (cites->count ? cites->count * 2 : 1) * sizeof *cites->rows);
        CHECK(cites->rows, "out of memory");
    }
    cites->rows[cites->count++] = (struct report_cite){side, place, position};
}

void report_put_link(const struct onepage *page, struct report_cites *cites, u32 side, u32 place, u64 position,
                     FILE *out)
{
    u32 thread = run_thread(page->run[side], place)->thread, index = run_index(page->run[side], place, position);
    char label = side ? 'B' : 'A';
    report_cite(cites, side, place, position);
    fprintf(out, "<a href=\"#%c-%u-%u\">%c:%u@%u</a>", label, thread, index, label, thread, index);
}

/* Reads "[A:7@26]"; the length, or 0. */
static size_t read_cite(const char *text, u32 *side, u32 *thread, u32 *index)
{
    char label, end;
    int length = 0;
    if (sscanf(text, "[%c:%u@%u%c%n", &label, thread, index, &end, &length) != 4 || end != ']' ||
        (label != 'A' && label != 'B'))
        return 0;
    *side = label == 'B';
    return (size_t)length;
}

void report_put_linked(const struct onepage *page, struct report_cites *cites, const char *text, FILE *out)
{
    for (const char *p = text; *p;) {
        u32 side, thread, index;
        size_t length = *p == '[' ? read_cite(p, &side, &thread, &index) : 0;
        u32 place = length ? run_thread_place(page->run[side], thread) : UINT32_MAX;
        if (place == UINT32_MAX) {
            escape_markup(p++, 1, out);
            continue;
        }
        report_put_link(page, cites, side, place, run_position_at_index(page->run[side], place, index), out);
        p += length;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct report_cite *x = a, *y = b;
    if (x->side != y->side)
        return x->side < y->side ? -1 : 1;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

static void put_event(const struct onepage *page, u32 side, u32 place, u64 position, bool is_cited, FILE *out)
{
    struct event e;
    struct err err;
    char *text = NULL;
    size_t size;
    if (!run_event(page->run[side], place, position, &e, &err))
        return;
    FILE *line = open_memstream(&text, &size);
    CHECK(line, "out of memory");
    print_event(run_journal(page->run[side]), &e, line);
    fclose(line);
    size -= size && text[size - 1] == '\n';
    fprintf(out, "<tr id=\"%c-%u-%u\"%s><td>%c</td><td>", side ? 'B' : 'A', e.thread, e.index,
            is_cited ? " class=\"cited\"" : "", side ? 'B' : 'A');
    escape_markup(text, size, out);
    fputs("</td></tr>\n", out);
    free(text);
}

void report_put_events(const struct onepage *page, struct report_cites *cites, FILE *out)
{
    u64 next = 0;
    if (cites->count)
        qsort(cites->rows, cites->count, sizeof *cites->rows, by_place);
    for (u32 i = 0; i < cites->count; i++) {
        const struct report_cite *c = &cites->rows[i];
        const struct report_cite *before = i ? c - 1 : NULL;
        if (!before || before->side != c->side || before->place != c->place)
            next = 0;
        u64 from = c->position > AROUND ? c->position - AROUND : 0, to = c->position + AROUND + 1;
        for (u64 at = from < next ? next : from; at < to; at++) {
            bool is_cited = false;
            for (u32 k = i; k < cites->count && !is_cited; k++)
                is_cited =
                    cites->rows[k].side == c->side && cites->rows[k].place == c->place && cites->rows[k].position == at;
            put_event(page, c->side, c->place, at, is_cited, out);
        }
        next = to > next ? to : next;
    }
}
