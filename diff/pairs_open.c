/* SPDX-License-Identifier: BSD-3-Clause
 * Opening two journals (diff/pairs_open.h). */
#include "diff/pairs_open.h"

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

void pairs_put_cite(struct table *t, const char *label, struct run *run, u32 thread, u64 position)
{
    struct run_span span;
    struct err err;
    if (run_read(run, thread, position, &span, &err) && span.count)
        table_cite(t, label, run_path(run), run_thread(run, thread)->thread, span.index[0]);
    else
        table_none(t);
}
