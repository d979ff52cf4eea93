/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep hypothesis: a ledger of what is thought to be the cause, with the facts for and against, kept in the
 * journal; diff and report show it. */
#include "diff/clock.h"
#include "diff/commands.h"
#include "diff/coverage.h"
#include "diff/hypothesis.h"
#include "diff/table.h"

#include <stdlib.h>

/* The event that an option cites; not given: *is_event false. */
static bool read_event(const struct cli *cli, const char *option, struct journal_reader *journal,
                       struct hypothesis_fact *fact, struct err *err)
{
    const char *text = cli_value(cli, option);
    struct event e;
    fact->is_event = text != NULL;
    if (!text)
        return true;
    if (!place_read_cite(text, &fact->thread, &fact->index) || !place_of_event(journal, fact->thread, fact->index, &e))
        return err_set(err, "--%s %s: expected THREAD@INDEX of an event in the journal", option, text);
    fact->seq = e.seq;
    fact->time = e.time;
    return true;
}

static bool check_text(const char *what, const char *text, size_t most, struct err *err)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if ((u8)text[i] < 0x20 || text[i] == 0x7F)
            return err_set(err, "a hypothesis's %s is one line of text", what);
    return (size && size < most) || err_set(err, "a hypothesis's %s has 1 to %zu bytes", what, most - 1);
}

/* What is to be written. */
struct change {
    struct hypothesis hypothesis;
    struct hypothesis_fact facts[2];
    u8 state;
};

/* Is the order of two events that of the run? A log's lines of two threads come in the order in which they were
 * written, so only what its clock tells apart. */
static bool tells_order(struct journal_reader *journal, const struct hypothesis_fact *x,
                        const struct hypothesis_fact *y)
{
    struct run_clock clock = clock_of(journal);
    u64 apart = x->time > y->time ? x->time - y->time : y->time - x->time;
    if (coverage_is_recording(journal) || x->thread == y->thread)
        return true;
    return clock.hz && apart && apart >= clock.quantum && (x->time < y->time) == (x->seq < y->seq);
}

/* What comes later is no cause: the ledger says so at once, where it is told which is later. */
static bool read_order(const struct cli *cli, struct journal_reader *journal, struct change *c, struct err *err)
{
    struct hypothesis_fact *cause = &c->facts[0], *effect = &c->facts[1];
    if (!cli_has(cli, "cause") && !cli_has(cli, "effect"))
        return true;
    if (!cli_has(cli, "cause") || !cli_has(cli, "effect"))
        return err_set(err, "--cause and --effect go together: which event is to have brought about which");
    if (!read_event(cli, "cause", journal, cause, err) || !read_event(cli, "effect", journal, effect, err))
        return false;
    if (cause->seq == effect->seq)
        return err_set(err, "--cause and --effect are one event");
    bool is_before = cause->seq < effect->seq;
    cause->sign = effect->sign = is_before ? '+' : '-';
    bool is_told = tells_order(journal, cause, effect);
    snprintf(cause->text, sizeof cause->text, "the cause %s %s the effect%s", is_told ? "comes" : "stands",
             is_before ? "before" : "after",
             is_told ? "" : " in the log, in another thread and not apart by its clock: which came first is not told");
    snprintf(effect->text, sizeof effect->text, "the effect");
    c->hypothesis.state = is_before || !is_told ? HYPOTHESIS_OPEN : HYPOTHESIS_REFUTED;
    c->hypothesis.facts = c->facts;
    c->hypothesis.fact_count = 2;
    return true;
}

static bool read_change(const struct cli *cli, struct journal_reader *journal, struct change *c, struct err *err)
{
    const char *what = cli->operands[0], *name = cli->operands[2];
    const char *text = cli->operand_count > 3 ? cli->operands[3] : NULL;
    if (!check_text("name", name, HYPOTHESIS_NAME, err) || (text && !check_text("text", text, HYPOTHESIS_TEXT, err)))
        return false;
    if (!strcmp(what, "close"))
        return hypothesis_read_state(text, &c->state) || err_set(err, "%s: expected confirmed, refuted or open", text);
    if (!strcmp(what, "add")) {
        snprintf(c->hypothesis.name, sizeof c->hypothesis.name, "%s", name);
        snprintf(c->hypothesis.text, sizeof c->hypothesis.text, "%s", text);
        return read_order(cli, journal, c, err);
    }
    c->facts[0].sign = strcmp(what, "for") ? '-' : '+';
    snprintf(c->facts[0].text, sizeof c->facts[0].text, "%s", text ? text : "");
    return read_event(cli, "event", journal, &c->facts[0], err);
}

