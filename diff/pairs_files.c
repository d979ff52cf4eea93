/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep files A B: what both runs did with each path, and where that first differs (diff/pairs.h). The n-th use of a
 * path by a thread is compared with the n-th of its kind by its counterpart; paths as the console compares them,
 * without regard to case. */
#include "diff/coverage.h"
#include "diff/files.h"
#include "diff/map.h"
#include "diff/pairs.h"
#include "diff/pairs_open.h"
#include "diff/select.h"
#include "schema/status.h"

#include <stdlib.h>

enum { PATH_MOST = 512, ACTS_SHOWN = 4, DIFFERS_SIZE = 160 };

static const struct table_column columns[] = {
    {"path", TABLE_TEXT, 0},        {"result", TABLE_TEXT, 0},         {"differs", TABLE_TEXT, 0},
    {"a_opens", TABLE_U64, 0},      {"b_opens", TABLE_U64, 0},         {"a_queries", TABLE_U64, 0},
    {"b_queries", TABLE_U64, 0},    {"a_reads", TABLE_U64, 0},         {"b_reads", TABLE_U64, 0},
    {"a_writes", TABLE_U64, 0},     {"b_writes", TABLE_U64, 0},        {"a_failures", TABLE_U64, 0},
    {"b_failures", TABLE_U64, 0},   {"a_status", TABLE_TEXT, 0},       {"b_status", TABLE_TEXT, 0},
    {"a_size", TABLE_U64, 0},       {"b_size", TABLE_U64, 0},          {"a_bytes_read", TABLE_U64, 0},
    {"b_bytes_read", TABLE_U64, 0}, {"a_bytes_written", TABLE_U64, 0}, {"b_bytes_written", TABLE_U64, 0},
    {"a_at", TABLE_CITE, 0},        {"b_at", TABLE_CITE, 0},
};

struct side {
    struct run *run;
    struct objects objects;
    struct files files;
    struct coverage *coverage;
    struct sorted *sorted; /* files.rows by path */
};

struct sorted {
    const struct side *side;
    const struct file_row *row;
};

struct compared {
    const struct file_row *row[2];
    const char *result;
    char differs[DIFFERS_SIZE];
    const struct file_use *at[2]; /* where they first differ, or the first use */
};

struct counts {
    u64 rows, differing, untold;
};

/* ---- Paths. ---- */

static const char *path_of(const struct side *s, const struct file_row *row, size_t *size)
{
    return journal_string(run_journal(s->run), row->path, size);
}

static int compare_paths(const struct side *x, const struct file_row *a, const struct side *y, const struct file_row *b)
{
    size_t size_a, size_b;
    const char *path_a = path_of(x, a, &size_a), *path_b = path_of(y, b, &size_b);
    return file_paths_compare(path_a, size_a, path_b, size_b);
}

static int by_path(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    return compare_paths(x->side, x->row, y->side, y->row);
}

static void sort_paths(struct side *s)
{
    s->sorted = malloc((s->files.count + 1u) * sizeof *s->sorted);
    CHECK(s->sorted, "out of memory");
    for (u32 i = 0; i < s->files.count; i++)
        s->sorted[i] = (struct sorted){s, &s->files.rows[i]};
    if (s->files.count)
        qsort(s->sorted, s->files.count, sizeof *s->sorted, by_path);
}

/* ---- Comparing. ---- */

static void note(struct compared *c, const char *what, const struct file_use *a, const struct file_use *b)
{
    size_t size = strlen(c->differs);
    if (!size) {
        c->at[0] = a;
        c->at[1] = b;
    }
    snprintf(c->differs + size, sizeof c->differs - size, "%s%s", size ? ", " : "", what);
}

/* The uses of a path by (kind, pair of threads, n-th): the threads' own orders agree where the schedule's does not. */
struct uses {
    struct map nth, counts;
};

static u64 key_of(const struct pairing *p, const struct file_use *use, u32 side)
{
    return (u64)use->act << 56 | (u64)(side ? p->of_b : p->of_a)[use->place] << 32;
}

static u32 count_use(struct uses *uses, u64 key)
{
    u32 n = map_get(&uses->counts, key);
    n = n == MAP_NONE ? 0 : n;
    map_set(&uses->counts, key, n + 1);
    return n;
}

