/* SPDX-License-Identifier: BSD-3-Clause
 * Where a run cannot be replayed, because another engine made it: as far as events go, and what its next capture should
 * probe so that the branch is known (diff/explain.h). */
#include "diff/explain.h"
#include "diff/symbols.h"

#include <stdio.h>

bool explain_is_own(const struct run *run)
{
    const struct journal_reader *journal = run_journal((struct run *)(uintptr_t)run);
    const char *engine = journal_get(journal, "engine");
    return engine && !strcmp(engine, "lockstep") && !journal_get(journal, "detail.of");
}

static void add_probe(struct explain *x, u32 pc, const char *registers)
{
    char text[EXPLAIN_PROBE];
    snprintf(text, sizeof text, "%08X:%s", pc, registers);
    for (char *p = text; *p; p++)
        if (*p == ' ')
            *p = ',';
    for (u32 i = 0; i < x->probe_count; i++)
        if (!strcmp(x->probe[i], text))
            return;
    if (x->probe_count < EXPLAIN_PROBES)
        snprintf(x->probe[x->probe_count++], EXPLAIN_PROBE, "%s", text);
}

/* ---- From the run that can be replayed: what its branches looked at on the way. ---- */

static void probe_comparison(struct explain *x, const struct trail *t, u32 branch)
{
    const struct effects *effects = effects_of(t->steps[branch].word);
    for (u32 i = 0; i < effects->read_count; i++) {
        u32 place = effects->read[i];
        if (place < PLACE_CR0 || place >= PLACE_V0)
            continue;
        u32 comparison = trail_definition(t, branch, place);
        char registers[32] = "";
        size_t at = 0;
        if (comparison == TRAIL_NONE)
            continue;
        const struct effects *read = effects_of(t->steps[comparison].word);
        for (u32 r = 0; r < read->read_count && at < sizeof registers; r++)
            if (read->read[r] < 32)
                at += (size_t)snprintf(registers + at, sizeof registers - at, "%sr%u", at ? "," : "", read->read[r]);
        if (at)
            add_probe(x, t->steps[comparison].pc, registers);
    }
}

static bool probe_own(struct explain *x, const struct first_divergence *d, u32 k, struct err *err)
{
    const struct first_side *side = &d->side[k];
    struct trail trail;
    struct event event;
    struct trail_ask ask = {.run = run_path(x->run[k]), .to = UINT32_MAX, .until = UINT64_MAX};
    u64 common = explain_keys(x, d->pair)->common;
    if (common && explain_key_event(x, d->pair, k, common - 1, &event))
        ask.from = event.index;
    if (explain_key_event(x, d->pair, k, common, &event)) {
        ask.to = event.index;
        ask.until = event.seq;
    }
    if (side->thread == PAIR_NOBODY)
        return true;
    ask.thread = run_thread(x->run[k], side->thread)->thread;
    x->replays++;
    if (!trail_read_one(&ask, &trail, x->folder, err))
        return false;
    /* The last ones decide: from the end. */
    for (u32 i = trail.count; i-- > 0;)
        if (effects_of(trail.steps[i].word)->is_branch)
            probe_comparison(x, &trail, i);
    trail_free(&trail);
    return true;
}

/* ---- From the title's code alone. ---- */

static bool each_branch(void *context, const struct symbols_branch *branch)
{
    if (branch->compare && branch->registers[0])
        add_probe(context, branch->compare, branch->registers);
    return true;
}

static void probe_static(struct explain *x, const struct first_divergence *d)
{
    for (u32 k = 0; k < 2; k++) {
        struct symbols *s = symbols_open(run_journal(x->run[k]));
        struct symbols_function function;
        u32 lr = d->side[k].has_last ? d->side[k].last.call.lr : d->side[k].has_next ? d->side[k].next.call.lr : 0;
        if (lr && symbols_function(s, lr - 4, &function))
            symbols_branches(s, function.start, each_branch, x);
    }
}

bool explain_foreign(struct explain *x, struct err *err)
{
    const struct first_divergence *d = &x->first->list[0];
    bool own[2] = {explain_is_own(x->run[0]), explain_is_own(x->run[1])};
    bool good = true;
    for (u32 k = 0; k < 2 && good; k++)
        if (own[k])
            good = probe_own(x, d, k, err);
    if (!x->probe_count)
        probe_static(x, d);
    explain_stop(x, "%s cannot be replayed here: another engine made it, and its events tell no more than this",
                 run_path(x->run[own[0]]));
    return good;
}
