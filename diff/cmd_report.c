/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep report: the one-page answer as a folder with one HTML file and tables as CSV, and on stdout what was
 * written. */
#define _GNU_SOURCE
#include "diff/commands.h"
#include "diff/explain.h"
#include "diff/pairs_open.h"
#include "diff/report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static FILE *create(const char *folder, const char *name, struct err *err)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = n > 0 && (size_t)n < sizeof path ? fopen(path, "wb") : NULL;
    if (!out)
        err_set(err, "%s/%s: cannot be written: %s", folder, name, strerror(errno));
    return out;
}

static bool finish(FILE *out, const char *folder, const char *name, u64 *bytes, struct err *err)
{
    bool ok = !ferror(out);
    *bytes = (u64)ftello(out);
    return (fclose(out) == 0 && ok) || err_set(err, "%s/%s: cannot be written: %s", folder, name, strerror(errno));
}

/* The first event of a thread. */
static void put_begin(struct table *t, u32 side, struct run *run, u32 place)
{
    if (place == PAIR_NOBODY || !run_thread(run, place)->events)
        table_none(t);
    else
        pairs_put_cite(t, side ? "B" : "A", run, place, 0);
}

static u64 write_pairs(const struct onepage *page, FILE *out)
{
    static const struct table_column columns[] = {
        {"a", TABLE_U64, 0},          {"b", TABLE_U64, 0},     {"entry", TABLE_HEX, 8}, {"how", TABLE_TEXT, 0},
        {"confidence", TABLE_U64, 0}, {"a_at", TABLE_CITE, 0}, {"b_at", TABLE_CITE, 0}};
    const struct pairing *p = &page->ladder.pairing;
    struct table t;
    table_begin(&t, TABLE_AS_CSV, out, columns, countof(columns));
    for (u32 i = 0; i < p->count; i++) {
        pairs_put_thread(&t, p->a, p->pairs[i].a);
        pairs_put_thread(&t, p->b, p->pairs[i].b);
        table_hex_known(&t, pair_entry(p, &p->pairs[i]));
        table_text(&t, pair_how_name(p->pairs[i].how));
        table_u64(&t, p->pairs[i].confidence);
        put_begin(&t, 0, p->a, p->pairs[i].a);
        put_begin(&t, 1, p->b, p->pairs[i].b);
        table_row(&t);
    }
    table_end(&t);
    return p->count;
}

static u64 write_rows(const struct onepage *page, FILE *out)
{
    static const struct table_column columns[] = {
        {"op", TABLE_TEXT, 0},     {"lr", TABLE_HEX, 8},      {"a", TABLE_U64, 0},        {"b", TABLE_U64, 0},
        {"status", TABLE_TEXT, 0}, {"reason", TABLE_TEXT, 0}, {"a_first", TABLE_CITE, 0}, {"b_first", TABLE_CITE, 0}};
    struct table t;
    table_begin(&t, TABLE_AS_CSV, out, columns, countof(columns));
    for (u32 i = 0; i < page->row_count; i++) {
        const struct fires_row *r = page->rows[i];
        table_text(&t, run_op_name(onepage_named_by(page, r), r->key.op));
        table_hex_known(&t, r->key.lr);
        table_u64(&t, r->count[0]);
        table_u64(&t, r->count[1]);
        table_text(&t, fires_status_name(r->status));
        table_text(&t, *r->reason ? r->reason : NULL);
        for (u32 side = 0; side < 2; side++)
            if (r->count[side])
                table_cite(&t, side ? "B" : "A", run_path(page->run[side]),
                           run_thread(page->run[side], r->place[side])->thread, r->first[side].index);
            else
                table_none(&t);
        table_row(&t);
    }
    table_end(&t);
    return page->row_count;
}

static u64 write_ladder(const struct onepage *page, FILE *out)
{
    ladder_table(&page->ladder, out);
    return page->ladder.rung_count;
}

static void put_place(struct table *t, const struct onepage *page, const struct first_side *s, u32 side)
{
    pairs_put_thread(t, page->run[side], s->thread);
    if (s->has_next)
        table_u64(t, s->next.call.index);
    else
        table_none(t);
}

static u64 write_divergences(const struct onepage *page, FILE *out)
{
    static const struct table_column columns[] = {
        {"rank", TABLE_U64, 0},    {"class", TABLE_TEXT, 0},   {"matched", TABLE_U64, 0}, {"thread_a", TABLE_U64, 0},
        {"index_a", TABLE_U64, 0}, {"thread_b", TABLE_U64, 0}, {"index_b", TABLE_U64, 0}, {"follows", TABLE_U64, 0}};
    struct table t;
    table_begin(&t, TABLE_AS_CSV, out, columns, countof(columns));
    for (u32 i = 0; i < page->first.count; i++) {
        const struct first_divergence *d = &page->first.list[i];
        table_u64(&t, d->rank + 1);
        table_text(&t, first_class_name(d->class));
        table_u64(&t, d->matched);
        put_place(&t, page, &d->side[0], 0);
        put_place(&t, page, &d->side[1], 1);
        if (d->cause == FIRST_NOBODY)
            table_none(&t);
        else
            table_u64(&t, d->cause + 1);
        table_row(&t);
    }
    table_end(&t);
    return page->first.count;
}

