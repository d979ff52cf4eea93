/* SPDX-License-Identifier: BSD-3-Clause
 * Fill rates (diff/fill.h). */
#include "diff/fill.h"
#include "diff/map.h"
#include "schema/export.h"

#include <stdlib.h>

struct fill {
    u32 op;
    u8 kind;
    u64 count, with_lr, values, told;
};

struct fills {
    struct fill *rows;
    u32 count, capacity;
    struct map by_key; /* kind and op */
};

static const struct table_column columns[] = {
    {"kind", TABLE_TEXT, 0}, {"op", TABLE_TEXT, 0},    {"events", TABLE_U64, 0},
    {"lr", TABLE_RATIO, 0},  {"told", TABLE_RATIO, 0}, {"missing", TABLE_U64, 0},
};

static struct fill *row_of(struct fills *f, const struct event *e)
{
    u64 key = (u64)e->kind << 32 | e->op;
    u32 row = map_get(&f->by_key, key);
    if (row != MAP_NONE)
        return &f->rows[row];
    if (f->count == f->capacity) {
        f->capacity = f->capacity ? f->capacity * 2 : 64;
        f->rows = realloc(f->rows, f->capacity * sizeof *f->rows);
        CHECK(f->rows, "out of memory");
    }
    map_set(&f->by_key, key, f->count);
    f->rows[f->count] = (struct fill){.op = e->op, .kind = e->kind};
    return &f->rows[f->count++];
}

/* A call has the arguments that its signature names. */
static void count(struct fill *row, const struct event *e)
{
    const struct export *x = e->kind == EVENT_call ? export_find(e->op) : NULL;
    u32 values = x && x->has_signature ? x->count : e->count;
    row->count++;
    row->with_lr += e->lr != 0;
    for (u32 i = 0; i < values && i < EVENT_FIELDS_MAX; i++) {
        row->values++;
        row->told += event_tells(e, i);
    }
}

static int by_missing(const void *a, const void *b)
{
    const struct fill *x = a, *y = b;
    u64 m = x->values - x->told, n = y->values - y->told;
    if (m != n)
        return m > n ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->op < y->op ? -1 : x->op > y->op;
}

static void print(struct fills *f, struct journal_reader *journal, enum table_form form)
{
    struct table t;
    char name[64];
    table_begin(&t, form, stdout, columns, countof(columns));
    for (u32 i = 0; i < f->count; i++) {
        const struct fill *row = &f->rows[i];
        const struct event_type *type = event_type(row->kind);
        table_text(&t, type ? type->name : "unknown");
        table_text(&t, row->op ? journal_op_name(journal, row->op, name, sizeof name) : NULL);
        table_u64(&t, row->count);
        table_ratio(&t, row->with_lr, row->count);
        table_ratio(&t, row->told, row->values);
        table_u64(&t, row->values - row->told);
        table_row(&t);
    }
    table_end(&t);
}

bool fill_print(struct journal_reader *journal, enum table_form form, struct err *err)
{
    struct fills f = {0};
    const struct event *e;
    int found;
    struct journal_cursor *c = journal_cursor_all(journal, 0, err);
    while ((found = journal_cursor_next(c, &e, err)) > 0)
        count(row_of(&f, e), e);
    journal_cursor_close(c);
    if (f.count)
        qsort(f.rows, f.count, sizeof *f.rows, by_missing);
    print(&f, journal, form);
    map_free(&f.by_key);
    free(f.rows);
    return found == 0;
}
