/* SPDX-License-Identifier: BSD-3-Clause
 * Rows of events (diff/event_rows.h). */
#include "diff/event_rows.h"
#include "diff/clock.h"
#include "diff/print.h"
#include "diff/symbols.h"

#include <stdlib.h>

static const struct table_column columns[] = {
    {"time", TABLE_TIME, 0},     {"thread", TABLE_U64, 0},   {"index", TABLE_U64, 0},
    {"kind", TABLE_TEXT, 0},     {"op", TABLE_TEXT, 0},      {"lr", TABLE_HEX, 8},
    {"function", TABLE_TEXT, 0}, {"details", TABLE_TEXT, 0}, {"seq", TABLE_U64, 0},
};

const char *event_details(struct journal_reader *journal, const struct event *event)
{
    static char *text; /* of the last one */
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    CHECK(out, "out of memory");
    print_details(journal, event, out);
    CHECK(!fclose(out), "out of memory");
    return text + strspn(text, " ");
}

void event_rows_begin(struct event_rows *r, struct journal_reader *journal, const struct survey *survey,
                      enum table_form form)
{
    *r = (struct event_rows){.journal = journal, .survey = survey, .form = form, .clock = clock_of(journal)};
    if (form == TABLE_AS_CSV)
        table_begin(&r->table, form, stdout, columns, countof(columns));
}

static void put_csv(struct event_rows *r, const struct event *e)
{
    const struct event_type *type = event_type(e->kind);
    char name[SYMBOLS_TEXT];
    struct table *t = &r->table;
    table_time(t, &r->clock, e->time);
    table_u64(t, e->thread);
    table_u64(t, e->index);
    table_text(t, type ? type->name : "unknown");
    table_text(t, e->op ? journal_op_name(r->journal, e->op, name, sizeof name) : NULL);
    if (e->lr)
        table_hex(t, e->lr);
    else
        table_none(t);
    table_text(t, e->lr ? symbols_find_return_name(symbols_open(r->journal), e->lr, name, sizeof name) : NULL);
    table_text(t, event_details(r->journal, e));
    table_u64(t, e->seq);
    table_row(t);
}

void event_rows_put(struct event_rows *r, const struct event *e)
{
    const struct survey_thread *thread = r->survey ? survey_thread(r->survey, e->thread) : NULL;
    if (r->form == TABLE_AS_CSV)
        put_csv(r, e);
    else if (r->form == TABLE_AS_JSON)
        print_event_json(r->journal, e, thread ? thread->lineage : 0, stdout);
    else
        print_event(r->journal, e, stdout);
    r->rows++;
}

void event_rows_end(struct event_rows *r)
{
    if (r->form == TABLE_AS_CSV)
        table_end(&r->table);
}