static void compare_use(struct compared *c, const struct file_use *a, const struct file_use *b, u32 n, bool *told,
                        u64 *untold)
{
    char what[64];
    *untold += !a->has_status || !b->has_status;
    if (a->has_status && b->has_status && a->status != b->status && !told[0]) {
        told[0] = true;
        snprintf(what, sizeof what, "status of %s %u", file_act_name(a->act), n + 1);
        note(c, what, a, b);
    } else if (a->has_length && b->has_length && a->length != b->length && !told[1]) {
        told[1] = true;
        snprintf(what, sizeof what, "size of %s %u", file_act_name(a->act), n + 1);
        note(c, what, a, b);
    }
}

static void compare_uses(const struct pairing *p, const struct side sides[2], struct compared *c, u64 *untold)
{
    struct uses in_a = {{0}, {0}}, in_b = {{0}, {0}};
    const struct file_use *uses[2] = {&sides[0].files.uses[c->row[0]->first_use],
                                      &sides[1].files.uses[c->row[1]->first_use]};
    bool told[4] = {false};
    char what[64];
    for (u32 i = 0; i < c->row[1]->use_count; i++) {
        u64 key = key_of(p, &uses[1][i], 1);
        map_set(&in_b.nth, key | count_use(&in_b, key), i);
    }
    for (u32 i = 0; i < c->row[0]->use_count; i++) {
        u64 key = key_of(p, &uses[0][i], 0);
        u32 n = count_use(&in_a, key), other = map_get(&in_b.nth, key | n);
        if (other != MAP_NONE) {
            compare_use(c, &uses[0][i], &uses[1][other], n, told, untold);
        } else if (!told[2]) {
            told[2] = true;
            snprintf(what, sizeof what, "%s %u only in A", file_act_name(uses[0][i].act), n + 1);
            note(c, what, &uses[0][i], NULL);
        }
    }
    struct map seen = {0};
    for (u32 i = 0; i < c->row[1]->use_count && !told[3]; i++) {
        u64 key = key_of(p, &uses[1][i], 1);
        u32 n = map_get(&seen, key), count = map_get(&in_a.counts, key);
        n = n == MAP_NONE ? 0 : n;
        map_set(&seen, key, n + 1);
        told[3] = n >= (count == MAP_NONE ? 0 : count);
        snprintf(what, sizeof what, "%s %u only in B", file_act_name(uses[1][i].act), n + 1);
        if (told[3])
            note(c, what, NULL, &uses[1][i]);
    }
    map_free(&seen);
    map_free(&in_a.nth);
    map_free(&in_a.counts);
    map_free(&in_b.nth);
    map_free(&in_b.counts);
}

/* Would the other run have told of this path, had it used it? */
static bool is_captured(const struct side *other, const struct side *here, const struct file_row *row)
{
    const struct file_use *use = &here->files.uses[row->first_use];
    return other->files.count && coverage_tells(other->coverage, "call") && coverage_has_op(other->coverage, use->op);
}

static void compare_row(const struct pairing *p, const struct side sides[2], struct compared *c, struct counts *counts)
{
    u64 untold = 0;
    for (u32 i = 0; i < 2; i++)
        c->at[i] = c->row[i] ? &sides[i].files.uses[c->row[i]->first_use] : NULL;
    if (c->row[0] && c->row[1]) {
        compare_uses(p, sides, c, &untold);
        c->result = *c->differs ? "DIFF" : untold ? "UNCAPTURED" : "MATCH";
        if (!*c->differs && untold)
            snprintf(c->differs, sizeof c->differs, "%llu outcomes are not told by both", (unsigned long long)untold);
    } else {
        u32 side = c->row[0] ? 0 : 1;
        bool captured = is_captured(&sides[!side], &sides[side], c->row[side]);
        c->result = !captured ? "UNCAPTURED" : side ? "ONLY-B" : "ONLY-A";
        if (!captured)
            snprintf(c->differs, sizeof c->differs, "%s captured no such calls", side ? "A" : "B");
    }
    counts->rows++;
    counts->untold += *c->result == 'U';
    counts->differing += *c->result == 'D' || *c->result == 'O';
}

/* ---- Printing. ---- */

static void put_number(struct table *t, bool has, u64 value)
{
    if (has)
        table_u64(t, value);
    else
        table_none(t);
}

static void put_status(struct table *t, const struct file_row *row)
{
    char text[16];
    bool has = row && row->has_status;
    snprintf(text, sizeof text, "0x%08X", has ? row->last_status : 0);
    table_text(t, !has ? NULL : status_name(row->last_status) ? status_name(row->last_status) : text);
}

