/* SPDX-License-Identifier: BSD-3-Clause
 * bisect engine: the same inputs on two builds, down to the first instruction that gives another result. The good build
 * must replay the journal exactly; then the bad one does, or not. State hashes at slice boundaries, asked of both by
 * stopping there, find the first slice that ends differently; traces of both over that slice find the instruction. It
 * is confirmed when it is the first that differs at all in the slice, and read the same and gave something else. */
#include "diff/bisect.h"
#include "diff/child.h"
#include "replay/journal.h"
#include "schema/ppc.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLICE_TICKS = 1000, SIDES = 2 };

static const char *const sides[SIDES] = {"good", "bad"};

struct stop {
    u64 ticks, instructions;
    u64 hash;
};

struct engines {
    const struct cli *cli;
    char program[SIDES][4096];
    char folder[4096];
    char journal[4096];
    char state[4200]; /* the file of stops that are known; "": none */
    u64 key;          /* of builds and journal, in it */
    u64 runs;
    u64 end;          /* tick of the journal's last event */
    struct stop same; /* the last place where both are equal, */
    struct stop other[SIDES];
    bool is_kept; /* the journal is there when this is over */
    bool is_found, is_confirmed;
    struct event event[SIDES];
    char what[640];
};

/* BINARY is lockstep, lockstep-emu, or the folder that has them. */
static bool find_program(const char *path, char *program, size_t size, struct err *err)
{
    struct stat st;
    snprintf(program, size, "%s", path);
    if (stat(path, &st) != 0)
        return err_set(err, "%s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode)) {
        snprintf(program, size, "%s/lockstep-emu", path);
    } else if (!strcmp(path + (strrchr(path, '/') ? strrchr(path, '/') - path + 1 : 0), "lockstep")) {
        char beside[4200];
        snprintf(beside, sizeof beside, "%s-emu", path);
        if (access(beside, X_OK) == 0)
            snprintf(program, size, "%.4000s", beside);
    }
    return access(program, X_OK) == 0 || err_set(err, "%s: %s", program, strerror(errno));
}

static bool run_both(struct engines *e, struct child *children, u32 from, struct err *err)
{
    struct child *list[SIDES] = {&children[0], &children[1]};
    for (u32 i = 0; i < SIDES; i++)
        children[i].program = e->program[i];
    e->runs += SIDES - from;
    if (isatty(STDERR_FILENO) && !cli_has(e->cli, "quiet"))
        fprintf(stderr, "\r\x1b[Kengine: %llu runs, ticks %llu to %llu", (unsigned long long)e->runs,
                (unsigned long long)e->same.ticks, (unsigned long long)e->other[1].ticks);
    return child_run(list + from, SIDES - from, err);
}

/* The number behind "key": in JSON, hex or decimal; false: it is not there. */
static bool json_number(const char *text, const char *key, u64 *value)
{
    char name[48];
    snprintf(name, sizeof name, "\"%s\": ", key);
    const char *at = strstr(text, name);
    if (!at)
        return false;
    at += strlen(name);
    at += *at == '"';
    char *end;
    *value = strtoull(at, &end, 0);
    return end != at;
}

/* Lines "KEY tick" and of both builds "ticks instructions hash", with a point at the end of those that are whole. */
static bool is_known(const struct engines *e, u64 tick, struct stop *stops)
{
    FILE *file = e->state[0] ? fopen(e->state, "r") : NULL;
    char line[512];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        unsigned long long key, at, v[6];
        found = sscanf(line, "%llx %llu %llu %llu %llx %llu %llu %llx.", &key, &at, &v[0], &v[1], &v[2], &v[3], &v[4],
                       &v[5]) == 8 &&
                strstr(line, ".\n") && key == e->key && at == tick;
        for (u32 i = 0; found && i < SIDES; i++)
            stops[i] = (struct stop){v[3 * i], v[3 * i + 1], v[3 * i + 2]};
    }
    if (file)
        fclose(file);
    return found;
}

