/* SPDX-License-Identifier: BSD-3-Clause
 * gen pair: the good run, the fault chosen among what it did, the bad run. */
#include "tests/gen/pair.h"
#include "tests/gen/options.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENTS_LEAST = 2000, EVENTS_MOST = 20000, THREADS_LEAST = 8, THREADS_MOST = 21, TRIES = 100 };
enum { CROWD_LEAST = 30, CROWD_MOST = TITLE_THREADS_MAX };

const struct gen_pair_kind gen_pair_kinds[] = {
#define GEN_PAIR(name, fault, shape, way, verdict) {name, fault, shape, way, verdict},
#include "tests/gen/kinds.def"
};
const u32 gen_pair_kind_count = countof(gen_pair_kinds);

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

static void set_ways(enum gen_way way, struct gen_random *random, struct gen_engine *a, struct gen_engine *b)
{
    if (way == WAY_SPEED) {
        bool drifts = is_even(random);
        b->scale = drifts ? b->scale : gen_between(random, 10, 6000);
        b->drift = drifts ? gen_between(random, 1, 60) : 0;
    } else if (way == WAY_RECYCLED) {
        a->never_again = true;
        b->newest_first = true;
    }
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
    struct gen_plant plants[PLANTS];
    bool has_other = run == &pair->b && pair->kind->way == WAY_SPAWN_SWAP;
    memcpy(plants, run->plants, sizeof plants);
    run_init(run, has_other ? &pair->other : &pair->title, engine, &pair->emitter.sink);
    memcpy(run->plants, plants, sizeof plants);
    run->keeps_steps = true;
    run_execute(run);
    out_close(&pair->out);
}

/* ---- What B did. ---- */

bool pair_leaves_out(const struct gen_pair *pair, const struct gen_step *step)
{
    return step->op == GEN_NO_OP || step->is_poll || step->op == pair->b.engine.untold;
}

u32 pair_twin(const struct gen_pair *pair, u32 slot)
{
    for (u32 i = 0; i < pair->b.thread_count; i++)
        if (pair->b.threads[i].origin == slot)
            return i;
    return slot;
}

