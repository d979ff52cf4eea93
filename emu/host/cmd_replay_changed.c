/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep replay with changes: another run, with the inputs of the journal as far as they fit. */
#include "emu/host/branch.h"
#include "emu/host/cmd.h"
#include "emu/host/recording.h"
#include "emu/host/settings.h"

#include <stdlib.h>

bool cmd_replay_is_changed(const struct cli *cli)
{
    static const char *const options[] = {"force", "amend",   "delay", "force-input",     "poke", "hold",
                                          "order", "changes", "chaos", "without-changes", "pads"};
    for (size_t i = 0; i < countof(options); i++)
        if (cli_has(cli, options[i]))
            return true;
    return false;
}

/* "N": the whole run; "TICK:SEED": from there on. */
static bool read_chaos(struct changes *c, const struct cli *cli, struct config *config, struct err *err)
{
    const char *text = cli_value(cli, "chaos");
    char line[256];
    if (!text)
        return true;
    if (!strchr(text, ':'))
        return cli_u64(cli, "chaos", &config->chaos_seed, err);
    snprintf(line, sizeof line, "chaos %s", text);
    return changes_add(c, line, err);
}

/* Where the parent stopped by a limit the changed run stops too, unless the user says otherwise. */
static bool read_end(struct session *s, const struct cli *cli, const struct journal_reader *parent, u64 *limit,
                     struct err *err)
{
    const char *reason = journal_get(parent, "end.reason"), *text = cli_value(cli, "until");
    bool is_stop = text && (!strncmp(text, "swap:", 5) || !strncmp(text, "call:", 5) || !strncmp(text, "file:", 5));
    u64 event = 0;
    if (reason && !strcmp(reason, end_reason_name(END_LIMIT)))
        journal_get_u64(parent, "end.slice_end", limit);
    if (!cli_ticks(cli, "stall-limit", &s->stop_at.stall_limit, err))
        return false;
    if (is_stop ? !stop_parse(&s->stop_at, text, err) : !cli_where(cli, "until", limit, &event, err))
        return false;
    return !event || err_set(err, "--until %s: a changed run has other events; give a time", text);
}

static bool check_title(const struct session *s, const struct journal_reader *parent, struct err *err)
{
    char hash[33];
    const char *want = journal_get(parent, "title.hash");
    settings_hash(hash, s->title, s->title_size);
    return (want && !strcmp(want, hash)) ||
           err_set(err, "%s is another title than the one recorded (XXH3 %s, the journal's is %s)", s->title_path, hash,
                   want ? want : "missing");
}

static bool open_title(struct session *s, const struct cli *cli, struct journal_reader *parent, struct err *err)
{
    const char *title = cli_value(cli, "title"), *patch = cli_value(cli, "patch");
    if (!title)
        title = journal_get(parent, "title.path");
    if (!patch)
        patch = journal_get(parent, "patch.path");
    if (!title)
        return err_set(err, "%s does not say which title it is of: use --title PATH", cli->operands[0]);
    return session_load_keys(s, cli, err) && session_open_title(s, title, err) && check_title(s, parent, err) &&
           session_load_patch(s, patch, err) && settings_mounts_from_journal(parent, cli, &s->answers, err);
}

static bool check_closer(const struct cli *cli, struct err *err)
{
    static const char *const closer[] = {"trace", "watch", "probe", "thread", "window", "schedule", "tell"};
    for (size_t i = 0; i < countof(closer); i++)
        if (cli_has(cli, closer[i]))
            return err_set(err, "--%s sees a recorded run closer: record the changed run with -o, then replay that",
                           closer[i]);
    return true;
}

static int run(struct session *s, const struct cli *cli, struct journal_reader *parent)
{
    struct err err = {{0}};
    struct config config;
    const char *output = cli_value(cli, "output"), *events = cli_value(cli, "events");
    const char *pads = cli_value(cli, "pads");
    u64 limit = 0;
    s->hashes_only = events && !strcmp(events, "none");
    if (!check_closer(cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (events && !s->hashes_only && strcmp(events, "kernel") != 0)
        err_set(&err, "--events %s: expected kernel or none", events);
    if (err.text[0])
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!settings_from_journal(parent, &config, &s->strict, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    s->outside = (struct nondet_host){.context = &s->answers, .answer = answers_give};
    bool keeps = !cli_has(cli, "without-changes");
    s->branch = branch_create(cli->operands[0], parent, &s->outside, keeps ? &s->changes : NULL, &err);
    if (!s->branch || (pads && !(s->answers.pads = pads_load(pads, &err))))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (!changes_read(&s->changes, cli, &err) || !read_chaos(&s->changes, cli, &config, &err) ||
        !read_end(s, cli, parent, &limit, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!open_title(s, cli, parent, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    s->outside = branch_host(s->branch, pads != NULL);
    return output ? recording_write(s, cli, &config, limit, output) : recording_run(s, cli, &config, limit);
}

int cmd_replay_changed(const struct cli *cli)
{
    struct err err;
    struct journal_reader *parent = journal_open(cli->operands[0], &err);
    if (!parent)
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    struct session s = {.quiet = cli_has(cli, "quiet"), .mute = cli_has(cli, "quiet")};
    int code = run(&s, cli, parent);
    branch_destroy(s.branch);
    session_finish(&s);
    journal_close(parent);
    return code;
}