static void keep(const struct engines *e, u64 tick, const struct stop *stops)
{
    FILE *file = e->state[0] ? fopen(e->state, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%llx %llu", (unsigned long long)e->key, (unsigned long long)tick);
    for (u32 i = 0; i < SIDES; i++)
        fprintf(file, " %llu %llu %llx", (unsigned long long)stops[i].ticks, (unsigned long long)stops[i].instructions,
                (unsigned long long)stops[i].hash);
    fputs(".\n", file);
    fclose(file);
}

/* Where the run is at the first slice boundary from that tick on. */
static bool stop_at(struct engines *e, u64 tick, struct stop *stops, struct err *err)
{
    if (is_known(e, tick, stops))
        return true;
    struct child children[SIDES] = {{.count = 0}, {.count = 0}};
    char none[4200];
    snprintf(none, sizeof none, "%s/none", e->folder);
    FILE *file = fopen(none, "w");
    if (!file || fclose(file) != 0)
        return err_set(err, "%s: %s", none, strerror(errno));
    for (u32 i = 0; i < SIDES; i++) {
        child_add(&children[i], "replay");
        child_add(&children[i], "%s", e->journal);
        child_add(&children[i], "--changes=%s", none);
        child_add(&children[i], "--until=%llut", (unsigned long long)tick);
        child_add(&children[i], "--quiet");
        child_add(&children[i], "--json");
    }
    if (!run_both(e, children, 0, err))
        return false;
    for (u32 i = 0; i < SIDES; i++) {
        if (!json_number(children[i].said, "hash", &stops[i].hash) ||
            !json_number(children[i].said, "ticks", &stops[i].ticks) ||
            !json_number(children[i].said, "instructions", &stops[i].instructions))
            return err_set(err, "the %s build does not run to tick %llu: %s", sides[i], (unsigned long long)tick,
                           children[i].said);
    }
    keep(e, tick, stops);
    return true;
}

static bool is_same(const struct stop *stops)
{
    return stops[0].hash == stops[1].hash && stops[0].ticks == stops[1].ticks;
}

/* Halves between a tick at which both are equal and one at which they are not. */
static bool find_slice(struct engines *e, struct err *err)
{
    u64 low = 0, high = e->end + SLICE_TICKS;
    struct stop stops[SIDES];
    if (!stop_at(e, high, stops, err))
        return false;
    memcpy(e->other, stops, sizeof stops);
    if (is_same(stops))
        return err_set(err,
                       "the replays differ, but both builds come to the same state: one of them is not deterministic");
    while (high - low > SLICE_TICKS / 4) {
        u64 middle = low + (high - low) / 2;
        if (!stop_at(e, middle, stops, err))
            return false;
        if (is_same(stops)) {
            e->same = stops[0];
            low = middle;
        } else {
            memcpy(e->other, stops, sizeof stops);
            high = middle;
        }
    }
    return true;
}

static bool trace(struct engines *e, char path[SIDES][4200], struct err *err)
{
    struct child children[SIDES] = {{.count = 0}, {.count = 0}};
    for (u32 i = 0; i < SIDES; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s.lsj", e->folder, sides[i]);
        child_add(&children[i], "replay");
        child_add(&children[i], "%s", e->journal);
        child_add(&children[i], "--quiet");
        child_add(&children[i], "--trace=instructions");
        child_add(&children[i], "--window=insn:%llu..insn:%llu", (unsigned long long)e->same.instructions,
                  (unsigned long long)e->other[i].instructions);
        child_add(&children[i], "--output=%s", path[i]);
    }
    if (!run_both(e, children, 0, err))
        return false;
    for (u32 i = 0; i < SIDES; i++)
        if (access(path[i], R_OK) != 0)
            return err_set(err, "the %s build wrote no trace: %s", sides[i], children[i].said);
    return true;
}

static bool differs(const struct event *a, const struct event *b)
{
    for (u32 i = 0; i < EVENT_FIELDS_MAX; i++)
        if (a->v[i] != b->v[i])
            return true;
    return a->thread != b->thread || a->kind != b->kind;
}

/* It is the instruction itself: the same one, on the same registers and address, gives something else. */
static bool is_result(const struct event *a, const struct event *b)
{
    static const u8 read[] = {F_instruction_pc,  F_instruction_word, F_instruction_number, F_instruction_address,
                              F_instruction_in0, F_instruction_in1,  F_instruction_in2};
    for (size_t i = 0; i < countof(read); i++)
        if (a->v[read[i]] != b->v[read[i]])
            return false;
    return a->thread == b->thread;
}

static int next_instruction(struct journal_cursor *c, const struct event **event, struct err *err)
{
    int found;
    while ((found = journal_cursor_next(c, event, err)) > 0 && (*event)->kind != EVENT_instruction)
        continue;
    return found;
}

static void tell(struct engines *e)
{
    const struct event *a = &e->event[0], *b = &e->event[1];
    char text[96];
    ppc_disassemble((u32)a->v[F_instruction_word], (u32)a->v[F_instruction_pc], text, sizeof text);
    e->is_confirmed = is_result(a, b);
    snprintf(
        e->what, sizeof e->what,
        "thread %u, pc 0x%08X: `%s` (instruction %llu of the run, tick %llu) %s: it read 0x%llX 0x%llX 0x%llX, and "
        "the good build gives 0x%llX 0x%llX, the bad one 0x%llX 0x%llX",
        a->thread, (u32)a->v[F_instruction_pc], text, (unsigned long long)a->v[F_instruction_number],
        (unsigned long long)a->time,
        e->is_confirmed ? "gives another result on the same operands"
                        : "is the first that differs, but not by its own result",
        (unsigned long long)a->v[F_instruction_in0], (unsigned long long)a->v[F_instruction_in1],
        (unsigned long long)a->v[F_instruction_in2], (unsigned long long)a->v[F_instruction_out0],
        (unsigned long long)a->v[F_instruction_out1], (unsigned long long)b->v[F_instruction_out0],
        (unsigned long long)b->v[F_instruction_out1]);
}

static bool compare(struct engines *e, char path[SIDES][4200], struct err *err)
{
    struct journal_reader *r[SIDES] = {journal_open(path[0], err), NULL};
    r[1] = r[0] ? journal_open(path[1], err) : NULL;
    struct journal_cursor *c[SIDES] = {NULL, NULL};
    const struct event *event[SIDES];
    bool good = r[1] != NULL;
    for (u32 i = 0; good && i < SIDES; i++)
        good = (c[i] = journal_cursor_all(r[i], 0, err)) != NULL;
    while (good) {
        int found[SIDES] = {next_instruction(c[0], &event[0], err), next_instruction(c[1], &event[1], err)};
        good = found[0] >= 0 && found[1] >= 0;
        if (found[0] <= 0 || found[1] <= 0)
            break;
        if (!differs(event[0], event[1]))
            continue;
        e->is_found = true;
        e->event[0] = *event[0];
        e->event[1] = *event[1];
        tell(e);
        break;
    }
    for (u32 i = 0; i < SIDES; i++) {
        journal_cursor_close(c[i]);
        journal_close(r[i]);
    }
    return good;
}

/* The good build replays it; *same: so does the bad one. */
static bool replay(struct engines *e, bool *same, struct err *err)
{
    struct child children[SIDES] = {{.count = 0}, {.count = 0}};
    for (u32 i = 0; i < SIDES; i++) {
        child_add(&children[i], "replay");
        child_add(&children[i], "%s", e->journal);
        child_add(&children[i], "--quiet");
        child_add(&children[i], "--json");
    }
    if (!run_both(e, children, 0, err))
        return false;
    for (u32 i = 0; i < SIDES; i++)
        if (!strstr(children[i].said, "\"verdict\""))
            return err_set(err, "the %s build cannot replay %s: %s", sides[i], e->journal, children[i].said);
    if (strstr(children[0].said, "\"diverged\""))
        return err_set(err, "the good build does not replay %s either: %s", e->journal, children[0].said);
    *same = !strstr(children[1].said, "\"diverged\"");
    return true;
}

/* A title is recorded by the good build. */
static bool find_journal(struct engines *e, struct err *err)
{
    struct err why;
    struct stat st;
    const char *path = e->cli->operands[3], *output = cli_value(e->cli, "output");
    bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    struct journal_reader *r = is_folder ? NULL : journal_open(path, &why);
    snprintf(e->journal, sizeof e->journal, "%s", path);
    e->is_kept = r || output;
    if (!r) {
        struct child children[SIDES] = {{.count = 0}, {.count = 0}}, *list = &children[0];
        if (output)
            snprintf(e->journal, sizeof e->journal, "%s", output);
        else
            snprintf(e->journal, sizeof e->journal, "%.4000s/run.lsj", e->folder);
        children[0].program = e->program[0];
        child_add(list, "record");
        child_add(list, "%s", path);
        child_add(list, "--cold");
        child_add(list, "--seed=1");
        child_add(list, "--quiet");
        child_add(list, "--output=%s", e->journal);
        e->runs++;
        if (!child_run(&list, 1, err))
            return false;
        r = journal_open(e->journal, &why);
        if (!r)
            return err_set(err, "the good build cannot record %s: %s", path, children[0].said);
    }
    bool good = journal_get_u64(r, "end.ticks", &e->end) || err_set(err, "%s does not say how it ended", e->journal);
    journal_close(r);
    return good;
}

static void put_values(struct json *j, const char *key, const struct event *event)
{
    json_object(j, key);
    json_hex(j, "out0", event->v[F_instruction_out0], 16);
    json_hex(j, "out1", event->v[F_instruction_out1], 16);
    json_hex(j, "flags", event->v[F_instruction_flags], 16);
    json_hex(j, "value", event->v[F_instruction_value], 16);
    json_close(j);
}

static void put_cause(struct json *j, const struct engines *e)
{
    const struct event *a = &e->event[0];
    char text[96];
    json_object(j, "cause");
    json_text(j, "kind", "engine");
    json_u64(j, "time", e->same.ticks);
    if (e->is_found) {
        ppc_disassemble((u32)a->v[F_instruction_word], (u32)a->v[F_instruction_pc], text, sizeof text);
        json_u64(j, "thread", a->thread);
        json_hex(j, "pc", a->v[F_instruction_pc], 8);
        json_hex(j, "word", a->v[F_instruction_word], 8);
        json_text(j, "instruction", text);
        json_u64(j, "number", a->v[F_instruction_number]);
        json_array(j, "read");
        for (u32 i = 0; i < 3; i++)
            json_hex(j, NULL, a->v[F_instruction_in0 + i], 16);
        json_close(j);
        put_values(j, "a", a);
        put_values(j, "b", &e->event[1]);
    }
    json_close(j);
}

static void put(const struct engines *e, bool same)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "verdict", same ? "not found" : e->is_confirmed ? "confirmed" : "unconfirmed");
    if (same)
        json_null(&j, "cause");
    else
        put_cause(&j, e);
    json_u64(&j, "runs", e->runs);
    json_text(&j, "journal", e->is_kept ? e->journal : NULL);
    json_text(&j, "sentence", e->what);
    json_close(&j);
    json_finish(&j);
}

