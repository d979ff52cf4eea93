/* SPDX-License-Identifier: BSD-3-Clause
 * lockstep replay: runs a journal again and holds every event and state hash against it. */
#include "emu/host/cmd.h"
#include "emu/host/detail.h"
#include "emu/host/report.h"
#include "emu/host/settings.h"
#include "emu/host/tell.h"
#include "replay/verify.h"
#include "schema/export.h"

#include <errno.h>
#include <stdio.h>

enum verdict { VERDICT_EXACT, VERDICT_DIVERGED, VERDICT_TRUNCATED };

/* Where a thread stood when the replay left the journal's path; none: the machine itself did it. */
struct place {
    bool known;
    u64 tick;
    u32 thread;
    u32 pc;
    u32 lr;
};

struct replay {
    struct session s;
    struct journal_reader *journal;
    struct verifier *verifier;
    struct config config;
    u64 until_tick; /* 0: the journal's end */
    u64 until_event;
    bool stopped;     /* by --until */
    bool inputs_over; /* a journal that was cut short has no answer to the next question */
    struct err gate_err;
    struct place place; /* of the first difference */
    struct detail detail;
    struct tell tell;
};

static bool check_title(const struct replay *r, struct err *err)
{
    char hash[33];
    const char *want = journal_get(r->journal, "title.hash");
    settings_hash(hash, r->s.title, r->s.title_size);
    if (want && strcmp(want, hash) == 0)
        return true;
    return err_set(err, "%s is another title than the one recorded (XXH3 %s, the journal's is %s)", r->s.title_path,
                   hash, want ? want : "missing");
}

static bool open_patch(struct replay *r, const struct cli *cli, struct err *err)
{
    char hash[33];
    const char *want = journal_get(r->journal, "patch.hash"), *path = cli_value(cli, "patch");
    if (!want)
        return !path || err_set(err, "--patch %s: the recording was of a title without a patch", path);
    if (!session_load_patch(&r->s, path ? path : journal_get(r->journal, "patch.path"), err))
        return false;
    settings_hash(hash, r->s.patch, r->s.patch_size);
    return strcmp(hash, want) == 0 ||
           err_set(err, "%s is another patch than the one recorded (XXH3 %s, the journal's is %s)", r->s.patch_path,
                   hash, want);
}

static bool open_all(struct replay *r, const struct cli *cli, struct err *err)
{
    r->journal = journal_open(cli->operands[0], err);
    if (r->journal && journal_get(r->journal, "detail.of"))
        return err_set(err, "%s is a replay of %s seen closer: replay that", cli->operands[0],
                       journal_get(r->journal, "detail.of"));
    if (!r->journal || !settings_from_journal(r->journal, &r->config, &r->s.strict, err))
        return false;
    const char *title = cli_value(cli, "title");
    if (!title)
        title = journal_get(r->journal, "title.path");
    if (!title)
        return err_set(err, "%s does not say which title it is of: use --title PATH", cli->operands[0]);
    if (!session_load_keys(&r->s, cli, err) || !session_open_title(&r->s, title, err) || !check_title(r, err) ||
        !open_patch(r, cli, err) || !settings_mounts_from_journal(r->journal, cli, &r->s.answers, err))
        return false;
    const char *events = journal_get(r->journal, "events");
    r->s.hashes_only = events && strcmp(events, "none") == 0;
    r->verifier = verifier_create(r->journal, err);
    return r->verifier != NULL;
}

static void find_place(struct replay *r, u32 thread)
{
    const struct machine *m = r->s.engine->m;
    for (u32 slot = 1; slot <= m->thread_pool.high; slot++) {
        const struct thread *t = &m->threads[slot];
        if (thread && t->id == thread)
            r->place = (struct place){true, engine_time(r->s.engine), thread, t->cpu.pc, (u32)t->cpu.lr};
    }
}

static void compare(void *context, const struct event *event)
{
    struct replay *r = context;
    verifier_emit(r->verifier, event);
    if (r->detail.is_on)
        detail_hear(&r->detail, event);
    r->s.stop |= r->detail.is_full;
    tell_hear(&r->tell, r->s.engine, event);
    const struct divergence *d = verifier_divergence(r->verifier);
    if (!d->found || r->s.stop)
        return;
    find_place(r, d->thread);
    r->s.stop = true;
}

static u32 compare_intern(void *context, const char *text, size_t size)
{
    struct replay *r = context;
    if (r->detail.is_on)
        detail_intern(&r->detail, text, size);
    return verifier_intern(r->verifier, text, size);
}

