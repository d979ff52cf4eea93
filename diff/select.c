/* SPDX-License-Identifier: BSD-3-Clause
 * Which events the user wants to see (diff/select.h). */
#include "diff/select.h"
#include "schema/export.h"

bool select_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* A number is an id; hex is a lineage, or an id where no lineage fits. */
static bool read_thread(struct select *select, const char *text, const struct survey *survey, struct err *err)
{
    char hex[32];
    u64 number;
    const struct survey_thread *t = NULL;
    bool is_number = cli_read_u64(text, &number);
    snprintf(hex, sizeof hex, "0x%s", text);
    if (is_number && !strncmp(text, "0x", 2))
        t = survey_lineage(survey, number);
    else if (strlen(text) == 16 && cli_read_u64(hex, &number))
        t = survey_lineage(survey, number);
    if (!t && is_number && number <= UINT32_MAX)
        t = survey_thread(survey, (u32)number);
    if (!t)
        return err_set(err, "--thread %s: the journal has no such thread", text);
    select->filter.by_thread = true;
    select->filter.thread = t->thread;
    return true;
}

bool select_read(struct select *select, const struct cli *cli, const struct survey *survey, struct err *err)
{
    u64 lr = 0, to = UINT64_MAX;
    const char *thread = cli_value(cli, "thread");
    *select = (struct select){.filter = {.last_time = UINT64_MAX, .last_seq = UINT64_MAX}};
    if ((thread && !read_thread(select, thread, survey, err)) || !cli_u64(cli, "lr", &lr, err) ||
        !cli_ticks(cli, "from", &select->filter.first_time, err) || !cli_ticks(cli, "to", &to, err))
        return false;
    if (lr > UINT32_MAX)
        return err_set(err, "--lr %s: expected an address of 32 bits", cli_value(cli, "lr"));
    if (to == 0)
        return err_set(err, "--to 0: no event is before the beginning");
    select->filter.last_time = to == UINT64_MAX ? to : to - 1;
    select->op = cli_value(cli, "op");
    select->by_lr = cli_has(cli, "lr");
    select->lr = (u32)lr;
    return true;
}

bool select_wants(const struct select *select, const struct event *event)
{
    char buffer[64];
    if (select->by_lr && event->lr != select->lr)
        return false;
    if (!select->op)
        return true;
    const struct event_type *type = event_type(event->kind);
    return (type && select_matches(select->op, type->name)) ||
           (event->op && select_matches(select->op, export_op_name(event->op, buffer, sizeof buffer)));
}
