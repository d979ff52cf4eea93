/* SPDX-License-Identifier: BSD-3-Clause
 * Opening two journals (diff/pairs_open.h). */
#include "diff/pairs_open.h"
#include "diff/select.h"
#include "diff/symbols.h"

int pairs_open(struct pairs *p, const struct cli *cli)
{
    struct err err;
    *p = (struct pairs){.cli = cli};
    if (!table_form(&p->form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    p->a = run_open(cli->operands[0], &err);
    p->b = p->a ? run_open(cli->operands[1], &err) : NULL;
    if (!p->b)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (!pair_threads(&p->threads, p->a, p->b, cli_value(cli, "map"), &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    return 0;
}

void pairs_close(struct pairs *p)
{
    pair_finish(&p->threads);
    run_close(p->a);
    run_close(p->b);
}

bool pairs_are_whole(const struct pairs *p, struct err *err)
{
    return run_is_whole(p->a, err) && run_is_whole(p->b, err);
}

bool pairs_check_options(const struct cli *cli, const char *const options[], size_t count, const char *why,
                         struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (cli_has(cli, options[i]))
            return err_set(err, "--%s: with two journals, %s", options[i], why);
    return true;
}

static bool read_id(struct run *run, const char *text, const char *option, u32 *place, struct err *err)
{
    struct survey survey;
    struct err why;
    u32 thread;
    survey_make(&survey, run_journal(run));
    bool is_there = select_read_thread(text, &survey, &thread, &why);
    survey_free(&survey);
    *place = is_there ? run_thread_place(run, thread) : PAIR_NOBODY;
    if (*place != PAIR_NOBODY)
        return true;
    return strncmp(text, "entry:", 6) ? err_set(err, "--thread %s: %s has no thread %s", option, run_path(run), text)
                                      : err_set(err, "%s, in %s", why.text, run_path(run));
}

/* What parts A:B, or NULL; each may be entry:ADDRESS. */
static const char *find_colon(const char *text)
{
    return text ? strchr(text + (strncmp(text, "entry:", 6) ? 0 : 6), ':') : NULL;
}

bool pairs_read_threads(const struct pairs *p, u32 *a, u32 *b, struct err *err)
{
    const char *text = cli_value(p->cli, "thread"), *colon = find_colon(text);
    char first[64] = "";
    *a = *b = PAIR_NOBODY;
    if (!text)
        return true;
    size_t size = colon ? (size_t)(colon - text) : strlen(text);
    memcpy(first, text, size < sizeof first - 1 ? size : sizeof first - 1);
    if (!read_id(p->a, first, text, a, err))
        return false;
    if (colon)
        return read_id(p->b, colon + 1, text, b, err);
    *b = p->threads.pairs[p->threads.of_a[*a]].b;
    return *b != PAIR_NOBODY ||
           err_set(err, "--thread %s: it has no counterpart in %s; name one as %s:ID", text, run_path(p->b), text);
}

void pairs_put_thread(struct table *t, struct run *run, u32 thread)
{
    if (thread == PAIR_NOBODY)
        table_none(t);
    else
        table_u64(t, run_thread(run, thread)->thread);
}

void pairs_put_lr(struct table *t, const struct pairs *p, u32 lr)
{
    char name[SYMBOLS_TEXT];
    const char *found = NULL;
    table_hex_known(t, lr);
    for (u32 side = 0; side < 2 && lr && !found; side++)
        found = symbols_find_return_name(symbols_open(run_journal(side ? p->b : p->a)), lr, name, sizeof name);
    table_text(t, found);
}

void pairs_put_cite(struct table *t, const char *label, struct run *run, u32 thread, u64 position)
{
    struct run_span span;
    struct err err;
    if (run_read(run, thread, position, &span, &err) && span.count)
        table_cite(t, label, run_path(run), run_thread(run, thread)->thread, span.index[0]);
    else
        table_none(t);
}

bool pairs_map_is_good(const struct cli *cli, struct run *a, struct run *b, struct err *err)
{
    struct pairing pairing;
    if (!cli_has(cli, "map"))
        return true;
    if (!pair_threads(&pairing, a, b, cli_value(cli, "map"), err))
        return false;
    pair_finish(&pairing);
    return true;
}
