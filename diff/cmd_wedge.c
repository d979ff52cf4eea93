/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep wedge: who waits for whom at the end of a run, and by a good run who should have woken whom. */
#include "diff/commands.h"
#include "diff/ladder_graph.h"
#include "diff/pairs_open.h"
#include "diff/symbols.h"
#include "diff/table.h"
#include "diff/wedge_rebuild.h"
#include "replay/journal.h"
#include "replay/wedge.h"
#include "schema/export.h"

#include <stdlib.h>

static void put_op(struct json *j, const char *key, u32 op)
{
    char buffer[64];
    json_text(j, key, op ? export_op_name(op, buffer, sizeof buffer) : NULL);
}

/* An LR, and where in which function the call was. */
static void put_lr(struct json *j, struct symbols *s, const char *key, const char *function, u32 lr)
{
    char name[SYMBOLS_TEXT];
    json_hex_known(j, key, lr, 8);
    json_text(j, function, lr ? symbols_find_return_name(s, lr, name, sizeof name) : NULL);
}

static void put_time(struct json *j, const char *key, u64 ticks)
{
    if (ticks == WEDGE_TIME_UNKNOWN)
        json_null(j, key);
    else
        json_u64(j, key, ticks);
}

static void put_act(struct json *j, struct symbols *s, const char *key, const struct wedge_act *act)
{
    if (!act->count) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_u64(j, "thread", act->thread);
    put_lr(j, s, "lr", "function", act->lr);
    put_op(j, "op", act->op);
    put_time(j, "time", act->time);
    json_u64(j, "count", act->count);
    json_close(j);
}

static void put_signal(struct json *j, struct symbols *s, const struct wedge_wait *w)
{
    if (!w->was_signalled) {
        json_null(j, "last_signal");
        return;
    }
    json_object(j, "last_signal");
    json_u64(j, "thread", w->signal_thread);
    put_lr(j, s, "lr", "function", w->signal_lr);
    put_op(j, "op", w->signal_op);
    put_time(j, "time", w->signal_time);
    json_u64(j, "woke", w->signal_woke);
    json_bool(j, "pulse", w->pulsed);
    json_close(j);
}

/* What only some types have is left out for the others. */
static void put_acts(struct json *j, struct symbols *s, const struct wedge_wait *w)
{
    bool is_timer = w->type == OBJECT_TIMER;
    if (is_timer) {
        json_bool(j, "armed", w->is_armed);
        put_act(j, s, "set", &w->armed);
    }
    put_act(j, s, is_timer ? "cancelled" : "taken", &w->undone);
    if (w->type == OBJECT_SEMAPHORE)
        put_act(j, s, "refused", &w->refused);
}

static void put_wait(struct json *j, struct symbols *s, const char *key, const struct wedge_wait *w)
{
    json_object(j, key);
    json_text(j, "type", object_type_name((enum object_type)w->type));
    json_text(j, "name", w->name[0] ? w->name : NULL);
    json_hex_known(j, "hsid", w->hsid, 16);
    if (w->creator)
        json_u64(j, "creator", w->creator);
    else
        json_null(j, "creator");
    json_hex_known(j, "creator_lineage", w->creator_lineage, 16);
    put_lr(j, s, "create_lr", "create_function", w->create_lr);
    if (w->creator || w->create_op)
        json_u64(j, "created_ordinal", w->created_ordinal);
    else
        json_null(j, "created_ordinal");
    json_hex_known(j, "handle", w->handle, 8);
    json_hex_known(j, "address", w->address, 8);
    if (w->owner)
        json_u64(j, "owner", w->owner);
    else
        json_null(j, "owner");
    put_op(j, "create_op", w->create_op);
    put_signal(j, s, w);
    put_acts(j, s, w);
    json_close(j);
}

/* ---- Where a thread stands in the journal. ---- */

/* What happened, or NULL where it cannot be read. */
struct events {
    struct run *run;
    struct signals *signals;
};

static void events_open(struct events *events, const char *path)
{
    struct err err;
    events->run = run_open(path, &err);
    events->signals = events->run ? signals_make(events->run, &err) : NULL;
}

static void events_close(struct events *events)
{
    signals_free(events->signals);
    run_close(events->run);
}

