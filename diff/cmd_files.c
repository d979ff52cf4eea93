/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep files: what was done with each path, and what came of it. */
#include "diff/commands.h"
#include "diff/files.h"
#include "diff/pairs.h"
#include "diff/query.h"
#include "schema/status.h"

static const struct table_column columns[] = {
    {"path", TABLE_TEXT, 0},  {"opens", TABLE_U64, 0},      {"queries", TABLE_U64, 0},       {"reads", TABLE_U64, 0},
    {"writes", TABLE_U64, 0}, {"others", TABLE_U64, 0},     {"failures", TABLE_U64, 0},      {"status", TABLE_TEXT, 0},
    {"size", TABLE_U64, 0},   {"bytes_read", TABLE_U64, 0}, {"bytes_written", TABLE_U64, 0}, {"first", TABLE_TIME, 0},
    {"last", TABLE_TIME, 0},  {"first_at", TABLE_CITE, 0},
};

static void put_path(struct query *q, struct table *t, u32 id)
{
    size_t size;
    const char *path = journal_string(q->journal, id, &size);
    table_bytes(t, path, size);
}

static void put_status(struct table *t, bool has, u32 status)
{
    char text[16];
    snprintf(text, sizeof text, "0x%08X", status);
    table_text(t, !has ? NULL : status_name(status) ? status_name(status) : text);
}

static void put_file(struct query *q, struct table *t, const struct files *files, const struct file_row *row)
{
    const struct file_use *first = &files->uses[row->first_use];
    put_path(q, t, row->path);
    table_u64(t, row->acts[FILE_OPEN]);
    table_u64(t, row->acts[FILE_QUERY]);
    table_u64(t, row->acts[FILE_READ]);
    table_u64(t, row->acts[FILE_WRITE]);
    table_u64(t, row->acts[FILE_DELETE] + row->acts[FILE_OTHER]);
    table_u64(t, row->failures);
    put_status(t, row->has_status, row->last_status);
    if (row->has_size)
        table_u64(t, row->size);
    else
        table_none(t);
    table_u64(t, row->bytes_read);
    table_u64(t, row->bytes_written);
    table_time(t, q->clock, row->first_time);
    table_time(t, q->clock, row->last_time);
    query_put_cite(q, t, first->place, first->position);
    table_row(t);
}

static const struct table_column use_columns[] = {
    {"at", TABLE_CITE, 0},     {"time", TABLE_TIME, 0},  {"thread", TABLE_U64, 0}, {"path", TABLE_TEXT, 0},
    {"act", TABLE_TEXT, 0},    {"op", TABLE_TEXT, 0},    {"lr", TABLE_HEX, 8},     {"function", TABLE_TEXT, 0},
    {"status", TABLE_TEXT, 0}, {"handle", TABLE_HEX, 8}, {"length", TABLE_U64, 0},
};

static void put_use(struct query *q, struct table *t, const struct file_use *use)
{
    query_put_cite(q, t, use->place, use->position);
    table_time(t, q->clock, use->time);
    query_put_thread(q, t, use->place);
    put_path(q, t, use->name);
    table_text(t, file_act_name(use->act));
    query_put_op(q, t, use->op);
    query_put_lr(q, t, use->lr);
    put_status(t, use->has_status, use->status);
    if (use->handle)
        table_hex(t, use->handle);
    else
        table_none(t);
    if (use->has_length)
        table_u64(t, use->length);
    else
        table_none(t);
    table_row(t);
}

static bool is_wanted(struct query *q, const struct file_row *row)
{
    size_t size;
    const char *pattern = cli_value(q->cli, "path");
    return !pattern || file_path_matches(pattern, journal_string(q->journal, row->path, &size));
}

static bool is_wanted_use(struct query *q, const struct file_use *use)
{
    return window_holds(&q->window, use->place, use->time, use->seq) &&
           select_wants_site(&q->select, q->journal, EVENT_call, use->op, use->lr);
}

static void print_uses(struct query *q, const struct files *files)
{
    struct table t;
    table_begin(&t, q->form, stdout, use_columns, countof(use_columns));
    for (u32 i = 0; i < files->use_count && t.rows < q->limit; i++)
        if (is_wanted(q, &files->rows[files->uses[i].path]) && is_wanted_use(q, &files->uses[i]))
            put_use(q, &t, &files->uses[i]);
    table_end(&t);
}

/* Paths that were used in the window; what is counted is all of the run. */
static void print_files(struct query *q, const struct files *files)
{
    struct table t;
    table_begin(&t, q->form, stdout, columns, countof(columns));
    for (u32 i = 0; i < files->count && t.rows < q->limit; i++) {
        const struct file_row *row = &files->rows[i];
        bool used = false;
        for (u32 k = 0; k < row->use_count && !used; k++)
            used = is_wanted_use(q, &files->uses[row->first_use + k]);
        if (used && is_wanted(q, row))
            put_file(q, &t, files, row);
    }
    table_end(&t);
}

int cmd_files(const struct cli *cli)
{
    struct query q;
    struct files files = {0};
    struct err err;
    if (cli->operand_count == 2)
        return pairs_files(cli);
    int code = query_open(&q, cli);
    code = code ? code : query_objects(&q);
    if (!code && !files_make(&files, q.run, &q.objects, &err))
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (!code && cli_has(cli, "uses"))
        print_uses(&q, &files);
    else if (!code)
        print_files(&q, &files);
    files_free(&files);
    query_close(&q);
    return code;
}
