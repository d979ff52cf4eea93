/* SPDX-License-Identifier: BSD-3-Clause
 * What kind of failure it is, for people and programs (diff/outcome.h). */
#include "diff/onepage.h"
#include "diff/outcome.h"
#include "diff/table.h"

static const struct {
    const char *letter, *name, *text;
} classes[] = {
    [OUTCOME_NONE] = {NULL, "none", "none of those known: no producer is missing"},
    [OUTCOME_SPAWN] = {"A", "spawn", "a single producer is missing, for B never made or started its thread"},
    [OUTCOME_STATE] = {"B", "state", "one thread parts, and the rest follows from it"},
    [OUTCOME_DISTRIBUTED] = {"C", "distributed", "producers are missing in several threads, with no single root"},
    [OUTCOME_UNCERTAIN] = {NULL, "uncertain", "uncertain: the evidence does not decide"},
};

const char *outcome_letter(u8 class)
{
    return classes[class].letter;
}

const char *outcome_name(u8 class)
{
    return classes[class].name;
}

const char *outcome_text(u8 class)
{
    return classes[class].text;
}

static const char *sign_text(char sign)
{
    return sign == '+' ? "for" : sign == '-' ? "against" : "open";
}

void outcome_print(const struct outcome *o, FILE *out)
{
    const char *letter = outcome_letter(o->class);
    fprintf(out, "outcome class: %s%s%s\n", letter ? letter : "", letter ? ", " : "", outcome_text(o->class));
    for (u32 i = 0; i < o->fact_count; i++) {
        const struct outcome_fact *f = &o->facts[i];
        fprintf(out, "  %-8s%s", sign_text(f->sign), f->text);
        for (u32 side = 0; side < 2; side++)
            if (f->has[side])
                fprintf(out, " [%c:%u@%u]", side ? 'B' : 'A', f->thread[side], f->index[side]);
        fputc('\n', out);
    }
}

static void put_place(const struct onepage *page, struct json *j, u32 side, const struct outcome_fact *f)
{
    const char *key = side ? "b_at" : "a_at";
    if (!f->has[side]) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_text(j, "journal", run_path(page->run[side]));
    json_u64(j, "thread", f->thread[side]);
    json_u64(j, "index", f->index[side]);
    json_close(j);
}

void outcome_json(const struct onepage *page, struct json *j)
{
    const struct outcome *o = &page->outcome;
    json_object(j, "outcome");
    json_text(j, "class", outcome_letter(o->class));
    json_text(j, "name", outcome_name(o->class));
    json_text(j, "text", outcome_text(o->class));
    json_array(j, "facts");
    for (u32 i = 0; i < o->fact_count; i++) {
        json_object(j, NULL);
        json_text(j, "sign", sign_text(o->facts[i].sign));
        json_text(j, "text", o->facts[i].text);
        for (u32 side = 0; side < 2; side++)
            put_place(page, j, side, &o->facts[i]);
        json_close(j);
    }
    json_close(j);
    json_close(j);
}

static void put_row(struct table *t, const char *what, const char *says, const struct onepage *page,
                    const struct outcome_fact *fact)
{
    table_text(t, "outcome");
    table_text(t, what);
    table_none(t);
    table_none(t);
    table_text(t, says);
    for (u32 side = 0; side < 2; side++)
        if (fact && fact->has[side])
            table_cite(t, side ? "B" : "A", run_path(page->run[side]), fact->thread[side], fact->index[side]);
        else
            table_none(t);
    table_row(t);
}

void outcome_rows(const struct onepage *page, struct table *t)
{
    const struct outcome *o = &page->outcome;
    char says[OUTCOME_FACT_SIZE + 16];
    put_row(t, outcome_name(o->class), outcome_text(o->class), page, NULL);
    for (u32 i = 0; i < o->fact_count; i++) {
        snprintf(says, sizeof says, "%s: %s", sign_text(o->facts[i].sign), o->facts[i].text);
        put_row(t, outcome_name(o->class), says, page, &o->facts[i]);
    }
}