static u64 write_html(const struct onepage *page, FILE *out)
{
    report_write(page, out);
    return 0;
}

static const struct report_file {
    const char *name;
    u64 (*write)(const struct onepage *, FILE *); /* returns its rows */
} files[] = {{"report.html", write_html},
             {"threads.csv", write_pairs},
             {"sites.csv", write_rows},
             {"ladder.csv", write_ladder},
             {"divergences.csv", write_divergences}};

struct written {
    u64 bytes, rows;
};

static bool write_all(const struct onepage *page, const char *folder, struct written written[countof(files)],
                      struct err *err)
{
    if (mkdir(folder, 0777) && errno != EEXIST)
        return err_set(err, "%s: cannot be made: %s", folder, strerror(errno));
    for (size_t i = 0; i < countof(files); i++) {
        FILE *out = create(folder, files[i].name, err);
        if (!out)
            return false;
        written[i].rows = files[i].write(page, out);
        if (!finish(out, folder, files[i].name, &written[i].bytes, err))
            return false;
    }
    return true;
}

/* ---- What was written, on stdout. ---- */

static const struct table_column columns[] = {
    {"file", TABLE_TEXT, 0}, {"bytes", TABLE_U64, 0}, {"rows", TABLE_U64, 0}, {"verdict", TABLE_TEXT, 0}};

/* The last column only where the table stands alone. */
static void put_files(struct table *t, const char *folder, const struct written *written, const char *verdict)
{
    char path[4096];
    for (size_t i = 0; i < countof(files); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        table_text(t, path);
        table_u64(t, written[i].bytes);
        if (files[i].write == write_html)
            table_none(t);
        else
            table_u64(t, written[i].rows);
        if (verdict)
            table_text(t, verdict);
        table_row(t);
    }
}

static void put_json(const struct onepage *page, const char *folder, const struct written *written)
{
    struct json j;
    struct table t;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "verdict", first_verdict_name(page->first.verdict));
    json_text(&j, "a", run_path(page->run[0]));
    json_text(&j, "b", run_path(page->run[1]));
    json_text(&j, "folder", folder);
    table_begin_within(&t, &j, "files", columns, countof(columns) - 1);
    put_files(&t, folder, written, NULL);
    table_end(&t);
    json_object(&j, "counts");
    json_u64(&j, "pairs", page->ladder.pairing.count);
    json_u64(&j, "divergences", page->first.count);
    json_u64(&j, "first_roots", first_count_roots(&page->first));
    json_u64(&j, "wedge_roots", page->ladder.root_count);
    json_u64(&j, "sites", page->row_count);
    json_u64(&j, "environment", page->environment.count);
    json_close(&j);
    json_close(&j);
    json_finish(&j);
}

static void tell(const struct onepage *page, enum table_form form, const char *folder, const struct written *written)
{
    struct table t;
    if (form == TABLE_AS_JSON) {
        put_json(page, folder, written);
    } else if (form == TABLE_AS_CSV) {
        table_begin(&t, form, stdout, columns, countof(columns));
        put_files(&t, folder, written, first_verdict_name(page->first.verdict));
        table_end(&t);
    } else {
        printf("%s/report.html: %s\n", folder, first_verdict_name(page->first.verdict));
    }
}

/* ---- The story. ---- */

static void tell_story(void *context, struct explain *x)
{
    explain_print(x, context);
}

/* The story of explain, tried too, as text. */
static bool add_story(struct onepage *page, const char *map, struct err *err)
{
    size_t size;
    struct pairing pairing;
    if (!pair_threads(&pairing, page->run[0], page->run[1], map, err))
        return false;
    FILE *out = open_memstream(&page->story, &size);
    CHECK(out, "out of memory");
    bool good = explain_runs(&pairing, page->run, true, tell_story, out, err);
    fclose(out);
    pair_finish(&pairing);
    return good;
}

int cmd_report(const struct cli *cli)
{
    struct err err;
    struct onepage page;
    struct written written[countof(files)] = {0};
    enum table_form form;
    const char *folder = cli_value(cli, "output");
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!folder) {
        err_set(&err, "-o DIR is needed: where the report is to be written");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct run *a = run_open(cli->operands[0], &err), *b = a ? run_open(cli->operands[1], &err) : NULL;
    bool is_mapped = b && pairs_map_is_good(cli, a, b, &err);
    bool is_made = is_mapped && onepage_make(&page, a, b, cli_value(cli, "map"), &err);
    const char *map = cli_value(cli, "map");
    bool ok =
        is_made && (!cli_has(cli, "explain") || add_story(&page, map, &err)) && write_all(&page, folder, written, &err);
    int code = ok ? first_exit_code(&page.first) : cli_fail(cli, b && !is_mapped ? EXIT_USAGE : EXIT_HOST_ERROR, &err);
    if (ok)
        tell(&page, form, folder, written);
    if (is_made) {
        free(page.story);
        onepage_free(&page);
    }
    run_close(b);
    run_close(a);
    return code;
}