static bool boot(struct replay *r, const struct cli *cli, struct err *err)
{
    struct nondet_host host = {.context = &r->s.answers, .answer = answers_give};
    r->s.gate = nondet_create(NONDET_REPLAY, &host, NULL, r->journal);
    r->s.next = (struct observer){.context = r, .emit = compare, .intern = compare_intern};
    if (r->detail.is_on && !detail_create(&r->detail, cli, r->journal, err))
        return false;
    if (session_boot(&r->s, &r->config, cli_has(cli, "step"), err)) {
        if (r->detail.is_on)
            detail_attach(&r->detail, r->s.engine);
        return true;
    }
    if (nondet_has_diverged(r->s.gate) || nondet_is_exhausted(r->s.gate)) {
        r->inputs_over = nondet_is_exhausted(r->s.gate);
        r->gate_err = *err;
        return true;
    }
    return false;
}

/* The first slice boundary behind the journal's last event. */
static u64 behind_last_event(const struct replay *r)
{
    u64 count = journal_event_count(r->journal);
    u64 tick = 1;
    const struct event *event;
    struct err err;
    struct journal_cursor *c = count ? journal_cursor_all(r->journal, count - 1, &err) : NULL;
    if (c && journal_cursor_next(c, &event, &err) == 1)
        tick = event->time + 1;
    journal_cursor_close(c);
    return tick;
}

static void lower(u64 *limit, u64 value)
{
    if (*limit == 0 || value < *limit)
        *limit = value;
}

/* Where the recording stopped. A journal that was cut short ends with its last event; with state hashes only, events do
 * not count the run's. A limit stopped a recording between two slices, which no event tells. */
static void find_end(const struct replay *r, struct until *until)
{
    const char *reason = journal_get(r->journal, "end.reason");
    *until = (struct until){.tick = r->until_tick, .events = r->until_event};
    if (!journal_is_whole(r->journal)) {
        if (r->s.hashes_only)
            lower(&until->tick, behind_last_event(r));
        else
            lower(&until->events, journal_event_count(r->journal));
    } else if (reason && strcmp(reason, end_reason_name(END_LIMIT)) == 0) {
        u64 end;
        if (journal_get_u64(r->journal, "end.slice_end", &end))
            lower(&until->tick, end);
    }
}

static bool run(struct replay *r, struct err *err)
{
    struct until until;
    if (r->gate_err.text[0])
        return true;
    find_end(r, &until);
    enum machine_result result = session_run(&r->s, &until);
    struct engine *e = r->s.engine;
    if (result == MACHINE_HOST_ERROR) {
        r->gate_err = e->err;
        r->inputs_over = nondet_is_exhausted(r->s.gate);
        find_place(r, e->m->threads[e->m->running].id);
        return nondet_has_diverged(r->s.gate) || r->inputs_over || err_set(err, "%s", e->err.text);
    }
    if (result == MACHINE_REACHED) {
        bool asked = (r->until_tick && until.tick == r->until_tick) ||
                     (r->until_event && until.events == r->until_event) || r->s.stop_at.reached || r->detail.is_full;
        if (asked || !journal_is_whole(r->journal))
            r->stopped = asked;
        else
            machine_end(e, END_LIMIT, 0);
    }
    return true;
}

static enum verdict judge(const struct replay *r)
{
    if (verifier_divergence(r->verifier)->found)
        return VERDICT_DIVERGED;
    if (r->gate_err.text[0] && !r->inputs_over)
        return VERDICT_DIVERGED;
    if (!r->stopped && !verifier_is_complete(r->verifier))
        return VERDICT_DIVERGED;
    return journal_is_whole(r->journal) || r->stopped ? VERDICT_EXACT : VERDICT_TRUNCATED;
}

static bool read_until(struct replay *r, const struct cli *cli, struct err *err)
{
    const char *text = cli_value(cli, "until");
    bool is_stop = text && (!strncmp(text, "swap:", 5) || !strncmp(text, "call:", 5) || !strncmp(text, "file:", 5));
    return is_stop ? stop_parse(&r->s.stop_at, text, err)
                   : cli_where(cli, "until", &r->until_tick, &r->until_event, err);
}

static const char *const verdict_names[] = {"exact", "diverged", "truncated"};

static void print_place(const struct replay *r)
{
    const struct place *p = &r->place;
    if (p->known)
        printf("  at tick %llu thread %u was at pc %08X, lr %08X\n", (unsigned long long)p->tick, p->thread, p->pc,
               p->lr);
}

static void print_difference(const struct replay *r)
{
    const struct divergence *d = verifier_divergence(r->verifier);
    char op[64];
    if (!d->found) {
        printf("  %s\n", r->gate_err.text[0] ? r->gate_err.text : "the replay ended before the journal's last event");
        print_place(r);
        return;
    }
    printf("  first difference: event %llu (thread %u, index %u, %s%s%s) at tick %llu, lr %08X\n",
           (unsigned long long)d->seq, d->thread, d->index, event_type(d->kind)->name, d->op ? " " : "",
           d->op ? export_op_name(d->op, op, sizeof op) : "", (unsigned long long)d->tick, d->lr);
    printf("  field %s: the journal has %s, the replay %s\n", d->field, d->want, d->got);
    print_place(r);
}

