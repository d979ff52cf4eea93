/* SPDX-License-Identifier: BSD-3-Clause
 * gen pair: the good run, the fault chosen among what it did, the bad run. */
#include "tests/gen/pair.h"
#include "tests/gen/options.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENTS_LEAST = 2000, EVENTS_MOST = 20000, THREADS_LEAST = 8, THREADS_MOST = 21, TRIES = 100 };

static const char *const class_names[] = {"jitter",     "wrong-return", "missing-signal", "other-branch",
                                          "extra-call", "order-swap",   "early-end"};

const char *pair_class_name(enum gen_fault fault)
{
    return class_names[fault];
}

/* ---- What the two runs are. ---- */

static bool is_even(struct gen_random *random)
{
    return gen_chance(random, 500);
}

static bool make_engine(const struct gen_options *options, const char *style_name, u64 seed, struct gen_engine *engine)
{
    struct gen_random random = {gen_mix(seed)};
    enum gen_style style = is_even(&random) ? STYLE_CANARY : STYLE_OURS;
    if (style_name && !gen_style_by_name(style_name, &style))
        return false;
    engine_init(engine, style, gen_next(&random), true);
    engine->jitter = options->jitter >= 0 ? (u32)options->jitter : gen_between(&random, 10, 200);
    engine->newest_first = is_even(&random);
    engine->scale = gen_between(&random, 60, 600);
    engine->import_calls = is_even(&random) && !options->no_imports;
    engine->tells_handles = !options->no_handles;
    return true;
}

static u64 count_events(const struct gen_title *title, const struct gen_engine *engine)
{
    struct gen_run *run = calloc(1, sizeof *run);
    CHECK(run, "no memory for a run");
    run_init(run, title, engine, NULL);
    run_execute(run);
    u64 events = run->events;
    run_finish(run);
    free(run);
    return events;
}

/* As many frames as make about so many events. */
static void build_title(struct gen_title *title, u64 seed, u32 threads, const struct gen_engine *engine, u64 events)
{
    title_build(title, seed, threads, 1);
    u64 one = count_events(title, engine);
    title_build(title, seed, threads, 3);
    u64 a_frame = (count_events(title, engine) - one) / 2 + 1;
    u64 frames = events > one ? 1 + (events - one) / a_frame : 1;
    title_build(title, seed, threads, (u32)(frames < 2 ? 2 : frames));
}

static void execute(struct gen_pair *pair, struct gen_run *run, const struct gen_engine *engine, const char *path,
                    u64 limit)
{
    out_open(&pair->out, path);
    emit_init(&pair->emitter, engine->style == STYLE_CANARY ? FORMAT_canary : FORMAT_ours, &pair->out, pair->seed);
    pair->emitter.limit = limit;
    struct gen_plant plant = run->plant;
    run_init(run, &pair->title, engine, &pair->emitter.sink);
    run->plant = plant;
    run->keeps_steps = true;
    run_execute(run);
    out_close(&pair->out);
}

/* ---- The fault. ---- */

static bool is_swappable(const struct gen_insn *insn)
{
    return insn[0].code == CODE_PLAIN && insn[1].code == CODE_PLAIN && insn[0].op != insn[1].op;
}

static bool is_fit(const struct gen_pair *pair, const struct gen_step *step)
{
    const struct gen_insn *insn = &pair->title.insns[step->insn];
    switch (pair->fault) {
    case FAULT_WRONG_RETURN:
        return insn->code == CODE_QUERY;
    case FAULT_MISSING_SIGNAL:
        return insn->code == CODE_SIGNAL;
    case FAULT_OTHER_BRANCH:
        return insn->code == CODE_CHOOSE;
    case FAULT_EXTRA_CALL:
        return insn->code != CODE_CHOOSE && !step->is_spared;
    case FAULT_ORDER_SWAP:
        return is_swappable(insn);
    default:
        return false;
    }
}

/* Any step of the good run at which the fault is possible, all alike. */
static bool choose_plant(struct gen_pair *pair, struct gen_random *random)
{
    u32 seen = 0;
    struct gen_plant plant = {.fault = pair->fault};
    for (u32 i = 0; i < pair->a.thread_count; i++)
        for (u32 k = 0; k < pair->a.threads[i].step_count; k++) {
            const struct gen_step *step = &pair->a.threads[i].steps[k];
            if (!is_fit(pair, step) || gen_below(random, ++seen) > 0)
                continue;
            plant.slot = i;
            plant.insn = step->insn;
            plant.nth = step->nth;
            plant.lr = step->lr - 4 * gen_between(random, 1, 8);
        }
    plant.op = gen_below(random, 2) ? OP_KeQueryPerformanceFrequency : OP_NtQueryInformationFile;
    pair->b.plant = plant;
    return seen > 0;
}

