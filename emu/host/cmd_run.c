/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep run, lockstep record. */
#include "emu/host/cmd.h"
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
    if (!s->quiet)
        report_summary(s);
    if (cli_has(cli, "json"))
        report_json(s);
    return report_exit_code(s);
}

static bool save_cache(const struct session *s, const struct cli *cli, struct err *err)
{
    const char *cache = cli_value(cli, "cache");
    return !cache || settings_save_partitions(s->engine, cache, err);
}

/* Everything before the first instruction; *code is the exit code when it fails. */
static bool prepare(struct session *s, const struct cli *cli, struct config *config, u64 *limit, int *code,
                    struct err *err)
{
    bool usage = false;
    *code = EXIT_USAGE;
    if (!settings_config(cli, config, err) || !cli_ticks(cli, "time-limit", limit, err) ||
        !session_read_stop(s, cli, err))
        return false;
    *code = EXIT_HOST_ERROR;
    if (!session_load_keys(s, cli, err) || !session_open_title(s, cli->operands[0], err) ||
        !session_load_names(s, cli, err) || !session_load_patch(s, cli_value(cli, "patch"), err))
        return false;
    if (settings_answers(cli, &s->answers, &usage, err))
        return true;
    *code = usage ? EXIT_USAGE : EXIT_HOST_ERROR;
    return false;
}

static bool boot_and_run(struct session *s, const struct cli *cli, const struct config *config, u64 limit,
                         struct journal_writer *w, struct err *err)
{
    struct nondet_host host = {.context = &s->answers, .answer = answers_give};
    s->gate = nondet_create(w ? NONDET_RECORD : NONDET_LIVE, &host, w, NULL);
    return session_boot(s, config, cli_has(cli, "step"), err) && run_to_end(s, limit, err);
}

int cmd_run(const struct cli *cli)
{
    struct err err = {{0}};
    struct session s = {.quiet = cli_has(cli, "quiet"), .strict = cli_has(cli, "strict")};
    struct config config;
    u64 limit = 0;
    int code;
    if (!prepare(&s, cli, &config, &limit, &code, &err) ||
        (code = EXIT_HOST_ERROR, !boot_and_run(&s, cli, &config, limit, NULL, &err))) {
        session_finish(&s);
        return cli_fail(cli, code, &err);
    }
    struct wedge_report wedge;
    find_wedge(&s, &wedge);
    code = tell_end(&s, cli, &wedge);
    wedge_finish(&wedge);
    if (!save_cache(&s, cli, &err))
        code = cli_fail(cli, EXIT_HOST_ERROR, &err);
    session_finish(&s);
    return code;
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

int cmd_record(const struct cli *cli)
{
    struct err err = {{0}};
    struct session s = {.quiet = cli_has(cli, "quiet"), .strict = cli_has(cli, "strict")};
    struct config config;
    struct journal_writer *w = NULL;
    u64 limit = 0;
    int code = EXIT_USAGE;
    const char *output = cli_value(cli, "output");
    const char *events = cli_value(cli, "events");
    bool ready = false;
    s.hashes_only = events && strcmp(events, "none") == 0;
    if (!output)
        err_set(&err, "where to? give the journal's name with -o RUN.lsj");
    else if (events && !s.hashes_only && strcmp(events, "kernel") != 0)
        err_set(&err, "--events %s: expected kernel or none", events);
    else
        ready = prepare(&s, cli, &config, &limit, &code, &err);
    /* A full disk, a file size limit or a closed pipe are errors to tell, not signals to die of: the journal is what
     * counts. */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (ready && !(w = journal_create(output, &err)))
        code = EXIT_HOST_ERROR;
    code = w ? record_into(&s, cli, &config, limit, w, &err) : cli_fail(cli, code, &err);
    session_finish(&s);
    return code;
}
