/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep progress: how far each of several runs came on the way to a milestone: an op, an LR, or a file. */
#include "diff/commands.h"
#include "diff/coverage.h"
#include "diff/files.h"
#include "diff/keys.h"
#include "diff/ops.h"
#include "diff/select.h"
#include "diff/signals.h"
#include "diff/table.h"

#include <stdlib.h>

struct milestone {
    const char *op, *file;
    bool by_lr;
    u64 lr;
    bool by_events; /* the run tells files by events of their own, beside the calls */
};

/* The first event that fits, in order of the run. */
struct reached {
    bool is_there;
    u32 place;
    u64 position, seq, time, count;
};

static bool site_fits(struct run *run, const struct run_site *site, const struct milestone *m)
{
    const struct event_type *type = event_type(site->kind);
    const char *name = site->op ? run_op_name(run, site->op) : type ? type->name : "";
    if (m->file)
        return m->by_events ? site->kind == EVENT_file
                            : site->kind == EVENT_call && keys_has_kind(site->op, KEYS_FILES);
    return (!m->by_lr || site->lr == (u32)m->lr) && (!m->op || select_matches(m->op, name)) &&
           (site->kind == EVENT_call || (m->op && !site->op));
}

static bool event_fits(struct run *run, u32 place, u64 position, const struct milestone *m)
{
    struct event e;
    struct err err;
    if (!m->file)
        return true;
    if (!run_event(run, place, position, &e, &err))
        return false;
    u32 field = e.kind == EVENT_file ? (u32)F_file_path : (u32)F_call_text;
    if (!event_tells(&e, field) || !e.v[field])
        return false;
    return file_path_matches(m->file, journal_string(run_journal(run), (u32)e.v[field], &(size_t){0}));
}

static void look(struct run *run, u32 place, const bool *wanted, const struct milestone *m, struct reached *r)
{
    const struct run_thread *t = run_thread(run, place);
    u64 *positions = malloc((t->events + 1) * sizeof *positions), count = 0;
    struct run_span span;
    struct err err;
    CHECK(positions, "out of memory");
    for (u64 at = 0; run_read(run, place, at, &span, &err) && span.count; at = span.position + span.count)
        for (u32 i = 0; i < span.count; i++)
            if (wanted[span.site[i]])
                positions[count++] = span.position + i;
    for (u64 i = 0; i < count; i++) {
        if (!event_fits(run, place, positions[i], m) || !run_read(run, place, positions[i], &span, &err) || !span.count)
            continue;
        if (!r->is_there || span.seq[0] < r->seq) {
            u64 before = r->count;
            *r = (struct reached){true, place, positions[i], span.seq[0], span.time[0], before};
        }
        r->count++;
    }
    free(positions);
}

static struct reached find(struct run *run, struct milestone *m)
{
    struct reached r = {0};
    u32 sites = run_site_count(run);
    m->by_events = false;
    for (u32 i = 0; i < sites; i++)
        m->by_events |= run_site(run, i)->kind == EVENT_file;
    bool *wanted = calloc(sites + 1u, sizeof *wanted);
    CHECK(wanted, "out of memory");
    for (u32 i = 0; i < sites; i++)
        wanted[i] = site_fits(run, run_site(run, i), m);
    for (u32 i = 0; i < run_thread_count(run); i++)
        look(run, i, wanted, m, &r);
    free(wanted);
    return r;
}

/* What is no call: logs tell of some kinds of events, and their coverage not of each. */
static bool is_kind(const char *name)
{
    for (u32 kind = 0; kind < EVENT_KINDS; kind++)
        if (event_type(kind) && !strcmp(event_type(kind)->name, name))
            return true;
    return false;
}

/* Does its coverage say that the journal would have told it? */
static bool would_tell(struct run *run, const struct milestone *m)
{
    struct coverage *c = coverage_read(run_journal(run));
    char why[160];
    bool is_exact = m->op && !strpbrk(m->op, "*!"), only = coverage_kind(c) == COVERAGE_ONLY, listed = false;
    for (size_t i = 0; only && i < coverage_op_count(c); i++) {
        u32 op = coverage_op_at(c, i);
        listed |= m->file ? keys_has_kind(op, KEYS_FILES) : !m->op || select_matches(m->op, run_op_name(run, op));
    }
    bool tells = coverage_kind(c) != COVERAGE_NONE && coverage_tells(c, "call") && (!only || listed) &&
                 (!m->by_lr || coverage_tells(c, "lr")) && (!is_exact || coverage_has_op(c, ops_by_name(m->op))) &&
                 (!m->op || !is_kind(m->op) || coverage_is_recording(run_journal(run))) &&
                 !coverage_is_least(c, 0, false, 0, UINT64_MAX, why, sizeof why);
    coverage_destroy(c);
    return tells;
}

static void put_run(struct table *t, struct run *run, struct milestone *m)
{
    const struct run_clock *clock = run_clock(run);
    struct reached r = find(run, m);
    u64 last = 0, events = 0;
    for (u32 i = 0; i < run_thread_count(run); i++) {
        last = run_thread(run, i)->last_time > last ? run_thread(run, i)->last_time : last;
        events += run_thread(run, i)->events;
    }
    table_text(t, run_path(run));
    bool is_known = r.is_there || would_tell(run, m);
    if (is_known)
        table_bool(t, r.is_there);
    else
        table_none(t);
    if (r.is_there) {
        table_time(t, clock, r.time);
        table_u64(t, r.count);
        table_cite(t, NULL, run_path(run), run_thread(run, r.place)->thread, run_index(run, r.place, r.position));
    } else {
        table_none(t);
        if (is_known)
            table_u64(t, 0);
        else
            table_none(t);
        table_none(t);
    }
    table_u64(t, events);
    table_time(t, clock, last);
    table_row(t);
}

int cmd_progress(const struct cli *cli)
{
    static const struct table_column columns[] = {
        {"run", TABLE_TEXT, 0},   {"reached", TABLE_BOOL, 0}, {"at", TABLE_TIME, 0},  {"times", TABLE_U64, 0},
        {"first", TABLE_CITE, 0}, {"events", TABLE_U64, 0},   {"ends", TABLE_TIME, 0}};
    struct err err;
    enum table_form form;
    struct table t;
    struct milestone m = {.op = cli_value(cli, "op"), .file = cli_value(cli, "file"), .by_lr = cli_has(cli, "lr")};
    if (!table_form(&form, cli, &err) || !cli_u64(cli, "lr", &m.lr, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!m.op && !m.file && !m.by_lr) {
        err_set(&err, "a milestone is needed: --op NAME, --lr ADDRESS or --file PATH");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    if (m.file && (m.op || m.by_lr)) {
        err_set(&err, "--file is a milestone of its own, beside --op and --lr");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    table_begin(&t, form, stdout, columns, countof(columns));
    int code = EXIT_OK;
    for (u32 i = 0; i < cli->operand_count && code == EXIT_OK; i++) {
        struct run *run = run_open(cli->operands[i], &err);
        if (run)
            put_run(&t, run, &m);
        if (!run || !run_is_whole(run, &err))
            code = cli_fail(cli, EXIT_HOST_ERROR, &err);
        run_close(run);
    }
    table_end(&t);
    return code;
}
