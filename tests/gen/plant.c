/* SPDX-License-Identifier: BSD-3-Clause
 * gen pair: what B is to do otherwise (pair.h). */
#include "tests/gen/pair.h"

enum { NEAR_A_POLL = 3, OP_LEAST = 6, SWAPPABLE_SPAWNS = 4 };

/* ---- Faults. ---- */

static const enum gen_fault any_fault[] = {FAULT_WRONG_RETURN, FAULT_OTHER_BRANCH, FAULT_EXTRA_CALL, FAULT_ORDER_SWAP};

/* Beside another difference a call that may be noise is rightly set aside. */
static bool is_alone(const struct gen_pair *pair)
{
    return pair->kind->way != WAY_TWO && !(pair->kind->shape & SHAPE_POLLS);
}

static bool is_swappable(const struct gen_insn *insn)
{
    return insn[0].code == CODE_PLAIN && insn[1].code == CODE_PLAIN && insn[0].op != insn[1].op;
}

static bool is_fit(const struct gen_pair *pair, enum gen_fault fault, const struct gen_step *step)
{
    const struct gen_insn *insn = &pair->title.insns[step->insn];
    switch (fault) {
    case FAULT_WRONG_RETURN:
        return insn->code == CODE_QUERY;
    case FAULT_MISSING_SIGNAL:
        return insn->code == CODE_SIGNAL;
    case FAULT_OTHER_BRANCH:
        return insn->code == CODE_CHOOSE;
    case FAULT_EXTRA_CALL:
        return insn->code != CODE_CHOOSE && !step->is_spared;
    case FAULT_ORDER_SWAP:
        return is_swappable(insn) && (is_alone(pair) || (!gen_op_is_noise(insn[0].op) && !gen_op_is_noise(insn[1].op)));
    case FAULT_OTHER_CALL:
        return insn->code == CODE_PLAIN || insn->code == CODE_CLOSE;
    case FAULT_TIMED_OUT:
        return insn->code == CODE_WAIT_TIMED;
    default:
        return false;
    }
}

/* ---- Where. ---- */

static u64 last_time(const struct gen_run *run)
{
    u64 last = 0;
    for (u32 i = 0; i < run->thread_count; i++)
        for (u32 k = run->threads[i].step_count; k > 0; k--) {
            const struct gen_step *step = &run->threads[i].steps[k - 1];
            if (step->op == GEN_NO_OP || step->is_spared)
                continue;
            last = step->time > last ? step->time : last;
            break;
        }
    return last;
}

/* How often a thread polls is not known beforehand: what stands beside polls is not the same call in both runs. */
static bool is_near_poll(const struct gen_thread *thread, u32 number)
{
    u32 from = number > NEAR_A_POLL ? number - NEAR_A_POLL : 0;
    for (u32 i = from; i < thread->step_count && i <= number + NEAR_A_POLL; i++)
        if (thread->steps[i].is_poll)
            return true;
    return false;
}

static bool is_place(const struct gen_pair *pair, u32 slot, u32 number, u64 last)
{
    const struct gen_thread *thread = &pair->a.threads[slot];
    const struct gen_step *step = &thread->steps[number];
    const struct gen_insn *insn = &pair->title.insns[step->insn];
    switch (pair->kind->way) {
    case WAY_LATE_GATE:
        return insn->code == CODE_SIGNAL && insn->mode == MODE_GLOBAL && insn->var == pair->title.late;
    case WAY_FIRST:
        return slot == 0 && number == 0;
    case WAY_LAST:
        return step->time == last;
    case WAY_LATE_TASK:
        return slot == pair->a.thread_count - 1;
    case WAY_CROWD:
        return thread->entry == 1;
    default:
        return !is_near_poll(thread, number);
    }
}

