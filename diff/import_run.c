/* SPDX-License-Identifier: BSD-3-Clause
 * Logs into a journal (diff/import_run.h). At each commit the journal gets what a reader needs to know of its sources,
 * and under resume.* what a later import needs to go on; the latter goes away at the end. */
#include "diff/import_run.h"
#include "diff/import_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

static void put_u64(struct import_sink *sink, const char *key, u64 value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    sink_meta(sink, key, text);
}

/* ---- What is told of the sources. ---- */

/* The clock is that of the first log. */
static void put_head(struct import_run *run)
{
    struct import_source *first = &run->sources[0];
    const struct import_clock *clock = import_rules_clock(first->parser.rules);
    sink_meta(run->sink, "clock.name", clock->name);
    put_u64(run->sink, "clock.hz", clock->hz);
    put_u64(run->sink, "clock.quantum", source_quantum(first));
}

static void put_source(struct import_run *run, u32 i)
{
    const struct import_source *source = &run->sources[i];
    char key[48];
    const struct {
        const char *name;
        u64 value;
    } numbers[] = {{"first_seq", source->at.first_seq},
                   {"lines", source->at.lines},
                   {"bytes", input_bytes(source->input)},
                   {"unrecognised", source->at.unrecognised},
                   {"unended", source->at.unended}};
    snprintf(key, sizeof key, "source.%u.path", i);
    sink_meta(run->sink, key, source->path);
    snprintf(key, sizeof key, "source.%u.format", i);
    sink_meta(run->sink, key, source->parser.format->name);
    for (size_t n = 0; n < countof(numbers); n++) {
        snprintf(key, sizeof key, "source.%u.%s", i, numbers[n].name);
        put_u64(run->sink, key, numbers[n].value);
    }
}

/* What ops are called that no export is. */
static void put_ops(struct import_run *run, const struct import_rules *rules)
{
    for (size_t i = 0; i < import_rules_op_count(rules); i++) {
        const struct import_op_name *name = import_rules_op(rules, i);
        if (op_is_foreign(name->op))
            sink_op(run->sink, name->op, name->name);
    }
}

static void put_one(void *sink, const char *key, const char *value)
{
    sink_meta(sink, key, value);
}

/* Several logs captured what one of them did. */
static void put_coverage(struct import_run *run)
{
    struct coverage *all = source_coverage(&run->sources[0]);
    for (u32 i = 1; i <= run->current; i++) {
        struct coverage *other = source_coverage(&run->sources[i]);
        coverage_merge(all, other);
        coverage_destroy(other);
    }
    coverage_add_dropped(all, sink_beyond(run->sink));
    coverage_write(all, put_one, run->sink);
    coverage_destroy(all);
}

/* What the user knows of the run and no log says. */
static void put_given(struct import_run *run)
{
    for (u32 i = 0; i < run->options->meta_count; i++) {
        const char *given = run->options->metas[i];
        char key[64];
        size_t size = strcspn(given, "=");
        memcpy(key, given, size);
        key[size] = 0;
        sink_meta(run->sink, key, given + size + 1);
    }
}

static void put_meta(struct import_run *run)
{
    const char *engine = import_rules_engine(run->sources[0].parser.rules), *given = run->options->engine;
    sink_meta(run->sink, "engine", given ? given : *engine ? engine : "unknown");
    put_u64(run->sink, "source.count", run->current + 1);
    put_given(run);
    put_coverage(run);
    for (u32 i = 0; i <= run->current; i++) {
        put_source(run, i);
        put_ops(run, run->sources[i].parser.rules);
    }
}

/* ---- Over a kill. ---- */

/* What of the command line goes into the journal. */
static u64 hash_given(const struct import_options *options)
{
    u64 hash = XXH3_64bits(options->engine ? options->engine : "", options->engine ? strlen(options->engine) : 0);
    for (u32 i = 0; i < options->meta_count; i++)
        hash = XXH3_64bits_withSeed(options->metas[i], strlen(options->metas[i]), hash);
    return hash;
}

static void put_text(struct import_run *run, const char *key, struct buffer *text)
{
    buffer_add(text, "", 1);
    sink_meta(run->sink, key, (const char *)text->data);
    text->size = 0;
}

static void put_state(struct import_run *run)
{
    struct buffer state = {0};
    char key[32];
    state_put_text(&state, "version", version_build());
    state_put(&state, "given", hash_given(run->options));
    state_put(&state, "count", run->count);
    state_put(&state, "current", run->current);
    sink_save(run->sink, &state);
    put_text(run, "resume.state", &state);
    for (u32 i = 0; i < run->count; i++) {
        snprintf(key, sizeof key, "resume.source.%u", i);
        source_save(&run->sources[i], &state);
        put_text(run, key, &state);
    }
    buffer_free(&state);
}

static void commit(void *context)
{
    struct import_run *run = context;
    put_meta(run);
    put_state(run);
    sink_commit(run->sink);
}

/* ---- Beginning. ---- */