static void put_row(struct table *t, const struct side sides[2], const struct compared *c)
{
    size_t size;
    const struct file_row *const *r = c->row;
    const char *path = path_of(&sides[r[0] ? 0 : 1], r[0] ? r[0] : r[1], &size);
    table_bytes(t, path, size);
    table_text(t, c->result);
    table_text(t, *c->differs ? c->differs : NULL);
    for (u32 act = 0; act < ACTS_SHOWN; act++)
        for (u32 side = 0; side < 2; side++)
            put_number(t, r[side], r[side] ? r[side]->acts[act] : 0);
    for (u32 side = 0; side < 2; side++)
        put_number(t, r[side], r[side] ? r[side]->failures : 0);
    for (u32 side = 0; side < 2; side++)
        put_status(t, r[side]);
    for (u32 side = 0; side < 2; side++)
        put_number(t, r[side] && r[side]->has_size, r[side] ? r[side]->size : 0);
    for (u32 side = 0; side < 2; side++)
        put_number(t, r[side], r[side] ? r[side]->bytes_read : 0);
    for (u32 side = 0; side < 2; side++)
        put_number(t, r[side], r[side] ? r[side]->bytes_written : 0);
    for (u32 side = 0; side < 2; side++)
        if (c->at[side])
            pairs_put_cite(t, side ? "B" : "A", sides[side].run, c->at[side]->place, c->at[side]->position);
        else
            table_none(t);
    table_row(t);
}

static bool is_wanted(const struct pairs *p, const struct side *s, const struct file_row *row)
{
    size_t size;
    const char *pattern = cli_value(p->cli, "path");
    return !pattern || file_path_matches(pattern, path_of(s, row, &size));
}

static struct counts print(const struct pairs *p, struct side sides[2], u64 limit)
{
    struct counts counts = {0};
    struct table t;
    table_begin(&t, p->form, stdout, columns, countof(columns));
    for (u32 i = 0, k = 0; i < sides[0].files.count || k < sides[1].files.count;) {
        struct compared c = {.row = {i < sides[0].files.count ? sides[0].sorted[i].row : NULL,
                                     k < sides[1].files.count ? sides[1].sorted[k].row : NULL}};
        int order = !c.row[0] ? 1 : !c.row[1] ? -1 : compare_paths(&sides[0], c.row[0], &sides[1], c.row[1]);
        if (order < 0)
            c.row[1] = NULL;
        else if (order > 0)
            c.row[0] = NULL;
        i += order <= 0;
        k += order >= 0;
        u32 shown = c.row[0] ? 0 : 1;
        if (!is_wanted(p, &sides[shown], c.row[shown]))
            continue;
        compare_row(&p->threads, sides, &c, &counts);
        if (t.rows < limit)
            put_row(&t, sides, &c);
    }
    table_end(&t);
    return counts;
}

static int compare(struct pairs *p)
{
    struct side sides[2] = {{.run = p->a}, {.run = p->b}};
    struct err err;
    u64 limit = UINT64_MAX;
    bool ok = true;
    if (!cli_u64(p->cli, "limit", &limit, &err))
        return cli_fail(p->cli, EXIT_USAGE, &err);
    for (u32 i = 0; i < 2; i++) {
        struct side *s = &sides[i];
        s->coverage = coverage_read(run_journal(s->run));
        ok = ok && objects_make(&s->objects, s->run, &err) && files_make(&s->files, s->run, &s->objects, &err);
        sort_paths(s);
    }
    int code = EXIT_OK;
    if (ok) {
        struct counts counts = print(p, sides, limit);
        if (!counts.rows && p->form == TABLE_AS_TEXT)
            printf("neither run tells of %s\n", cli_has(p->cli, "path") ? "such a file" : "any file");
        code = counts.differing ? EXIT_HOST_ERROR : counts.untold || !counts.rows ? EXIT_UNCERTAIN : EXIT_OK;
    } else {
        code = cli_fail(p->cli, EXIT_HOST_ERROR, &err);
    }
    for (u32 i = 0; i < 2; i++) {
        coverage_destroy(sides[i].coverage);
        files_free(&sides[i].files);
        objects_free(&sides[i].objects);
        free(sides[i].sorted);
    }
    return code;
}

int pairs_files(const struct cli *cli)
{
    static const char *const others[] = {"uses", "thread", "from", "to", "op", "lr", "function"};
    struct pairs p;
    struct err err;
    if (!pairs_check_options(cli, others, countof(others), "whole runs are compared", &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    int code = pairs_open(&p, cli);
    code = code ? code : compare(&p);
    pairs_close(&p);
    return code;
}
