/* SPDX-License-Identifier: BSD-3-Clause
 * gen log: one run of a title without an end, in one engine's log. */
#include "tests/gen/dump.h"
#include "tests/gen/emit.h"
#include "tests/gen/options.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRAMES_WITHOUT_END = 1 << 30, THREADS = 21, LOADER_SLOT = 3, EVENTS = 100000 };

static bool choose_format(const struct gen_options *options, enum gen_style style, enum gen_format *format)
{
    bool is_phase_a = !strcmp(options->kind, "phase-a");
    if (is_phase_a) {
        *format = style == STYLE_CANARY ? FORMAT_canary : FORMAT_ours;
        return true;
    }
    if (emit_format_by_name(options->kind, format))
        return true;
    fprintf(stderr, "lockstep-gen: no kind of log is called %s\n", options->kind);
    return false;
}

static struct gen_engine engine_of(const struct gen_options *options, enum gen_style style)
{
    struct gen_engine engine;
    engine_init(&engine, style, options->seed, false);
    engine.jitter = options->jitter >= 0 ? (u32)options->jitter : engine.jitter;
    engine.tells_handles = !options->no_handles;
    engine.import_calls = !options->no_imports;
    return engine;
}

static void report(const struct gen_emitter *emitter, const struct gen_out *out)
{
    printf("{\"events\":%llu,\"other_lines\":%llu,\"lines\":%llu,\"bytes\":%llu,\"calls\":%llu}\n",
           (unsigned long long)emitter->count, (unsigned long long)emitter->no_events, (unsigned long long)out->lines,
           (unsigned long long)out->bytes, (unsigned long long)emitter->written[GEN_CALL]);
}

/* The loader forgets to say that it has loaded, once, after about so many events: all threads block. */
static void plant_wedge(struct gen_run *run, u64 events)
{
    const struct gen_title *title = run->title;
    u32 number = 0;
    for (u32 i = 0; i < title->insn_count; i++)
        if (title->insns[i].code == CODE_SIGNAL && title->insns[i].mode == MODE_GLOBAL &&
            title->insns[i].var == title->loaded)
            number = i;
    run->plants[0] = (struct gen_plant){
        FAULT_MISSING_SIGNAL, LOADER_SLOT, number, (u32)((events ? events : EVENTS) / 1000), 0, 0, false};
}

static int log_dump(const struct gen_options *options, const struct gen_title *title, struct gen_out *out)
{
    struct gen_run *run = calloc(1, sizeof *run);
    struct gen_engine engine = engine_of(options, STYLE_OURS);
    CHECK(run, "no memory for a run");
    run_init(run, title, &engine, NULL);
    plant_wedge(run, options->events);
    run_execute(run);
    dump_write(out, run);
    out_close(out);
    run_finish(run);
    free(run);
    return 0;
}

static int log_run(const struct gen_options *options, const struct gen_title *title, struct gen_out *out,
                   enum gen_style style, enum gen_format format)
{
    struct gen_run *run = calloc(1, sizeof *run);
    struct gen_emitter *emitter = calloc(1, sizeof *emitter);
    struct gen_engine engine = engine_of(options, style);
    CHECK(run && emitter, "no memory for a run");
    emit_init(emitter, format, out, options->seed);
    emit_without(emitter, options->no_lr, options->no_ordinal);
    emitter->limit = options->events ? options->events : EVENTS;
    run_init(run, title, &engine, &emitter->sink);
    run_execute(run);
    out_close(out);
    if (out->fd != 1)
        report(emitter, out);
    run_finish(run);
    free(run);
    free(emitter);
    return 0;
}

int gen_log(const struct gen_options *options)
{
    struct gen_title *title = calloc(1, sizeof *title);
    struct gen_out *out = calloc(1, sizeof *out);
    bool is_dump = !strcmp(options->kind, "deadlock-dump");
    bool is_ours = !strcmp(options->kind, "lr-trace") || !strcmp(options->kind, "recomp");
    enum gen_style style = is_ours ? STYLE_OURS : STYLE_CANARY;
    enum gen_format format = FORMAT_canary;
    CHECK(title && out, "no memory for a title");
    if (options->style && !gen_style_by_name(options->style, &style))
        return 2;
    if (!is_dump && !choose_format(options, style, &format))
        return 2;
    title_build(title, options->seed, options->threads ? options->threads : THREADS, FRAMES_WITHOUT_END);
    out_open(out, options->output);
    int code = is_dump ? log_dump(options, title, out) : log_run(options, title, out, style, format);
    free(title);
    free(out);
    return code;
}
