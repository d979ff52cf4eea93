/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep cites: a text that cites two journals, held against them again. */
#include "diff/commands.h"
#include "diff/run.h"
#include "diff/table.h"
#include "schema/export.h"

#include <errno.h>
#include <stdlib.h>

/* A cite, and what the text says of it on the same line, behind the cite before. */
struct cite {
    u32 line, side, thread, index;
    u32 op; /* the last export that is named there; 0: none */
    u32 lr; /* behind the last "lr"; 0: none */
};

struct cites {
    struct run *run[2];
    struct table table;
    u64 wrong, count;
};

static const struct table_column columns[] = {{"line", TABLE_U64, 0},    {"cite", TABLE_TEXT, 0},
                                              {"status", TABLE_TEXT, 0}, {"says", TABLE_TEXT, 0},
                                              {"is", TABLE_TEXT, 0},     {"at", TABLE_CITE, 0}};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Digits; what no thread or index can be is the greatest. The end, or NULL: there are none. */
static const char *read_number(const char *at, u32 *value)
{
    u64 number = 0;
    if (!is_digit(*at))
        return NULL;
    for (; is_digit(*at); at++)
        number = number > UINT32_MAX ? number : number * 10 + (u64)(*at - '0');
    *value = number > UINT32_MAX ? UINT32_MAX : (u32)number;
    return at;
}

/* "A:7@26", with nothing of a longer word around it; the length, or 0. */
static size_t read_cite(const char *line, const char *at, struct cite *cite)
{
    bool is_within = at > line && (is_letter(at[-1]) || at[-1] == '.' || at[-1] == '\\' || at[-1] == '/');
    if (is_within || (*at != 'A' && *at != 'B') || at[1] != ':')
        return 0;
    const char *end = read_number(at + 2, &cite->thread);
    end = end && *end == '@' ? read_number(end + 1, &cite->index) : NULL;
    if (!end || is_letter(*end))
        return 0;
    cite->side = *at == 'B';
    return (size_t)(end - at);
}

static size_t read_word(const char *at, char *word, size_t capacity)
{
    size_t size = 0;
    while (is_letter(at[size]) || at[size] == '_')
        size++;
    snprintf(word, capacity, "%.*s", (int)(size < capacity ? size : capacity - 1), at);
    return size ? size : 1;
}

static void judge(struct cites *c, const struct cite *cite)
{
    char text[32], says[160] = "", is[160] = "";
    struct run *run = c->run[cite->side];
    u32 place = run_thread_place(run, cite->thread);
    u64 position = place == UINT32_MAX ? 0 : run_position_at_index(run, place, cite->index);
    struct event e;
    struct err err;
    bool is_there = place != UINT32_MAX && position < run_thread(run, place)->events &&
                    run_event(run, place, position, &e, &err) && e.index == cite->index;
    bool is_damaged = !is_there && !run_is_whole(run, &err); /* it may stand in what cannot be read */
    bool has_op = is_there && e.op;                          /* else it is no call: a thread's end */
    bool other = has_op && ((cite->op && e.op != cite->op) || (cite->lr && e.lr != cite->lr));
    size_t at = 0;
    if (cite->op)
        at = (size_t)snprintf(says, sizeof says, "%s ", run_op_name(run, cite->op));
    if (cite->lr)
        snprintf(says + at, sizeof says - at, "lr 0x%08X", cite->lr);
    if (has_op)
        snprintf(is, sizeof is, "%s lr 0x%08X", run_op_name(run, e.op), e.lr);
    else if (is_there)
        snprintf(is, sizeof is, "%s", event_type(e.kind) ? event_type(e.kind)->name : "?");
    snprintf(text, sizeof text, "%c:%u@%u", 'A' + (int)cite->side, cite->thread, cite->index);
    table_u64(&c->table, cite->line);
    table_text(&c->table, text);
    table_text(&c->table, is_damaged        ? "DAMAGED"
                          : !is_there       ? "MISSING"
                          : other           ? "OTHER"
                          : *says && has_op ? "HOLDS"
                                            : "THERE");
    table_text(&c->table, *says ? says : NULL);
    table_text(&c->table, *is ? is : NULL);
    if (is_there)
        table_cite(&c->table, cite->side ? "B" : "A", run_path(run), cite->thread, cite->index);
    else
        table_none(&c->table);
    table_row(&c->table);
    c->wrong += !is_there || other;
    c->count++;
}

static void read_line(struct cites *c, const char *line, u32 number)
{
    struct cite cite = {.line = number};
    char word[96];
    bool is_lr = false;
    for (const char *at = line; *at;) {
        size_t length = read_cite(line, at, &cite);
        if (length) {
            judge(c, &cite);
            cite = (struct cite){.line = number};
            at += length;
            continue;
        }
        length = read_word(at, word, sizeof word);
        const struct export *export = length > 2 ? export_by_name(word) : NULL;
        u64 lr;
        if (export)
            cite.op = export->op;
        if (is_lr && length == 10 && cli_read_u64(word, &lr))
            cite.lr = (u32)lr;
        is_lr = !strcmp(word, "lr") || (is_lr && (*at == ' ' || *at == '='));
        at += length;
    }
}

static int compare(struct cites *c, const struct cli *cli, FILE *in, enum table_form form)
{
    struct err err;
    char *line = NULL;
    size_t capacity = 0;
    u32 number = 0;
    table_begin(&c->table, form, stdout, columns, countof(columns));
    while (getline(&line, &capacity, in) >= 0)
        read_line(c, line, ++number);
    bool is_read = !ferror(in) || err_set(&err, "%s: %s", cli->operands[2], strerror(errno));
    table_end(&c->table);
    free(line);
    if (!is_read || !run_is_whole(c->run[0], &err) || !run_is_whole(c->run[1], &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (form == TABLE_AS_TEXT)
        printf("%llu cites, %llu do not hold\n", (unsigned long long)c->count, (unsigned long long)c->wrong);
    return c->wrong ? EXIT_HOST_ERROR : c->count ? EXIT_OK : EXIT_UNCERTAIN;
}

int cmd_cites(const struct cli *cli)
{
    struct err err;
    struct cites c = {0};
    enum table_form form;
    FILE *in = NULL;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    c.run[0] = run_open(cli->operands[0], &err);
    c.run[1] = c.run[0] ? run_open(cli->operands[1], &err) : NULL;
    if (c.run[1] && !(in = fopen(cli->operands[2], "r")))
        err_set(&err, "%s: %s", cli->operands[2], strerror(errno));
    int code = in ? compare(&c, cli, in, form) : cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (in)
        fclose(in);
    run_close(c.run[1]);
    run_close(c.run[0]);
    return code;
}
