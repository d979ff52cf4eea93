/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/recording.h"

#include "emu/host/branch.h"
#include "emu/host/report.h"
#include "emu/host/settings.h"

#include <signal.h>
#include <stdio.h>

static void append(void *writer, const struct event *event)
{
    journal_append(writer, event);
}
static u32 intern(void *writer, const char *text, size_t size)
{
    return journal_intern(writer, text, size);
}

static void find_wedge(struct session *s, struct wedge_report *report)
{
    wedge_init(report);
    report_fill_wedge(s->engine, s->stop_at.stalled, report);
    wedge_analyse(report);
}

/* The run from its first instruction to its end. */
static bool run_to_end(struct session *s, u64 limit, struct err *err)
{
    struct until until = {.tick = limit};
    enum machine_result result = session_run(s, &until);
    if (result == MACHINE_HOST_ERROR)
        return err_set(err, "%s", s->engine->err.text);
    if (result == MACHINE_REACHED)
        machine_end(s->engine, END_LIMIT, 0);
    return true;
}

/* What the user asked for, as it would be typed again. */
static void command_meta(struct journal_writer *w, const struct cli *cli)
{
    char text[4096];
    size_t at = (size_t)snprintf(text, sizeof text, "lockstep %s", cli->verb->name);
    for (u32 i = 0; i < cli->operand_count && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, " '%s'", cli->operands[i]);
    for (u32 i = 0; i < cli->given_count && at < sizeof text; i++) {
        const char *value = cli->given_values[i];
        at += (size_t)snprintf(text + at, sizeof text - at, value[0] ? " --%s '%s'" : " --%s",
                               cli->verb->options[cli->given[i]].name, value);
    }
    journal_meta(w, "command", text);
}

static void finish_meta(struct journal_writer *w, const struct session *s)
{
    const struct machine *m = s->engine->m;
    journal_meta(w, "end.reason", end_reason_name(m->ended));
    journal_meta_u64(w, "end.ticks", m->tick);
    journal_meta_u64(w, "end.slice_end", m->slice_end);
    journal_meta_u64(w, "end.instructions", m->instructions);
    journal_meta_u64(w, "end.unimplemented", m->unimplemented);
}

static int tell_end(struct session *s, const struct cli *cli, const struct wedge_report *wedge)
{
    struct engine *e = s->engine;
    fflush(stdout);
    if (s->stop_at.stalled)
        fprintf(stderr, "lockstep: stalled: for %.6f s of virtual time only timers have fired\n",
                (double)s->stop_at.stall_limit / TICKS_PER_SECOND);
    if (e->m->ended == END_WEDGED || s->stop_at.stalled)
        wedge_print(wedge, stderr);
    if (e->m->ended == END_FAULT || (e->m->ended == END_UNIMPLEMENTED && !e->strict))
        report_fault(s);
    report_unimplemented(s);
    changes_tell_missed(&s->changes);
    if (s->branch && !s->quiet)
        branch_tell(s->branch);
    if (!s->quiet)
        report_summary(s);
    if (cli_has(cli, "json"))
        report_json(s);
    return report_exit_code(s);
}

static bool save_cache(const struct session *s, const struct cli *cli, struct err *err)
{
    const char *cache = cli_takes(cli, "cache") ? cli_value(cli, "cache") : NULL;
    return !cache || settings_save_partitions(s->engine, cache, err);
}

static bool boot_and_run(struct session *s, const struct cli *cli, const struct config *config, u64 limit,
                         struct journal_writer *w, struct err *err)
{
    struct nondet_host host = changes_host(&s->changes, &s->outside, config);
    s->gate = nondet_create(w ? NONDET_RECORD : NONDET_LIVE, &host, w, NULL);
    return session_boot(s, config, cli_has(cli, "step"), err) && run_to_end(s, limit, err);
}

int recording_run(struct session *s, const struct cli *cli, const struct config *config, u64 limit)
{
    struct err err = {{0}};
    struct wedge_report wedge;
    if (!boot_and_run(s, cli, config, limit, NULL, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    find_wedge(s, &wedge);
    int code = tell_end(s, cli, &wedge);
    wedge_finish(&wedge);
    return save_cache(s, cli, &err) ? code : cli_fail(cli, EXIT_HOST_ERROR, &err);
}

/* Runs with the journal open; the journal keeps what was committed whatever happens. It is whole before anything is
 * printed. */
static int record_into(struct session *s, const struct cli *cli, const struct config *config, u64 limit,
                       struct journal_writer *w, struct err *err)
{
    struct wedge_report wedge;
    s->next = (struct observer){.context = w, .emit = append, .intern = intern};
    s->writer = w;
    settings_to_journal(w, s, config);
    command_meta(w, cli);
    journal_meta_u64(w, "limit", limit);
    if (!boot_and_run(s, cli, config, limit, w, err)) {
        journal_meta(w, "end.reason", "host-error");
        journal_abandon(w);
        return cli_fail(cli, EXIT_HOST_ERROR, err);
    }
    finish_meta(w, s);
    changes_to_journal(&s->changes, w);
    if (s->branch)
        branch_to_journal(s->branch, w);
    find_wedge(s, &wedge);
    wedge_write(w, &wedge);
    int code = EXIT_HOST_ERROR;
    if (!journal_finish(w, err))
        cli_fail(cli, code, err);
    else
        code = tell_end(s, cli, &wedge);
    wedge_finish(&wedge);
    if (!save_cache(s, cli, err))
        code = cli_fail(cli, EXIT_HOST_ERROR, err);
    return code;
}

int recording_write(struct session *s, const struct cli *cli, const struct config *config, u64 limit, const char *path)
{
    struct err err = {{0}};
    /* A full disk, a file size limit or a closed pipe are errors to tell, not signals to die of: the journal is what
     * counts. */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    struct journal_writer *w = journal_create(path, &err);
    return w ? record_into(s, cli, config, limit, w, &err) : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