static bool find(struct engines *e, bool *same, struct err *err)
{
    char path[SIDES][4200];
    for (u32 i = 0; i < SIDES; i++)
        if (!find_program(e->cli->operands[1 + i], e->program[i], sizeof e->program[i], err))
            return false;
    const char *output = cli_value(e->cli, "output");
    if (output)
        snprintf(e->state, sizeof e->state, "%s.trials", output);
    if (!child_folder_make(e->folder, sizeof e->folder, err) || !find_journal(e, err) || !replay(e, same, err))
        return false;
    if (*same) {
        snprintf(e->what, sizeof e->what, "both builds replay the run exactly");
        return true;
    }
    e->key = trials_file_hash(e->journal) ^ trials_file_hash(e->program[0]) * 3 ^ trials_file_hash(e->program[1]) * 5;
    if (!find_slice(e, err) || !trace(e, path, err) || !compare(e, path, err))
        return false;
    if (!e->is_found)
        snprintf(
            e->what, sizeof e->what,
            "the state differs from the slice at tick %llu on, but no instruction in it read or wrote anything else: "
            "a kernel call or a device does",
            (unsigned long long)e->same.ticks);
    return true;
}

int bisect_engine(const struct cli *cli)
{
    struct err err = {{0}};
    struct engines e = {.cli = cli};
    bool same = false;
    if (cli->operand_count != 4) {
        err_set(&err, "engine takes GOOD-BINARY BAD-BINARY TITLE|RUN.lsj");
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    bool good = find(&e, &same, &err);
    if (good && cli_has(cli, "json"))
        put(&e, same);
    else if (good)
        printf("%s\n%s\n%llu run%s\n",
               same             ? "not found"
               : e.is_confirmed ? "confirmed"
                                : "unconfirmed",
               e.what, (unsigned long long)e.runs, cli_plural(e.runs));
    if (isatty(STDERR_FILENO) && !cli_has(cli, "quiet"))
        fputs("\r\x1b[K", stderr);
    if (e.folder[0])
        child_folder_remove(e.folder);
    if (!good)
        return cli_fail(cli, EXIT_UNTESTABLE, &err);
    return same ? EXIT_OK : EXIT_HOST_ERROR;
}
