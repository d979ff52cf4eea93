/* SPDX-License-Identifier: BSD-3-Clause
 * Two logs of one run (diff/contradict.h): threads have the same ids in both, and what both could tell, both must. */
#include "diff/common.h"
#include "diff/contradict.h"
#include "diff/coverage.h"

#include <stdio.h>
#include <stdlib.h>

enum { SENTENCE = 512 };

struct side {
    struct run *run;
    struct coverage *coverage;
    struct window window;
    u64 *counts; /* by site, of the thread that is looked at */
    struct run_first *firsts;
};

struct comparison {
    struct side side[2];
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

/* Calls of an op by the thread, and the index of the first. */
static u64 calls_of(const struct side *s, u32 op, u32 *index)
{
    u64 count = 0, first = UINT64_MAX;
    for (u32 i = 0; i < run_site_count(s->run); i++) {
        const struct run_site *site = run_site(s->run, i);
        if (site->kind != EVENT_call || site->op != op || !s->counts[i])
            continue;
        count += s->counts[i];
        if (s->firsts[i].position < first) {
            first = s->firsts[i].position;
            *index = s->firsts[i].index;
        }
    }
    return count;
}

static void compare_op(struct comparison *c, u32 thread, u32 op, u32 named)
{
    char sentence[SENTENCE], cites[2][32] = {"", ""};
    u64 calls[2];
    for (u32 i = 0; i < 2; i++) {
        u32 index = 0;
        calls[i] = calls_of(&c->side[i], op, &index);
        if (calls[i])
            snprintf(cites[i], sizeof cites[i], " (%u@%u)", thread, index);
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
        count_thread(&c->side[i], thread);
    for (u32 i = 0; i < 2; i++) {
        struct run *run = c->side[i].run;
        for (u32 site = 0; site < run_site_count(run); site++) {
            u32 op = run_site(run, site)->op, index;
            bool is_known = false;
            for (u32 k = 0; k < site && !is_known; k++)
                is_known = run_site(run, k)->op == op && run_site(run, k)->kind == EVENT_call && c->side[i].counts[k];
            bool is_first = run_site(run, site)->kind == EVENT_call && c->side[i].counts[site] && !is_known;
            if (is_first && (!i || !calls_of(&c->side[0], op, &index)))
                compare_op(c, thread, op, i);
        }
    }
}

u64 contradict_with(struct run *run, struct run *other, void (*report)(void *context, const char *sentence),
                    void *context)
{
    struct comparison c = {.side = {{.run = run}, {.run = other}}, .report = report, .context = context};
    struct common common;
    common_find(&common, run, other);
    for (u32 i = 0; i < 2; i++) {
        struct side *s = &c.side[i];
        u32 sites = run_site_count(s->run) + 1u;
        s->coverage = coverage_read(run_journal(s->run));
        s->window = common.is_known ? common.window[i] : WINDOW_ALL;
        s->counts = calloc(sites, sizeof *s->counts);
        s->firsts = calloc(sites, sizeof *s->firsts);
        CHECK(s->counts && s->firsts, "out of memory");
    }
    for (u32 i = 0; i < run_thread_count(run); i++)
        compare_thread(&c, run_thread(run, i)->thread);
    for (u32 i = 0; i < run_thread_count(other); i++)
        if (run_thread_place(run, run_thread(other, i)->thread) == UINT32_MAX)
            compare_thread(&c, run_thread(other, i)->thread);
    for (u32 i = 0; i < 2; i++) {
        coverage_destroy(c.side[i].coverage);
        free(c.side[i].counts);
        free(c.side[i].firsts);
    }
    return c.count;
}

static u64 count_op(struct run *run, u32 op)
{
    u64 count = 0;
    for (u32 i = 0; i < run_site_count(run); i++)
        if (run_site(run, i)->kind == EVENT_call && run_site(run, i)->op == op)
            count += run_site(run, i)->count;
    return count;
}

static bool is_first_of_op(struct run *run, u32 site)
{
    for (u32 i = 0; i < site; i++)
        if (run_site(run, i)->kind == EVENT_call && run_site(run, i)->op == run_site(run, site)->op)
            return false;
    return run_site(run, site)->kind == EVENT_call;
}

void contradict_one_sided(struct run *run, struct run *other, void (*report)(void *context, const char *sentence),
                          void *context)
{
    struct run *runs[2] = {run, other};
    char sentence[SENTENCE];
    for (u32 side = 0; side < 2; side++) {
        struct coverage *coverage = coverage_read(run_journal(runs[!side]));
        for (u32 i = 0; i < run_site_count(runs[side]); i++) {
            u32 op = run_site(runs[side], i)->op;
            if (!is_first_of_op(runs[side], i) || (coverage_tells(coverage, "call") && coverage_has_op(coverage, op)))
                continue;
            snprintf(sentence, sizeof sentence, "%.100s: %llu in %.150s; %.150s did not capture it",
                     run_op_name(runs[side], op), (unsigned long long)count_op(runs[side], op), run_path(runs[side]),
                     run_path(runs[!side]));
            report(context, sentence);
        }
        coverage_destroy(coverage);
    }
}