/* The call that it never came out of, its last event, or the call that made it. False: the journal has none. */
static bool find_stand(const struct events *events, u32 thread, u32 *place, u64 *position)
{
    *place = events->signals ? run_thread_place(events->run, thread) : UINT32_MAX;
    if (*place == UINT32_MAX)
        return false;
    const struct run_thread *t = run_thread(events->run, *place);
    const struct wait *wait = signals_open_wait(events->signals, *place);
    if (!wait && !t->events && t->created && t->parent != UINT32_MAX) {
        *place = t->parent;
        *position = run_position_at_seq(events->run, t->parent, t->created_seq);
        return true;
    }
    *position = wait ? wait->call : t->events ? t->events - 1 : 0;
    return wait || t->events;
}

static void put_stand(struct json *j, const struct events *events, u32 thread)
{
    u32 place;
    u64 position;
    if (!find_stand(events, thread, &place, &position)) {
        json_null(j, "at");
        return;
    }
    json_object(j, "at");
    json_text(j, "journal", run_path(events->run));
    json_u64(j, "thread", run_thread(events->run, place)->thread);
    json_u64(j, "index", run_index(events->run, place, position));
    json_close(j);
}

/* ---- JSON. ---- */

static void put_thread(struct json *j, struct symbols *s, const struct events *events,
                       const struct wedge_report *report, const struct wedge_thread *t)
{
    json_object(j, NULL);
    json_u64(j, "thread", t->thread);
    put_stand(j, events, t->thread);
    json_hex_known(j, "lineage", t->lineage, 16);
    json_hex_known(j, "entry", t->entry, 8);
    json_text(j, "state", wedge_state_name((enum wedge_state)t->state));
    json_hex_known(j, "pc", t->pc, 8);
    put_lr(j, s, "lr", "function", t->lr);
    put_time(j, "since", t->since);
    put_op(j, "op", t->op);
    json_u64(j, "suspend_count", t->suspend_count);
    json_bool(j, "started", t->started);
    if (t->is_all_untold)
        json_null(j, "wait_all");
    else
        json_bool(j, "wait_all", t->wait_all);
    json_bool(j, "alertable", t->alertable);
    json_array(j, "backtrace");
    for (u32 i = 0; i < t->backtrace_count; i++)
        json_hex(j, NULL, t->backtrace[i], 8);
    json_close(j);
    json_array(j, "waits");
    for (u32 i = 0; i < t->wait_count; i++)
        put_wait(j, s, NULL, &report->waits[t->first_wait + i]);
    json_close(j);
    json_close(j);
}

static void put_root(struct json *j, struct symbols *s, const struct wedge_report *report,
                     const struct wedge_root *root)
{
    const struct wedge_thread *t = &report->threads[root->place];
    json_object(j, NULL);
    json_u64(j, "thread", t->thread);
    json_hex_known(j, "lineage", t->lineage, 16);
    json_text(j, "reason", wedge_reason_name((enum wedge_reason)root->reason));
    json_text(j, "text", wedge_reason_text((enum wedge_reason)root->reason));
    if (root->wait != UINT32_MAX)
        put_wait(j, s, "object", &report->waits[root->wait]);
    else
        json_null(j, "object");
    json_u64(j, "certain", root->certain);
    json_u64(j, "likely", root->likely);
    json_close(j);
}

static void put_cycle(struct json *j, const struct wedge_report *report, const struct wedge_cycle *cycle)
{
    json_array(j, NULL);
    for (u32 i = 0; i < cycle->count; i++)
        json_u64(j, NULL, report->threads[cycle->places[i]].thread);
    json_close(j);
}

static void put_report(struct symbols *s, const struct events *events, const struct wedge_report *report,
                       bool tells_waits)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    if (report->is_dump)
        json_null(&j, "wedged");
    else
        json_bool(&j, "wedged", report->wedged);
    json_bool(&j, "waits_told", tells_waits);
    json_bool(&j, "by_dump", report->is_dump);
    put_time(&j, "time", report->tick);
    json_u64(&j, "untold_signals", report->untold_signals);
    json_array(&j, "threads");
    for (u32 i = 0; i < report->thread_count; i++)
        put_thread(&j, s, events, report, &report->threads[i]);
    json_close(&j);
    json_array(&j, "roots");
    for (u32 i = 0; i < report->root_count; i++)
        put_root(&j, s, report, &report->roots[i]);
    json_close(&j);
    json_array(&j, "cycles");
    for (u32 i = 0; i < report->cycle_count; i++)
        put_cycle(&j, report, &report->cycles[i]);
    json_close(&j);
    u32 count, *order = wedge_blocking_order(report, &count);
    json_array(&j, "order");
    for (u32 i = 0; i < count && !report->is_dump; i++)
        json_u64(&j, NULL, report->threads[order[i]].thread);
    json_close(&j);
    free(order);
    json_close(&j);
    json_finish(&j);
}

