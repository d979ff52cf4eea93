/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep anchor: names for places of a run, kept in the journal; --from and --to of every verb take them. */
#include "diff/anchor.h"
#include "diff/commands.h"
#include "diff/query.h"

#include <stdlib.h>

/* A name that reads as a time or as an event would never be found. */
static bool check_name(const char *name, struct err *err)
{
    size_t size = strlen(name);
    bool ok = size && size < ANCHOR_NAME_SIZE && !(name[0] >= '0' && name[0] <= '9') && !strchr(name, '@') &&
              strncmp(name, "event:", 6) != 0;
    return ok || err_set(err, "%s: an anchor's name has at most %d bytes, does not begin with a digit and has no @",
                         name, ANCHOR_NAME_SIZE - 1);
}

static bool set_event(struct anchor *anchor, const struct event *e)
{
    anchor->is_event = true;
    anchor->thread = e->thread;
    anchor->index = e->index;
    anchor->seq = e->seq;
    anchor->time = e->time;
    return true;
}

/* "LR", or an op's pattern, or "OP@LR", where the first call of the site is. */
static bool find_site(struct anchor *anchor, struct journal_reader *journal, const char *text, u64 nth, struct err *err)
{
    const char *at = strchr(text, '@');
    char op[128] = "";
    u64 lr = 0;
    const struct event *e;
    struct err damage;
    bool by_lr = cli_read_u64(at ? at + 1 : text, &lr), found = false;
    if (at && !by_lr)
        return err_set(err, "--site %s: expected LR, OP or OP@LR", text);
    if (at || !by_lr)
        snprintf(op, sizeof op, "%.*s", at ? (int)(at - text) : 127, text);
    struct journal_cursor *c = journal_cursor_all(journal, 0, &damage);
    struct select select = {.op = *op ? op : NULL, .by_lr = by_lr, .lr = (u32)lr};
    int got;
    while (!found && (got = journal_cursor_next(c, &e, &damage)))
        if (got > 0 && e->kind == EVENT_call && select_wants_site(&select, journal, e->kind, e->op, e->lr) &&
            nth-- == 0)
            found = set_event(anchor, e);
    journal_cursor_close(c);
    return found || err_set(err, "--site %s: no such call in the journal", text);
}

static bool event_at(struct journal_reader *journal, u64 seq, struct event *event)
{
    struct err err;
    const struct event *e;
    struct journal_cursor *c = journal_cursor_all(journal, seq, &err);
    bool found = journal_cursor_next(c, &e, &err) == 1 && e->seq == seq;
    if (found)
        *event = *e;
    journal_cursor_close(c);
    return found;
}

static bool find_place(struct anchor *anchor, struct journal_reader *journal, const struct cli *cli, struct err *err)
{
    const char *site = cli_value(cli, "site"), *event = cli_value(cli, "event"), *at = cli_value(cli, "at");
    struct place place;
    struct event e;
    u32 thread, index;
    u64 nth = 0;
    if (!!site + !!event + !!at != 1)
        return err_set(err, "anchor add: one of --site, --event and --at says where");
    if (!cli_u64(cli, "nth", &nth, err))
        return false;
    const char *option = site ? "site" : event ? "event" : "at", *given = site ? site : event ? event : at;
    snprintf(anchor->what, sizeof anchor->what, "--%s %.200s", option, given);
    if (site)
        return find_site(anchor, journal, site, nth, err);
    if (event && (!place_read_cite(event, &thread, &index) || !place_of_event(journal, thread, index, &e)))
        return err_set(err, "--event %s: expected THREAD@INDEX of an event in the journal", event);
    if (event)
        return set_event(anchor, &e);
    if (!place_read(&place, journal, at, err))
        return false;
    if (place.by_seq && event_at(journal, place.seq, &e))
        return set_event(anchor, &e);
    if (!strncmp(at, "event:", 6))
        return err_set(err, "--at %s: the journal has no such event", at);
    anchor->seq = place.by_seq ? place.seq : UINT64_MAX;
    anchor->time = place.time;
    return true;
}

static int add(const struct cli *cli)
{
    struct err err;
    struct anchor anchor = {.seq = UINT64_MAX};
    const char *name = cli->operands[2];
    if (!check_name(name, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    snprintf(anchor.name, sizeof anchor.name, "%s", name);
    struct journal_reader *journal = journal_open(cli->operands[1], &err);
    if (!journal)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    bool found = find_place(&anchor, journal, cli, &err);
    journal_close(journal);
    if (!found)
        return cli_fail(cli, EXIT_USAGE, &err);
    return anchor_store(cli->operands[1], &anchor, &err) ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}

static int drop(const struct cli *cli)
{
    struct err err;
    bool removed;
    struct journal_reader *journal = journal_open(cli->operands[1], &err); /* so that nothing else is written to */
    if (!journal)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    journal_close(journal);
    if (!anchor_remove(cli->operands[1], cli->operands[2], &removed, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (!removed)
        err_set(&err, "%s has no anchor %s", cli->operands[1], cli->operands[2]);
    return removed ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}

static int list(const struct cli *cli)
{
    static const struct table_column columns[] = {{"name", TABLE_TEXT, 0},
                                                  {"time", TABLE_TIME, 0},
                                                  {"at", TABLE_CITE, 0},
                                                  {"seq", TABLE_U64, 0},
                                                  {"what", TABLE_TEXT, 0}};
    struct err err;
    struct table t;
    enum table_form form;
    struct anchor *anchors;
    if (!table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct journal_reader *journal = journal_open(cli->operands[1], &err);
    if (!journal)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    struct run_clock clock = clock_of(journal);
    u32 count = anchor_all(journal, &anchors);
    table_begin(&t, form, stdout, columns, countof(columns));
    for (u32 i = 0; i < count; i++) {
        table_text(&t, anchors[i].name);
        table_time(&t, &clock, anchors[i].time);
        if (anchors[i].is_event)
            table_cite(&t, NULL, cli->operands[1], anchors[i].thread, anchors[i].index);
        else
            table_none(&t);
        if (anchors[i].seq != UINT64_MAX)
            table_u64(&t, anchors[i].seq);
        else
            table_none(&t);
        table_text(&t, anchors[i].what);
        table_row(&t);
    }
    table_end(&t);
    free(anchors);
    journal_close(journal);
    return EXIT_OK;
}

int cmd_anchor(const struct cli *cli)
{
    struct err err;
    const char *what = cli->operands[0];
    if (!strcmp(what, "list") && cli->operand_count == 2)
        return list(cli);
    if (!strcmp(what, "add") && cli->operand_count == 3)
        return add(cli);
    if (!strcmp(what, "remove") && cli->operand_count == 3)
        return drop(cli);
    err_set(&err, "expected add RUN.lsj NAME, list RUN.lsj or remove RUN.lsj NAME");
    return cli_fail(cli, EXIT_USAGE, &err);
}
