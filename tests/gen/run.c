/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/gen/run.h"

#include <stdlib.h>

enum { BURST = 24, NS_LEAST = 100, NS_SPREAD = 900, CYCLES_LEAST = 20, CYCLES_SPREAD = 400 };

void engine_init(struct gen_engine *engine, enum gen_style style, u64 seed, bool is_shuffled)
{
    struct gen_random random = {gen_mix(seed ^ 0xE761)};
    bool is_canary = style == STYLE_CANARY;
    u32 first = is_canary ? 6 : 1;
    *engine = (struct gen_engine){.style = style, .seed = seed, .jitter = 50, .scale = 100};
    engine->handle_base =
        is_canary ? 0xF8000000 + 4 * gen_between(&random, 1, 40) : 0x1000 + 4 * gen_below(&random, 99);
    engine->newest_first = is_canary;
    engine->import_calls = engine->tells_handles = true;
    engine->phantoms = !is_canary;
    for (u32 i = 0; i < TITLE_THREADS_MAX; i++)
        engine->tids[i] = first + i;
    for (u32 i = TITLE_THREADS_MAX - 1; is_shuffled && i > 0; i--) {
        u32 k = gen_below(&random, i + 1), tid = engine->tids[i];
        engine->tids[i] = engine->tids[k];
        engine->tids[k] = tid;
    }
}

/* ---- Events and steps. ---- */

struct gen_event *run_event(struct gen_run *run, struct gen_thread *thread, enum gen_kind kind)
{
    u64 random = gen_next(&run->random);
    u64 scale = run->engine.scale + run->engine.scale * run->engine.drift * (run->events / 100) / 1000;
    run->time += (NS_LEAST + (random & 0xFFFF) % NS_SPREAD) * scale / 100;
    if (run->engine.style == STYLE_OURS)
        thread->cycle += CYCLES_LEAST + (random >> 16 & 0xFFFF) % CYCLES_SPREAD;
    run->event = (struct gen_event){
        .time = run->time, .cycle = thread->cycle, .tid = thread->tid, .index = thread->index, .kind = (u16)kind};
    return &run->event;
}

void run_put(struct gen_run *run, struct gen_thread *thread)
{
    u32 kind = run->event.kind;
    bool is_call = kind == GEN_IMPORT_CALL || kind == GEN_CALL || kind == GEN_RETURN;
    if (run->sink->is_full || (run->engine.untold && is_call && run->event.op == run->engine.untold))
        return;
    run->events++;
    thread->index++;
    run->sink->put(run->sink, &run->event);
}

struct gen_step *run_step(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    static struct gen_step nowhere;
    u32 number = (u32)(insn - run->title->insns);
    if (!run->keeps_steps)
        return &nowhere;
    if (thread->step_count == thread->step_capacity) {
        thread->step_capacity = thread->step_capacity ? 2 * thread->step_capacity : 256;
        thread->steps = realloc(thread->steps, thread->step_capacity * sizeof *thread->steps);
        CHECK(thread->steps, "no memory for steps");
    }
    struct gen_step *step = &thread->steps[thread->step_count++];
    *step = (struct gen_step){.insn = number,
                              .nth = thread->nth[number] - 1,
                              .lr = insn->lr,
                              .op = insn->op,
                              .call = thread->index,
                              .time = run->time};
    return step;
}

void run_make_ready(struct gen_run *run, struct gen_thread *thread)
{
    thread->state = THREAD_READY;
    run->ready[run->ready_count++] = thread->slot;
}

/* ---- Instructions. ---- */

static u64 title_hash(const struct gen_run *run, const struct gen_thread *thread, u32 insn, u32 nth)
{
    return gen_mix(run->title->seed ^ gen_mix((u64)thread->origin << 48 ^ (u64)insn << 32 ^ nth));
}

static void loop_begin(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn, u32 nth)
{
    u32 number = (u32)(insn - run->title->insns);
    u32 spread = insn->arg - insn->var + 1;
    u32 count = insn->var + (spread > 1 ? (u32)(title_hash(run, thread, number, nth) % spread) : 0);
    if (count == 0) {
        thread->insn = insn->jump;
        return;
    }
    CHECK(thread->loops < countof(thread->loop), "loops are nested too deep");
    thread->loop[thread->loops].count = 0;
    thread->loop[thread->loops++].left = count;
}

static void loop_next(struct gen_thread *thread, const struct gen_insn *insn)
{
    u32 top = thread->loops - 1;
    thread->loop[top].count++;
    if (--thread->loop[top].left > 0)
        thread->insn = insn->jump;
    else
        thread->loops--;
}

static void choose(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn, u32 nth, bool is_fault)
{
    u32 number = (u32)(insn - run->title->insns);
    bool goes_on = title_hash(run, thread, number, nth) % 100 < insn->arg;
    run_step(run, thread, insn);
    if (goes_on == is_fault)
        thread->insn = insn->jump;
}

/* What is planted at the nth execution of an instruction; NULL: nothing. */
static const struct gen_plant *plant_at(struct gen_run *run, const struct gen_thread *thread, u32 number, u32 nth)
{
    for (u32 i = 0; i < PLANTS; i++) {
        struct gen_plant *plant = &run->plants[i];
        if (!plant->fault || plant->slot != thread->origin || plant->insn != number || plant->nth != nth)
            continue;
        plant->was_met = true;
        return plant;
    }
    return NULL;
}

