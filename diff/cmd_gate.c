/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep gate: for CI. Fails when two runs' verdict, first divergence or roots are other than the file says. */
#include "diff/attach.h"
#include "diff/commands.h"
#include "diff/onepage.h"
#include "diff/pairs_open.h"
#include "diff/table.h"

#include <errno.h>
#include <stdlib.h>

/* What is compared, a line each: names that are the same in every run of a title, no numbers of one run. */
static void put_divergence(const struct onepage *page, FILE *out)
{
    const struct first_divergence *d = &page->first.list[0];
    fprintf(out, "first %s entry 0x%08X", first_class_name(d->class),
            pair_entry(&page->ladder.pairing, &page->ladder.pairing.pairs[d->pair]));
    for (u32 side = 0; side < 2; side++) {
        const struct first_side *s = &d->side[side];
        if (s->has_next)
            fprintf(out, " %s %s 0x%08X", side ? "B" : "A", run_op_name(page->run[side], s->next.call.op),
                    s->next.call.lr);
        else
            fprintf(out, " %s ends", side ? "B" : "A");
    }
    fputc('\n', out);
}

static void put_root(const struct ladder *l, u32 rung, FILE *out)
{
    const struct ladder_rung *r = &l->rungs[rung];
    const struct ladder_need *n = ladder_need(l, r);
    struct run *run = r->kind == LADDER_CREATION ? l->a : l->b;
    fprintf(out, "root entry 0x%08X %s", run_thread(run, r->place)->entry, n ? ladder_state_name(n->state) : "unknown");
    if (n && n->object != (u32)LADDER_NONE)
        fprintf(out, " %s", object_type_name((enum object_type)l->signals_b->objects.rows[n->object].type));
    if (n && n->has_signal)
        fprintf(out, " expected %s 0x%08X", n->signal.op ? run_op_name(l->a, n->signal.op) : "-", n->signal.lr);
    fputc('\n', out);
}

static char *summarise(const struct onepage *page)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    CHECK(out, "out of memory");
    fprintf(out, "verdict %s\n", first_verdict_name(page->first.verdict));
    if (page->first.verdict != FIRST_SAME && page->first.count)
        put_divergence(page, out);
    for (u32 i = 0; i < page->ladder.root_count; i++)
        put_root(&page->ladder, page->ladder.roots[i], out);
    fclose(out);
    return text;
}

static bool is_verdict(const char *word)
{
    for (u8 verdict = FIRST_SAME; verdict <= FIRST_UNCERTAIN; verdict++)
        if (!strcmp(first_verdict_name(verdict), word))
            return true;
    return false;
}

/* Has the line the form that summarise gives it? */
static bool is_line(const char *at, u32 line)
{
    char word[16] = "";
    int length = 0;
    if (line == 1)
        return sscanf(at, "verdict %15[a-z]%n", word, &length) == 1 && at[length] == '\n' && is_verdict(word);
    sscanf(at, "root entry 0x%*8[0-9A-F] %n", &length);
    if (line == 2 && !length)
        sscanf(at, "first %*[A-Z-] entry 0x%*8[0-9A-F] A %n", &length);
    return length && strchr(at, '\n');
}

/* NULL: err; a file that nothing can be held against is not one that says otherwise. */
static char *read_file(const char *path, struct err *err)
{
    struct err why;
    char *text;
    size_t size;
    if (!attach_load(path, &text, &size, &why)) {
        err_set(err, "%s (--write makes it)", why.text);
        return NULL;
    }
    const char *at = text;
    u32 line = 1;
    for (; is_line(at, line); line++)
        at = strchr(at, '\n') + 1;
    if (line > 1 && at == text + size)
        return text;
    err_set(err, "%s: line %u is neither a verdict, a first divergence nor a root in its place, as --write puts them",
            path, line);
    free(text);
    return NULL;
}

static int write_file(const struct cli *cli, const char *path, const char *text)
{
    struct err err;
    FILE *out = fopen(path, "wb");
    bool ok = out && fputs(text, out) >= 0;
    ok = out && fclose(out) == 0 && ok;
    if (ok)
        return EXIT_OK;
    err_set(&err, "%s: cannot be written: %s", path, strerror(errno));
    return cli_fail(cli, EXIT_HOST_ERROR, &err);
}

/* Lines of one that the other has not, or has too: as rows of a table, or (no table) as lines with a mark before. */
static void put_lines(struct table *t, const char *text, const char *other, const char *mark, bool both)
{
    for (const char *p = text; *p;) {
        size_t length = strcspn(p, "\n");
        bool is_there = false;
        for (const char *q = other; *q && !is_there;) {
            size_t n = strcspn(q, "\n");
            is_there = n == length && !memcmp(p, q, n);
            q += n + (q[n] == '\n');
        }
        if (is_there == both && !t)
            printf("%s %.*s\n", mark, (int)length, p);
        if (is_there == both && t) {
            table_text(t, mark);
            table_bytes(t, p, length);
            table_row(t);
        }
        p += length + (p[length] == '\n');
    }
}

static void put_csv(const char *want, const char *got)
{
    static const struct table_column columns[] = {{"status", TABLE_TEXT, 0}, {"line", TABLE_TEXT, 0}};
    struct table t;
    table_begin(&t, TABLE_AS_CSV, stdout, columns, countof(columns));
    put_lines(&t, want, got, "MATCH", true);
    put_lines(&t, want, got, "EXPECTED", false);
    put_lines(&t, got, want, "FOUND", false);
    table_end(&t);
}

static void put_json(bool is_same, const char *want, const char *got)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_bool(&j, "as_expected", is_same);
    json_text(&j, "expected", want);
    json_text(&j, "found", got);
    json_close(&j);
    json_finish(&j);
}

static int judge(const struct cli *cli, const char *want, const char *got)
{
    bool is_same = !strcmp(want, got);
    if (cli_has(cli, "json")) {
        put_json(is_same, want, got);
    } else if (cli_has(cli, "csv")) {
        put_csv(want, got);
    } else {
        puts(is_same ? "as expected" : "not as expected (- expected, + found):");
        put_lines(NULL, want, got, "-", false);
        put_lines(NULL, got, want, "+", false);
    }
    return is_same ? EXIT_OK : EXIT_HOST_ERROR;
}

/* want: NULL: what is found is to be written. */
static int compare(const struct cli *cli, const char *want)
{
    struct err err;
    struct onepage page;
    struct run *a = run_open(cli->operands[0], &err), *b = a ? run_open(cli->operands[1], &err) : NULL;
    bool is_mapped = b && pairs_map_is_good(cli, a, b, &err);
    int code = b && !is_mapped ? EXIT_USAGE : EXIT_HOST_ERROR;
    if (is_mapped && onepage_make(&page, a, b, cli_value(cli, "map"), &err)) {
        char *got = summarise(&page);
        code = want ? judge(cli, want, got) : write_file(cli, cli_value(cli, "expect"), got);
        free(got);
        onepage_free(&page);
    } else {
        code = cli_fail(cli, code, &err);
    }
    run_close(b);
    run_close(a);
    return code;
}

int cmd_gate(const struct cli *cli)
{
    struct err err;
    enum table_form form;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    const char *path = cli_value(cli, "expect");
    if (!path) {
        err_set(&err, "--expect FILE is needed: what the runs are held against");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    if (cli_has(cli, "write"))
        return compare(cli, NULL);
    char *want = read_file(path, &err);
    int code = want ? compare(cli, want) : cli_fail(cli, EXIT_USAGE, &err);
    free(want);
    return code;
}