struct gen_parting pair_parting(const struct gen_pair *pair, u32 slot)
{
    const struct gen_thread *a = &pair->a.threads[slot], *b = &pair->b.threads[pair_twin(pair, slot)];
    struct gen_parting at = {0};
    for (;; at.a++, at.b++) {
        while (at.a < a->step_count && pair_leaves_out(pair, &a->steps[at.a]))
            at.a++;
        while (at.b < b->step_count && pair_leaves_out(pair, &b->steps[at.b]))
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

static const struct gen_plant *plant_of(const struct gen_pair *pair, u32 slot)
{
    for (u32 i = 0; i < PLANTS; i++)
        if (pair->b.plants[i].fault && pair->b.plants[i].slot == slot)
            return &pair->b.plants[i];
    return NULL;
}

/* A thread with a fault parts there from its twin, and not because one of them ends. */
static bool parts_as_planned(const struct gen_pair *pair, const struct gen_plant *plant, struct gen_parting at)
{
    bool has_both = pair->b.plants[0].slot == pair->b.plants[1].slot && pair->b.plants[1].fault;
    bool in_result = plant->fault == FAULT_WRONG_RETURN || plant->fault == FAULT_TIMED_OUT;
    return at.is_there && !at.ends && (has_both || at.in_result == in_result);
}

/* The faults did what they are for, and nothing else did. */
static bool is_as_planned(const struct gen_pair *pair)
{
    const struct gen_plant *plants = pair->b.plants;
    bool is_swap = pair->kind->way == WAY_SPAWN_SWAP;
    bool loses = plants[0].fault == FAULT_MISSING_SIGNAL || plants[1].fault == FAULT_MISSING_SIGNAL;
    for (u32 i = 0; i < pair->a.thread_count; i++) {
        struct gen_parting at = pair_parting(pair, i);
        const struct gen_plant *plant = plant_of(pair, i);
        if (plant && !parts_as_planned(pair, plant, at))
            return false;
        if (!plant && at.is_there && !(at.ends && (pair->b.is_wedged || pair->fault == FAULT_EARLY_END)) &&
            !(is_swap && i == 0))
            return false;
    }
    return pair->b.is_wedged == loses && (!plants[1].fault || plants[1].was_met);
}

/* ---- The command. ---- */

static void path_of(char path[600], const char *folder, const char *name)
{
    snprintf(path, 600, "%s/%s", folder, name);
}

static bool run_bad(struct gen_pair *pair, struct gen_random *random, struct gen_engine *engine, const char *path)
{
    u64 limit = 0;
    bool is_planted = pair->fault != FAULT_NONE && pair->fault != FAULT_EARLY_END;
    if (pair->fault == FAULT_EARLY_END)
        limit = count_events(&pair->title, engine) * gen_between(random, 200, 950) / 1000;
    if (pair->kind->way == WAY_UNCAPTURED && !(engine->untold = pair_choose_op(pair, random)))
        return false;
    if (pair->kind->way == WAY_SPAWN_SWAP)
        pair_swap_spawns(pair, random);
    for (u32 i = 0; i < TRIES; i++) {
        if (is_planted && !pair_plant(pair, random))
            return false;
        execute(pair, &pair->b, engine, path, limit);
        if (is_as_planned(pair))
            return true;
        run_finish(&pair->b);
    }
    return false;
}

static const struct gen_pair_kind *kind_by_name(const char *name)
{
    for (u32 i = 0; i < gen_pair_kind_count; i++)
        if (!strcmp(gen_pair_kinds[i].name, name))
            return &gen_pair_kinds[i];
    fprintf(stderr, "lockstep-gen: no class of pairs is called %s\n", name);
    return NULL;
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
    bool is_crowd = pair->kind->shape & SHAPE_CROWD;
    u32 threads = options->threads ? options->threads
                  : is_crowd       ? gen_between(&random, CROWD_LEAST, CROWD_MOST)
                                   : gen_between(&random, THREADS_LEAST, THREADS_MOST);
    u64 events = options->events ? options->events : gen_between(&random, EVENTS_LEAST, EVENTS_MOST);
    pair->fault = pair->kind->fault;
    pair->title.shape = pair->kind->shape;
    set_ways(pair->kind->way, &random, &a, &b);
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

static int make_pair(const struct gen_options *options, const struct gen_pair_kind *kind, u64 seed, const char *folder)
{
    struct gen_pair *pair = calloc(1, sizeof *pair);
    u32 number = (u32)(kind - gen_pair_kinds);
    u64 first = number < PAIR_CLASSES ? gen_mix(seed << 3 ^ number) : gen_mix(seed) ^ gen_mix(number);
    int code = -1;
    CHECK(pair, "no memory for a pair");
    pair->kind = kind;
    pair->seed = seed;
    for (u64 i = 0; code == -1; i++)
        code = try_pair(pair, options, first + i, folder);
    free(pair);
    return code;
}

static int make_pairs(const struct gen_options *options, const struct gen_pair_kind *kind)
{
    char name[64], folder[600];
    int code = 0;
    if (options->count == 0)
        return make_pair(options, kind, options->seed, options->output);
    for (u64 seed = options->seed; code == 0 && seed < options->seed + options->count; seed++) {
        snprintf(name, sizeof name, "%s-%llu", kind->name, (unsigned long long)seed);
        path_of(folder, options->output, name);
        code = out_make_folder(folder) ? make_pair(options, kind, seed, folder) : 1;
    }
    return code;
}

int gen_pair(const struct gen_options *options)
{
    bool is_all = options->count > 0 && !strcmp(options->class, "all");
    bool is_wide = options->count > 0 && !strcmp(options->class, "wide");
    const struct gen_pair_kind *kind = is_all || is_wide ? NULL : kind_by_name(options->class);
    int code = 0;
    if (!kind && !is_all && !is_wide)
        return 2;
    if (!out_make_folder(options->output))
        return 1;
    if (kind)
        return make_pairs(options, kind);
    for (u32 i = is_all ? 0 : PAIR_CLASSES; code == 0 && i < (is_all ? (u32)PAIR_CLASSES : gen_pair_kind_count); i++)
        code = make_pairs(options, &gen_pair_kinds[i]);
    return code;
}