static bool open_all(struct import_run *run, const char *const *paths, u32 count, struct err *err)
{
    for (u32 i = 0; i < count; i++) {
        run->count++;
        if (!source_open(&run->sources[i], paths[i], run->options, err))
            return false;
    }
    return true;
}

static bool begin_new(struct import_run *run, const char *const *paths, u32 count, struct err *err)
{
    if (!open_all(run, paths, count, err))
        return false;
    struct import_sink_setup setup = {.quantum = source_quantum(&run->sources[0]), .commit = run->options->commit};
    setup.timed = strcmp(import_rules_clock(run->sources[0].parser.rules)->name, "line") != 0;
    run->sink = sink_create(run->options->output, &setup, err);
    if (!run->sink)
        return false;
    put_head(run);
    commit(run);
    return true;
}

static bool check_state(const struct import_run *run, const char *state, u32 count, struct err *err)
{
    const char *output = run->options->output, *at = NULL;
    size_t size;
    const char *version = state_next(state, "version", &at, &size);
    if (!state_is(state, "version", version_build()))
        return err_set(err, "journal %s was begun by Lockstep %.*s, this is %s: import the log anew", output,
                       version ? (int)size : 0, version ? version : "", version_build());
    if (state_get(state, "count") != count)
        return err_set(err, "journal %s was begun from %llu logs, not %u", output,
                       (unsigned long long)state_get(state, "count"), count);
    return state_get(state, "given") == hash_given(run->options) ||
           err_set(err, "journal %s was begun with another --engine or --meta", output);
}

static bool resume_sources(struct import_run *run, struct journal_reader *r, const char *const *paths, u32 count,
                           struct err *err)
{
    char key[32];
    for (u32 i = 0; i < count; i++) {
        snprintf(key, sizeof key, "resume.source.%u", i);
        const char *state = journal_get(r, key);
        if (!state)
            return err_set(err, "journal %s tells nothing of log %u", run->options->output, i);
        run->count++;
        if (!source_resume(&run->sources[i], paths[i], run->options, state, err))
            return false;
    }
    return true;
}

enum { FINDING = 120 };

static void keep_first(void *context, const char *sentence)
{
    char *first = context;
    if (!*first)
        snprintf(first, FINDING, "%.*s", (int)strcspn(sentence, "\n"), sentence);
}

/* What is there becomes a part of the whole, and its damage with it. */
static bool check_whole(const struct import_run *run, struct journal_reader *r, struct err *err)
{
    char first[FINDING] = "";
    return !journal_verify(r, keep_first, first) ||
           err_set(err, "journal %s is damaged (%s): import the log anew", run->options->output, first);
}

static bool resume(struct import_run *run, struct journal_reader *r, const char *const *paths, u32 count,
                   struct err *err)
{
    const char *state = journal_get(r, "resume.state");
    if (journal_is_whole(r))
        return err_set(err, "journal %s is whole: there is nothing to resume", run->options->output);
    if (!state)
        return err_set(err, "journal %s was not left by an import: it cannot be resumed", run->options->output);
    if (!check_state(run, state, count, err) || !check_whole(run, r, err) || !resume_sources(run, r, paths, count, err))
        return false;
    run->current = (u32)state_get(state, "current");
    if (run->current >= count)
        return err_set(err, "journal %s tells of log %u of %u", run->options->output, run->current, count);
    run->sink = sink_resume(r, state, err);
    if (!run->sink)
        return false;
    run->resumed = true;
    run->resumed_lines = sink_counts(run->sink)->lines;
    return true;
}

/* An import that was killed before its first commit. */
static bool is_nothing(const struct journal_reader *r)
{
    return !journal_meta_count(r) && !journal_event_count(r) && !journal_input_count(r);
}

bool import_run_begin(struct import_run *run, const char *const *paths, u32 count, bool resuming, struct err *err)
{
    if (!resuming || access(run->options->output, F_OK) || journal_is_unbegun(run->options->output))
        return begin_new(run, paths, count, err);
    struct journal_reader *r = journal_open(run->options->output, err);
    if (!r)
        return false;
    bool nothing = is_nothing(r), ok = nothing || resume(run, r, paths, count, err);
    journal_close(r);
    return nothing ? begin_new(run, paths, count, err) : ok;
}

/* ---- Reading. ---- */

bool import_run_read(struct import_run *run, bool *finished, struct err *err)
{
    struct err ignored;
    bool ok = true;
    for (;;) {
        struct import_source *source = &run->sources[run->current];
        sink_source(run->sink, run->current);
        ok = source->at.ended || source_read(source, run->sink, run->options, commit, run, err);
        if (!ok || sink_failed(run->sink) || run->current + 1 == run->count)
            break;
        run->current++;
    }
    put_meta(run);
    if (!ok)
        sink_meta(run->sink, "source.error", err->text);
    run->counts = *sink_counts(run->sink);
    sink_forget_meta(run->sink, "resume.");
    *finished = sink_finish(run->sink, ok ? err : &ignored);
    run->sink = NULL;
    return ok && *finished;
}

void import_run_end(struct import_run *run)
{
    sink_abandon(run->sink);
    for (u32 i = 0; i < run->count; i++)
        source_close(&run->sources[i]);
}