static bool is_late(const struct gen_run *run, u32 number)
{
    return run->plants[0].fault == FAULT_LATE_SPAWN && run->plants[0].insn == number;
}

static void execute(struct gen_run *run, struct gen_thread *thread, const struct gen_insn *insn)
{
    u32 number = (u32)(insn - run->title->insns), nth = thread->nth[number]++;
    const struct gen_plant *plant = plant_at(run, thread, number, nth);
    u8 fault = plant ? plant->fault : FAULT_NONE;
    if (fault == FAULT_MISSING_SIGNAL) {
        run->lost = *run_variable(run, thread, insn);
        return;
    }
    if (fault == FAULT_EXTRA_CALL || fault == FAULT_OTHER_CALL)
        run_extra_call(run, thread, plant->op, plant->lr);
    if (fault == FAULT_OTHER_CALL)
        return;
    if (fault == FAULT_ORDER_SWAP) {
        execute(run, thread, insn + 1);
        thread->insn = number + 2;
    }
    switch (insn->code) {
    case CODE_CALL:
        CHECK(thread->depth < countof(thread->calls), "calls are nested too deep");
        thread->calls[thread->depth++] = thread->insn;
        thread->insn = insn->jump;
        break;
    case CODE_RETURN:
        thread->insn = thread->calls[--thread->depth];
        break;
    case CODE_LOOP:
        loop_begin(run, thread, insn, nth);
        break;
    case CODE_NEXT:
        loop_next(thread, insn);
        break;
    case CODE_CHOOSE:
        choose(run, thread, insn, nth, fault == FAULT_OTHER_BRANCH);
        break;
    case CODE_JUMP:
        thread->insn = insn->jump;
        break;
    case CODE_IF_FAILED:
        if (thread->status == GEN_SUCCESS)
            thread->insn = insn->jump;
        break;
    case CODE_QUERY:
        thread->path = run->title->paths[title_hash(run, thread, number, nth) % TITLE_PATHS];
        thread->status =
            title_hash(run, thread, number, ~nth) % 100 < insn->arg ? (u32)GEN_NAME_NOT_FOUND : GEN_SUCCESS;
        if (fault == FAULT_WRONG_RETURN)
            thread->status = thread->status ? GEN_SUCCESS : (u32)GEN_NAME_NOT_FOUND;
        run_kernel(run, thread, insn);
        break;
    case CODE_AT:
        if (thread->loop[thread->loops - 1].count != insn->arg + is_late(run, number))
            thread->insn = insn->jump;
        break;
    case CODE_WAIT_TIMED:
        thread->is_out_of_time = fault == FAULT_TIMED_OUT;
        run_kernel(run, thread, insn);
        break;
    default:
        run_kernel(run, thread, insn);
    }
}

/* ---- The schedule. ---- */

static void run_burst(struct gen_run *run, u32 which)
{
    struct gen_thread *thread = &run->threads[run->ready[which]];
    u32 left = gen_between(&run->random, 1, BURST);
    if (thread->is_in_call) {
        thread->is_in_call = false;
        run_resume_call(run, thread);
    }
    while (left-- > 0 && thread->state == THREAD_READY)
        execute(run, thread, &run->title->insns[thread->insn++]);
    if (thread->state != THREAD_READY)
        run->ready[which] = run->ready[--run->ready_count];
}

void run_execute(struct gen_run *run)
{
    struct gen_thread *main_thread = &run->threads[0];
    run->thread_count = 1;
    *main_thread = (struct gen_thread){
        .tid = run->engine.tids[0], .insn = run->title->entries[0].start, .section = ~0u, .nth = main_thread->nth};
    run_make_ready(run, main_thread);
    while (run->ready_count > 0 && !run->sink->is_full)
        run_burst(run, gen_below(&run->random, run->ready_count));
    for (u32 i = 0; i < run->thread_count && run->ready_count == 0; i++)
        run->is_wedged |= run->threads[i].state != THREAD_DONE;
}

static void discard(struct gen_sink *sink, const struct gen_event *event)
{
    (void)sink;
    (void)event;
}

void run_init(struct gen_run *run, const struct gen_title *title, const struct gen_engine *engine,
              struct gen_sink *sink)
{
    *run = (struct gen_run){.title = title, .engine = *engine, .sink = sink, .random = {gen_mix(engine->seed)}};
    run->nowhere.put = discard;
    if (!sink)
        run->sink = &run->nowhere;
    run->time = engine->style == STYLE_CANARY ? 4000 : 5000000;
    run->vars = calloc(title->vars + 1, sizeof *run->vars);
    u32 *nth = calloc((size_t)TITLE_THREADS_MAX * title->insn_count, sizeof *nth);
    CHECK(run->vars && nth, "no memory for a run");
    for (u32 i = 0; i < TITLE_THREADS_MAX; i++)
        run->threads[i].nth = nth + (size_t)i * title->insn_count;
}

void run_finish(struct gen_run *run)
{
    free(run->threads[0].nth);
    for (u32 i = 0; i < TITLE_THREADS_MAX; i++)
        free(run->threads[i].steps);
    free(run->vars);
    free(run->objects);
    free(run->free_objects);
    free(run->slots);
}
