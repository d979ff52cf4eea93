/* SPDX-License-Identifier: BSD-3-Clause
 * Two logs of one run (diff/contradict.h): threads have the same ids in both, and what both could tell, both must. */
#include "diff/common.h"
#include "diff/contradict.h"
#include "diff/coverage.h"
#include "diff/map.h"

#include <stdio.h>
#include <stdlib.h>

enum { SENTENCE = 512 };
#define OPS_NONE UINT32_MAX

/* Calls of an op by the thread that is looked at, and where the first is. */
struct tally {
    u64 calls, position;
    u32 index;
    bool is_compared;
};

struct side {
    struct run *run;
    struct coverage *coverage;
    struct window window;
    u32 *op_of;  /* by site: the number of its op, OPS_NONE for what is no call */
    u64 *counts; /* by site, of the thread that is looked at */
    struct run_first *firsts;
    struct tally *tallies; /* by number of op */
};

struct comparison {
    struct side side[2];
    struct map ops; /* numbers, the same for both */
    void (*report)(void *context, const char *sentence);
    void *context;
    u64 count;
};

static bool is_captured(const struct side *s, u32 thread, u32 op)
{
    return coverage_tells(s->coverage, "call") && coverage_has_op(s->coverage, op) &&
           coverage_has_thread(s->coverage, thread);
}

static void count_thread(struct side *s, u32 thread)
{
    u32 place = run_thread_place(s->run, thread), sites = run_site_count(s->run);
    struct err err;
    u64 from, to;
    memset(s->counts, 0, sites * sizeof *s->counts);
    for (u32 i = 0; i < sites; i++)
        s->firsts[i].position = UINT64_MAX;
    if (place == UINT32_MAX)
        return;
    window_positions(s->run, &s->window, place, &from, &to);
    run_count(s->run, place, from, to, s->counts, s->firsts, &err);
}

static void tally_thread(struct comparison *c, struct side *s, u32 thread)
{
    for (u32 i = 0; i < c->ops.count; i++)
        s->tallies[i] = (struct tally){.position = UINT64_MAX};
    count_thread(s, thread);
    for (u32 i = 0; i < run_site_count(s->run); i++) {
        if (s->op_of[i] == OPS_NONE || !s->counts[i])
            continue;
        struct tally *t = &s->tallies[s->op_of[i]];
        t->calls += s->counts[i];
        if (s->firsts[i].position < t->position) {
            t->position = s->firsts[i].position;
            t->index = s->firsts[i].index;
        }
    }
}

static void compare_op(struct comparison *c, u32 thread, u32 op, u32 named)
{
    char sentence[SENTENCE], cites[2][32] = {"", ""};
    u64 calls[2];
    for (u32 i = 0; i < 2; i++) {
        const struct tally *t = &c->side[i].tallies[map_get(&c->ops, op)];
        calls[i] = t->calls;
        if (calls[i])
            snprintf(cites[i], sizeof cites[i], " (%u@%u)", thread, t->index);
    }
    if (calls[0] == calls[1] || !is_captured(&c->side[0], thread, op) || !is_captured(&c->side[1], thread, op))
        return;
    snprintf(sentence, sizeof sentence,
             "thread %u calls %s %llu time%s%s, and in %.200s, which could tell it too, %llu time%s%s", thread,
             run_op_name(c->side[named].run, op), (unsigned long long)calls[0], calls[0] == 1 ? "" : "s", cites[0],
             run_path(c->side[1].run), (unsigned long long)calls[1], calls[1] == 1 ? "" : "s", cites[1]);
    c->report(c->context, sentence);
    c->count++;
}

/* Each op that either has. */
static void compare_thread(struct comparison *c, u32 thread)
{
    for (u32 i = 0; i < 2; i++)
        tally_thread(c, &c->side[i], thread);
    for (u32 i = 0; i < 2; i++) {
        const struct side *s = &c->side[i];
        for (u32 site = 0; site < run_site_count(s->run); site++) {
            if (s->op_of[site] == OPS_NONE || !s->counts[site])
                continue;
            bool *is_compared = &c->side[0].tallies[s->op_of[site]].is_compared;
            if (!*is_compared)
                compare_op(c, thread, run_site(s->run, site)->op, i);
            *is_compared = true;
        }
    }
}