static void print_text(const struct replay *r, enum verdict verdict)
{
    fflush(stderr);
    printf("%s: %llu events, %llu state hashes", verdict_names[verdict],
           (unsigned long long)verifier_compared(r->verifier), (unsigned long long)verifier_hashes(r->verifier));
    if (r->s.engine)
        printf(", %llu instructions, %.6f s of virtual time", (unsigned long long)r->s.engine->m->instructions,
               (double)engine_time(r->s.engine) / TICKS_PER_SECOND);
    printf("%s\n", r->stopped ? " (stopped where --until says)" : "");
    if (verdict == VERDICT_TRUNCATED)
        printf("  the journal was cut short; up to its end the replay is exact\n");
    if (verdict == VERDICT_DIVERGED)
        print_difference(r);
}

static void print_json_place(struct json *j, const struct place *p)
{
    json_u64(j, "thread", p->thread);
    json_u64(j, "time", p->tick);
    json_hex(j, "pc", p->pc, 8);
    json_hex(j, "lr", p->lr, 8);
}

static void print_json_difference(struct json *j, const struct replay *r)
{
    const struct divergence *d = verifier_divergence(r->verifier);
    char op[64];
    json_object(j, "difference");
    if (d->found) {
        json_u64(j, "event", d->seq);
        json_u64(j, "thread", d->thread);
        json_u64(j, "index", d->index);
        json_u64(j, "time", d->tick);
        json_text(j, "kind", event_type(d->kind)->name);
        json_text(j, "op", d->op ? export_op_name(d->op, op, sizeof op) : NULL);
        if (r->place.known)
            json_hex(j, "pc", r->place.pc, 8);
        else
            json_null(j, "pc");
        json_hex(j, "lr", d->lr, 8);
        json_text(j, "field", d->field);
        json_text(j, "journal", d->want);
        json_text(j, "replay", d->got);
    } else {
        json_text(j, "reason", r->gate_err.text[0] ? r->gate_err.text : "ended before the journal's last event");
        if (r->place.known)
            print_json_place(j, &r->place);
    }
    json_close(j);
}

static void print_json(const struct replay *r, enum verdict verdict)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "verdict", verdict_names[verdict]);
    json_u64(&j, "events", verifier_compared(r->verifier));
    json_u64(&j, "hashes", verifier_hashes(r->verifier));
    json_bool(&j, "stopped", r->stopped);
    if (verdict == VERDICT_DIVERGED)
        print_json_difference(&j, r);
    else
        json_null(&j, "difference");
    json_close(&j);
    json_finish(&j);
}

static int replay(struct replay *r, const struct cli *cli)
{
    struct err err = {{0}};
    if (!read_until(r, cli, &err) || !detail_read(&r->detail, cli, &err) || !tell_read(&r->tell, cli, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    const char *schedule = cli_value(cli, "schedule");
    if (schedule && !(r->s.schedule = fopen(schedule, "w"))) {
        err_set(&err, "%s: %s", schedule, strerror(errno));
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    }
    if (!open_all(r, cli, &err) || !boot(r, cli, &err) || !run(r, &err) || !detail_finish(&r->detail, &err) ||
        !tell_finish(&r->tell, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    if (r->s.schedule && (fclose(r->s.schedule) != 0)) {
        err_set(&err, "%s: %s", schedule, strerror(errno));
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    }
    enum verdict verdict = judge(r);
    if (cli_has(cli, "json"))
        print_json(r, verdict);
    else
        print_text(r, verdict);
    return verdict == VERDICT_DIVERGED ? EXIT_HOST_ERROR : EXIT_OK;
}

static int refuse(const struct cli *cli, const char *option)
{
    struct err err;
    err_set(&err, "--%s is for a changed run: it needs --force, --poke or another change", option);
    return cli_fail(cli, EXIT_USAGE, &err);
}

int cmd_replay(const struct cli *cli)
{
    static const char *const for_changed[] = {"events", "stall-limit", "pads"};
    if (cmd_replay_is_changed(cli))
        return cmd_replay_changed(cli);
    for (size_t i = 0; i < countof(for_changed); i++)
        if (cli_has(cli, for_changed[i]))
            return refuse(cli, for_changed[i]);
    bool quiet = cli_has(cli, "quiet") || cli_has(cli, "json");
    struct replay r = {.s.quiet = quiet, .s.mute = quiet};
    int code = replay(&r, cli);
    detail_abandon(&r.detail);
    session_finish(&r.s);
    verifier_destroy(r.verifier);
    journal_close(r.journal);
    return code;
}