/* Any step of the good run at which the fault is possible, all alike. */
static bool choose(const struct gen_pair *pair, enum gen_fault fault, struct gen_random *random,
                   struct gen_plant *plant)
{
    u32 seen = 0;
    u64 last = last_time(&pair->a);
    *plant = (struct gen_plant){.fault = fault};
    for (u32 i = 0; i < pair->a.thread_count; i++)
        for (u32 k = 0; k < pair->a.threads[i].step_count; k++) {
            const struct gen_step *step = &pair->a.threads[i].steps[k];
            if (!is_fit(pair, fault, step) || !is_place(pair, i, k, last) || gen_below(random, ++seen) > 0)
                continue;
            plant->slot = i;
            plant->insn = step->insn;
            plant->nth = step->nth;
            plant->lr = step->lr - 4 * gen_between(random, 1, 8);
        }
    plant->op = gen_below(random, 2) && is_alone(pair) ? OP_KeQueryPerformanceFrequency : OP_NtQueryInformationFile;
    return seen > 0;
}

static bool choose_late_spawn(const struct gen_pair *pair, struct gen_plant *plant)
{
    for (u32 i = 0; i + 1 < pair->title.insn_count; i++)
        if (pair->title.insns[i].code == CODE_AT && pair->title.insns[i + 1].code == CODE_SPAWN) {
            *plant = (struct gen_plant){.fault = FAULT_LATE_SPAWN, .insn = i};
            return true;
        }
    return false;
}

bool pair_plant(struct gen_pair *pair, struct gen_random *random)
{
    struct gen_plant *plants = pair->b.plants;
    memset(plants, 0, sizeof pair->b.plants);
    if (pair->kind->fault == FAULT_ANY)
        pair->fault = any_fault[gen_below(random, countof(any_fault))];
    if (pair->fault == FAULT_LATE_SPAWN)
        return choose_late_spawn(pair, &plants[0]);
    if (!choose(pair, pair->fault, random, &plants[0]))
        return false;
    if (pair->kind->way != WAY_TWO)
        return true;
    u32 which = gen_below(random, countof(any_fault) + 1);
    return choose(pair, which < countof(any_fault) ? any_fault[which] : FAULT_MISSING_SIGNAL, random, &plants[1]) &&
           (plants[0].slot != plants[1].slot || plants[0].insn != plants[1].insn);
}

/* ---- What is no fault of the title's code. ---- */

u16 pair_choose_op(const struct gen_pair *pair, struct gen_random *random)
{
    u32 count[GEN_OPS] = {0}, seen = 0;
    u16 chosen = GEN_NO_OP;
    for (u32 i = 0; i < pair->a.thread_count; i++)
        for (u32 k = 0; k < pair->a.threads[i].step_count; k++)
            count[pair->a.threads[i].steps[k].op]++;
    for (u16 op = GEN_NO_OP + 1; op < GEN_OPS; op++)
        if (count[op] >= OP_LEAST && !gen_op_is_noise(op) && gen_below(random, ++seen) == 0)
            chosen = op;
    return chosen;
}

static void exchange(u32 *x, u32 *y)
{
    u32 was = *x;
    *x = *y;
    *y = was;
}

/* A thread's making: from its spawn to its resumption. */
static struct gen_insn *resumption_of(struct gen_insn *spawn)
{
    while (spawn->code != CODE_RESUME)
        spawn++;
    return spawn;
}

/* By a table of entries in another order (the same call sites), or, where both are made alike, by other code. */
void pair_swap_spawns(struct gen_pair *pair, struct gen_random *random)
{
    struct gen_title *title = &pair->other;
    struct gen_insn *spawns[SWAPPABLE_SPAWNS];
    u32 count = 0, which = gen_below(random, SWAPPABLE_SPAWNS - 1);
    *title = pair->title;
    for (u32 i = title->entries[0].start; i < title->insn_count && count < SWAPPABLE_SPAWNS; i++)
        if (title->insns[i].code == CODE_SPAWN)
            spawns[count++] = &title->insns[i];
    struct gen_insn *x = spawns[which], *y = spawns[which + 1];
    struct gen_insn *x_end = resumption_of(x), *y_end = resumption_of(y);
    title->swapped = which + 1;
    if (x_end - x == y_end - y && gen_chance(random, 500)) {
        for (; x <= x_end; x++, y++) {
            struct gen_insn was = *x;
            *x = *y;
            *y = was;
        }
        return;
    }
    exchange(&x->arg, &y->arg);
    exchange(&x->var, &y->var);
    exchange(&x_end->var, &y_end->var);
}