static const struct table_column columns[] = {
    {"thread", TABLE_U64, 0},     {"entry", TABLE_HEX, 8},     {"state", TABLE_TEXT, 0},
    {"op", TABLE_TEXT, 0},        {"lr", TABLE_HEX, 8},        {"type", TABLE_TEXT, 0},
    {"hsid", TABLE_HEX, 16},      {"creator", TABLE_U64, 0},   {"signalled_by", TABLE_U64, 0},
    {"signal_op", TABLE_TEXT, 0}, {"signal_lr", TABLE_HEX, 8}, {"reason", TABLE_TEXT, 0},
    {"at", TABLE_CITE, 0},
};

static void put_awaited(struct table *t, const struct wedge_wait *w)
{
    char op[64];
    if (!w) {
        for (u32 i = 0; i < 6; i++)
            table_none(t);
        return;
    }
    table_text(t, object_type_name((enum object_type)w->type));
    table_hex_known(t, w->hsid);
    if (w->creator)
        table_u64(t, w->creator);
    else
        table_none(t);
    if (w->was_signalled)
        table_u64(t, w->signal_thread);
    else
        table_none(t);
    table_text(t, w->was_signalled && w->signal_op ? export_op_name(w->signal_op, op, sizeof op) : NULL);
    table_hex_known(t, w->was_signalled ? w->signal_lr : 0);
}

static void put_waiter(struct table *t, const struct events *events, const struct wedge_report *report, u32 place,
                       const struct wedge_wait *w)
{
    char op[64];
    u32 where;
    u64 position;
    const struct wedge_thread *thread = &report->threads[place];
    const char *reason = NULL;
    for (u32 i = 0; i < report->root_count; i++)
        if (report->roots[i].place == place)
            reason = wedge_reason_name((enum wedge_reason)report->roots[i].reason);
    table_u64(t, thread->thread);
    table_hex_known(t, thread->entry);
    table_text(t, wedge_state_name((enum wedge_state)thread->state));
    table_text(t, thread->op ? export_op_name(thread->op, op, sizeof op) : NULL);
    table_hex_known(t, thread->lr);
    put_awaited(t, w);
    table_text(t, reason);
    if (find_stand(events, thread->thread, &where, &position))
        pairs_put_cite(t, NULL, events->run, where, position);
    else
        table_none(t);
    table_row(t);
}

/* A row for each thread and thing it waits for; `reason` is that of a root. */
static void put_table(const struct events *events, const struct wedge_report *report)
{
    struct table t;
    table_begin(&t, TABLE_AS_CSV, stdout, columns, countof(columns));
    for (u32 i = 0; i < report->thread_count; i++) {
        const struct wedge_thread *thread = &report->threads[i];
        for (u32 k = 0; k < thread->wait_count; k++)
            put_waiter(&t, events, report, i, &report->waits[thread->first_wait + k]);
        if (!thread->wait_count)
            put_waiter(&t, events, report, i, NULL);
    }
    table_end(&t);
}

/* The order in which threads blocked: who was first is where to begin. */
static void print_order(const struct wedge_report *report, FILE *out)
{
    u32 count, *order = wedge_blocking_order(report, &count);
    if (count)
        fprintf(out, "in order of blocking:");
    for (u32 i = 0; i < count; i++)
        fprintf(out, "%s thread %u", i ? "," : "", report->threads[order[i]].thread);
    if (count)
        fputc('\n', out);
    free(order);
}

static void print_report(struct symbols *s, const struct wedge_report *report, bool tells_waits)
{
    char *text = NULL;
    size_t size;
    if (!tells_waits && !report->is_dump) {
        printf("the journal tells no waits: whether anything is blocked is unknown; capture waits (wait.begin)\n");
        return;
    }
    FILE *out = open_memstream(&text, &size);
    CHECK(out, "out of memory");
    wedge_print(report, out);
    if (!report->is_dump)
        print_order(report, out);
    fclose(out);
    symbols_annotate(s, text, stdout);
    free(text);
}