static bool store(const struct cli *cli, const struct change *c, struct err *err)
{
    const char *what = cli->operands[0], *path = cli->operands[1], *name = cli->operands[2];
    bool found = false, ok;
    if (!strcmp(what, "add"))
        return hypothesis_add(path, &c->hypothesis, err);
    if (!strcmp(what, "close"))
        ok = hypothesis_set(path, name, c->state, &found, err);
    else if (!strcmp(what, "remove"))
        ok = hypothesis_remove(path, name, &found, err);
    else
        ok = hypothesis_note(path, name, &c->facts[0], &found, err);
    return ok && (found || err_set(err, "%s has no hypothesis %s", path, name));
}

/* ---- The list. ---- */

static const struct table_column columns[] = {{"name", TABLE_TEXT, 0}, {"state", TABLE_TEXT, 0},
                                              {"what", TABLE_TEXT, 0}, {"text", TABLE_TEXT, 0},
                                              {"time", TABLE_TIME, 0}, {"at", TABLE_CITE, 0}};

static void put_row(struct table *t, const struct hypothesis *h, const struct hypothesis_fact *f,
                    const struct run_clock *clock, const char *path)
{
    table_text(t, h->name);
    table_text(t, hypothesis_state_name(h->state));
    table_text(t, !f ? "hypothesis" : f->sign == '+' ? "for" : "against");
    table_text(t, f ? f->text : h->text);
    if (f && f->is_event) {
        table_time(t, clock, f->time);
        table_cite(t, NULL, path, f->thread, f->index);
    } else {
        table_none(t);
        table_none(t);
    }
    table_row(t);
}

static void list(struct journal_reader *journal, enum table_form form, const char *path)
{
    struct table t;
    struct hypothesis *all;
    u32 count = hypothesis_all(journal, &all);
    struct run_clock clock = clock_of(journal);
    table_begin(&t, form, stdout, columns, countof(columns));
    for (u32 i = 0; i < count; i++) {
        put_row(&t, &all[i], NULL, &clock, path);
        for (u32 n = 0; n < all[i].fact_count; n++)
            put_row(&t, &all[i], &all[i].facts[n], &clock, path);
    }
    table_end(&t);
    hypothesis_free(all, count);
}

/* How many operands each action has, and which events it takes. */
static bool check_action(const struct cli *cli, struct err *err)
{
    static const struct {
        const char *name;
        u32 operands;
        bool takes_order, takes_event;
    } actions[] = {{"add", 4, true, false},    {"for", 4, false, true},   {"against", 4, false, true},
                   {"close", 4, false, false}, {"list", 2, false, false}, {"remove", 3, false, false}};
    bool has_order = cli_has(cli, "cause") || cli_has(cli, "effect");
    for (size_t i = 0; i < countof(actions); i++) {
        if (strcmp(actions[i].name, cli->operands[0]) != 0 || (u32)cli->operand_count != actions[i].operands)
            continue;
        if (has_order && !actions[i].takes_order)
            return err_set(err, "--cause and --effect go with add");
        return actions[i].takes_event || !cli_has(cli, "event") || err_set(err, "--event goes with for and against");
    }
    return err_set(err, "expected add RUN.lsj NAME TEXT, for or against RUN.lsj NAME FACT, close RUN.lsj NAME "
                        "confirmed|refuted|open, remove RUN.lsj NAME, or list RUN.lsj");
}

int cmd_hypothesis(const struct cli *cli)
{
    struct err err;
    struct change change = {0};
    enum table_form form;
    bool is_list = !strcmp(cli->operands[0], "list"), ok = true;
    if (!check_action(cli, &err) || !table_form(&form, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    struct journal_reader *journal = journal_open(cli->operands[1], &err); /* so that nothing else is written to */
    if (!journal)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (is_list)
        list(journal, form, cli->operands[1]);
    else
        ok = read_change(cli, journal, &change, &err);
    journal_close(journal);
    if (!ok)
        return cli_fail(cli, EXIT_USAGE, &err);
    return is_list || store(cli, &change, &err) ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