static void number_ops(struct comparison *c, struct side *s)
{
    s->op_of = malloc((run_site_count(s->run) + 1u) * sizeof *s->op_of);
    CHECK(s->op_of, "out of memory");
    for (u32 i = 0; i < run_site_count(s->run); i++) {
        const struct run_site *site = run_site(s->run, i);
        if (site->kind == EVENT_call && map_get(&c->ops, site->op) == MAP_NONE)
            map_set(&c->ops, site->op, c->ops.count);
        s->op_of[i] = site->kind == EVENT_call ? map_get(&c->ops, site->op) : OPS_NONE;
    }
}

static void begin_side(struct comparison *c, struct side *s, struct window window)
{
    u32 sites = run_site_count(s->run) + 1u;
    s->coverage = coverage_read(run_journal(s->run));
    s->window = window;
    s->counts = calloc(sites, sizeof *s->counts);
    s->firsts = calloc(sites, sizeof *s->firsts);
    CHECK(s->counts && s->firsts, "out of memory");
    number_ops(c, s);
}

static void end_side(struct side *s)
{
    coverage_destroy(s->coverage);
    free(s->op_of);
    free(s->counts);
    free(s->firsts);
    free(s->tallies);
}

u64 contradict_with(struct run *run, struct run *other, void (*report)(void *context, const char *sentence),
                    void *context)
{
    struct comparison c = {.side = {{.run = run}, {.run = other}}, .report = report, .context = context};
    struct common common;
    common_find(&common, run, other);
    for (u32 i = 0; i < 2; i++)
        begin_side(&c, &c.side[i], common.is_known ? common.window[i] : WINDOW_ALL);
    for (u32 i = 0; i < 2; i++) {
        c.side[i].tallies = malloc((c.ops.count + 1u) * sizeof *c.side[i].tallies);
        CHECK(c.side[i].tallies, "out of memory");
    }
    for (u32 i = 0; i < run_thread_count(run); i++)
        compare_thread(&c, run_thread(run, i)->thread);
    for (u32 i = 0; i < run_thread_count(other); i++)
        if (run_thread_place(run, run_thread(other, i)->thread) == UINT32_MAX)
            compare_thread(&c, run_thread(other, i)->thread);
    for (u32 i = 0; i < 2; i++)
        end_side(&c.side[i]);
    map_free(&c.ops);
    return c.count;
}

bool contradict_can_compare(const struct run *run, const struct run *other)
{
    struct map ops = {0};
    bool is_common = false;
    for (u32 i = 0; i < run_site_count(run); i++)
        if (run_site(run, i)->kind == EVENT_call)
            map_set(&ops, run_site(run, i)->op, i);
    for (u32 i = 0; !is_common && i < run_site_count(other); i++)
        is_common = run_site(other, i)->kind == EVENT_call && map_get(&ops, run_site(other, i)->op) != MAP_NONE;
    map_free(&ops);
    return is_common;
}

/* Its calls, by op. */
static struct map count_ops(struct run *run, u64 *counts)
{
    struct map ops = {0};
    for (u32 i = 0; i < run_site_count(run); i++) {
        const struct run_site *site = run_site(run, i);
        if (site->kind != EVENT_call)
            continue;
        if (map_get(&ops, site->op) == MAP_NONE)
            map_set(&ops, site->op, ops.count);
        counts[map_get(&ops, site->op)] += site->count;
    }
    return ops;
}

static void tell_one_sided(struct run *run, struct run *other, void (*report)(void *context, const char *sentence),
                           void *context)
{
    char sentence[SENTENCE];
    struct coverage *coverage = coverage_read(run_journal(other));
    u64 *counts = calloc(run_site_count(run) + 1u, sizeof *counts);
    CHECK(counts, "out of memory");
    struct map ops = count_ops(run, counts);
    for (u32 i = 0; i < run_site_count(run); i++) {
        u32 op = run_site(run, i)->op;
        u64 *count = run_site(run, i)->kind == EVENT_call ? &counts[map_get(&ops, op)] : NULL;
        if (!count || !*count || (coverage_tells(coverage, "call") && coverage_has_op(coverage, op)))
            continue;
        snprintf(sentence, sizeof sentence, "%.100s: %llu in %.150s; %.150s did not capture it", run_op_name(run, op),
                 (unsigned long long)*count, run_path(run), run_path(other));
        report(context, sentence);
        *count = 0; /* told */
    }
    map_free(&ops);
    free(counts);
    coverage_destroy(coverage);
}

void contradict_one_sided(struct run *run, struct run *other, void (*report)(void *context, const char *sentence),
                          void *context)
{
    tell_one_sided(run, other, report, context);
    tell_one_sided(other, run, report, context);
}