static bool print_graph(const struct cli *cli, struct graph *g)
{
    if (cli_has(cli, "svg"))
        graph_svg(g, stdout);
    else if (cli_has(cli, "dot"))
        graph_dot(g, stdout);
    else
        return false;
    return true;
}

/* Addresses in code are the title's, the same in both runs; B's names go for both. */
static void print_ladder(const struct cli *cli, const struct ladder *l)
{
    char *text = NULL;
    size_t size;
    struct json j;
    struct graph g = {0};
    ladder_graph(l, &g);
    if (cli_has(cli, "json")) {
        json_begin(&j, stdout);
        json_object(&j, NULL);
        ladder_json(l, &j);
        json_close(&j);
        json_finish(&j);
    } else if (cli_has(cli, "csv")) {
        ladder_table(l, stdout);
    } else if (!print_graph(cli, &g)) {
        FILE *out = open_memstream(&text, &size);
        CHECK(out, "out of memory");
        ladder_print(l, out);
        fclose(out);
        symbols_annotate(symbols_open(run_journal(l->b)), text, stdout);
        free(text);
    }
    graph_free(&g);
}

static int wedge_by(const struct cli *cli, const char *good)
{
    struct err err;
    struct ladder l;
    struct run *a = run_open(good, &err), *b = a ? run_open(cli->operands[0], &err) : NULL;
    bool is_mapped = b && pairs_map_is_good(cli, a, b, &err);
    bool ok = is_mapped && ladder_make(&l, a, b, cli_value(cli, "map"), &err);
    if (ok) {
        print_ladder(cli, &l);
        ladder_free(&l);
    }
    run_close(b);
    run_close(a);
    return ok ? EXIT_OK : cli_fail(cli, b && !is_mapped ? EXIT_USAGE : EXIT_HOST_ERROR, &err);
}

/* A journal of our own that was finished tells itself whether it wedged; for others the events do. */
static bool make_report(struct wedge_report *report, struct journal_reader *r, const char *path, bool *tells_waits,
                        struct err *err)
{
    *tells_waits = true;
    wedge_init(report);
    if (!wedge_read(r, report, err))
        return false;
    if (report->wedged || (journal_get(r, "end.reason") && !journal_get(r, "source.count")))
        return true;
    struct run *run = run_open(path, err);
    struct signals *signals = run ? signals_make(run, err) : NULL;
    if (signals) {
        wedge_rebuild(report, signals);
        *tells_waits = report->wedged || signals_tell_waits(signals);
    }
    signals_free(signals);
    run_close(run);
    return signals != NULL;
}

static bool check_forms(const struct cli *cli, enum table_form *form, struct err *err)
{
    u32 graphs = cli_has(cli, "dot") + cli_has(cli, "svg");
    if (!table_form(form, cli, err))
        return false;
    return graphs + (*form != TABLE_AS_TEXT) < 2 || err_set(err, "--json, --csv, --dot and --svg: only one of them");
}

int cmd_wedge(const struct cli *cli)
{
    struct err err;
    struct wedge_report report;
    struct graph g = {0};
    struct events events = {0};
    enum table_form form;
    if (!check_forms(cli, &form, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (cli_value(cli, "ref"))
        return wedge_by(cli, cli_value(cli, "ref"));
    if (cli_has(cli, "map")) {
        err_set(&err, "--map pairs this run's threads with those of --ref");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    struct journal_reader *r = journal_open(cli->operands[0], &err);
    if (!r)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    bool tells_waits, ok = make_report(&report, r, cli->operands[0], &tells_waits, &err);
    if (ok)
        wedge_graph(&report, &g);
    if (ok && form != TABLE_AS_TEXT)
        events_open(&events, cli->operands[0]);
    if (ok && form == TABLE_AS_JSON)
        put_report(symbols_open(r), &events, &report, tells_waits);
    else if (ok && form == TABLE_AS_CSV)
        put_table(&events, &report);
    else if (ok && !print_graph(cli, &g))
        print_report(symbols_open(r), &report, tells_waits);
    events_close(&events);
    graph_free(&g);
    wedge_finish(&report);
    journal_close(r);
    return ok ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