struct gen_parting pair_parting(const struct gen_pair *pair, u32 slot)
{
    const struct gen_thread *a = &pair->a.threads[slot], *b = &pair->b.threads[slot];
    struct gen_parting at = {0};
    for (;; at.a++, at.b++) {
        while (at.a < a->step_count && a->steps[at.a].op == GEN_NO_OP)
            at.a++;
        while (at.b < b->step_count && b->steps[at.b].op == GEN_NO_OP)
            at.b++;
        bool a_ends = at.a == a->step_count || a->steps[at.a].call >= a->index;
        bool b_ends = at.b == b->step_count || b->steps[at.b].call >= b->index;
        at.ends = a_ends || b_ends;
        at.is_there = a_ends != b_ends;
        if (at.ends)
            return at;
        const struct gen_step *x = &a->steps[at.a], *y = &b->steps[at.b];
        at.in_result = x->status != y->status;
        at.is_there = x->op != y->op || x->lr != y->lr || at.in_result;
        at.in_result &= x->op == y->op && x->lr == y->lr;
        if (at.is_there)
            return at;
    }
}

/* The fault did what its class is for, and nothing else did. */
static bool is_as_planned(const struct gen_pair *pair)
{
    for (u32 i = 0; i < pair->a.thread_count; i++) {
        struct gen_parting at = pair_parting(pair, i);
        bool is_here = i == pair->b.plant.slot && pair->b.plant.fault;
        if (is_here && (!at.is_there || at.ends || at.in_result != (pair->fault == FAULT_WRONG_RETURN)))
            return false;
        if (!is_here && at.is_there && !(at.ends && (pair->b.is_wedged || pair->fault == FAULT_EARLY_END)))
            return false;
    }
    return pair->b.is_wedged == (pair->fault == FAULT_MISSING_SIGNAL);
}

/* ---- The command. ---- */

static void path_of(char path[600], const char *folder, const char *name)
{
    snprintf(path, 600, "%s/%s", folder, name);
}

static bool run_bad(struct gen_pair *pair, struct gen_random *random, const struct gen_engine *engine, const char *path)
{
    u64 limit = 0;
    bool has_plant = pair->fault != FAULT_NONE && pair->fault != FAULT_EARLY_END;
    if (pair->fault == FAULT_EARLY_END)
        limit = count_events(&pair->title, engine) * gen_between(random, 200, 950) / 1000;
    for (u32 i = 0; i < TRIES; i++) {
        if (has_plant && !choose_plant(pair, random))
            return false;
        execute(pair, &pair->b, engine, path, limit);
        if (is_as_planned(pair))
            return true;
        run_finish(&pair->b);
    }
    return false;
}

static bool class_by_name(const char *name, enum gen_fault *fault)
{
    for (u32 i = 0; i < countof(class_names); i++)
        if (!strcmp(class_names[i], name)) {
            *fault = i;
            return true;
        }
    fprintf(stderr, "lockstep-gen: no class of pairs is called %s\n", name);
    return false;
}

/* -1: the fault is not possible in this title. */
static int try_pair(struct gen_pair *pair, const struct gen_options *options, u64 seed, const char *folder)
{
    struct gen_random random = {gen_mix(seed)};
    struct gen_engine a, b;
    char path[600];
    if (!make_engine(options, options->style_a, gen_next(&random), &a) ||
        !make_engine(options, options->style_b, gen_next(&random), &b))
        return 2;
    u32 threads = options->threads ? options->threads : gen_between(&random, THREADS_LEAST, THREADS_MOST);
    u64 events = options->events ? options->events : gen_between(&random, EVENTS_LEAST, EVENTS_MOST);
    build_title(&pair->title, gen_next(&random), threads, &a, events);
    path_of(path, folder, "a.jsonl");
    execute(pair, &pair->a, &a, path, 0);
    path_of(path, folder, "b.jsonl");
    if (!run_bad(pair, &random, &b, path)) {
        run_finish(&pair->a);
        return -1;
    }
    path_of(path, folder, "truth.json");
    out_open(&pair->out, path);
    pair_write_truth(pair);
    out_close(&pair->out);
    run_finish(&pair->a);
    run_finish(&pair->b);
    return 0;
}

static int make_pair(const struct gen_options *options, enum gen_fault fault, u64 seed, const char *folder)
{
    struct gen_pair *pair = calloc(1, sizeof *pair);
    int code = -1;
    CHECK(pair, "no memory for a pair");
    pair->fault = fault;
    pair->seed = seed;
    for (u64 i = 0; code == -1; i++)
        code = try_pair(pair, options, gen_mix(seed << 3 ^ fault) + i, folder);
    free(pair);
    return code;
}

static int make_pairs(const struct gen_options *options, enum gen_fault fault)
{
    char name[64], folder[600];
    int code = 0;
    if (options->count == 0)
        return make_pair(options, fault, options->seed, options->output);
    for (u64 seed = options->seed; code == 0 && seed < options->seed + options->count; seed++) {
        snprintf(name, sizeof name, "%s-%llu", pair_class_name(fault), (unsigned long long)seed);
        path_of(folder, options->output, name);
        code = out_make_folder(folder) ? make_pair(options, fault, seed, folder) : 1;
    }
    return code;
}

int gen_pair(const struct gen_options *options)
{
    enum gen_fault fault = FAULT_NONE;
    bool is_all = !strcmp(options->class, "all") && options->count > 0;
    if (!is_all && !class_by_name(options->class, &fault))
        return 2;
    if (!out_make_folder(options->output))
        return 1;
    if (!is_all)
        return make_pairs(options, fault);
    for (u32 i = 0; i < countof(class_names); i++) {
        int code = make_pairs(options, i);
        if (code)
            return code;
    }
    return 0;
}
