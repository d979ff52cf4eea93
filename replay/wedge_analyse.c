/* SPDX-License-Identifier: BSD-3-Clause
 * Why a wedge is one: who waits for whom, the circles in it and the threads at its root (replay/wedge.h says what the
 * arrows mean). A function of the report's threads and waits alone. */
#include "replay/wedge.h"

#include <stdlib.h>

#define NOWHERE UINT32_MAX

struct arrow {
    u32 from; /* places in report->threads */
    u32 to;
    bool certain;
};

struct graph {
    struct wedge_report *report;
    struct arrow *arrows; /* in order of `from` */
    u32 arrow_count;
    u32 *first;     /* by place, one more than threads */
    bool *in_cycle; /* a certain one */
    /* Strongly connected components (Tarjan 1972). */
    bool certain_only;
    u32 *order; /* of discovery, from 1; 0: not yet */
    u32 *low;
    u32 *component;
    u32 *stack;
    u32 depth;
    u32 discovered;
    u32 components;
};

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    CHECK(memory, "out of memory");
    return memory;
}

static bool is_suspended(const struct wedge_thread *t)
{
    return t->state == WEDGE_SUSPENDED || t->suspend_count;
}
static bool is_blocked(const struct wedge_thread *t)
{
    return t->state == WEDGE_WAITING || is_suspended(t);
}

static u32 place_of(const struct wedge_report *report, u32 thread)
{
    for (u32 i = 0; thread && i < report->thread_count; i++)
        if (report->threads[i].thread == thread)
            return i;
    return NOWHERE;
}

static bool has_owner(const struct wedge_wait *w)
{
    return w->type == OBJECT_MUTANT || w->type == OBJECT_CRITICAL_SECTION || w->type == OBJECT_THREAD;
}

static bool is_pulsed_to_nobody(const struct wedge_wait *w)
{
    return w->was_signalled && w->pulsed && w->signal_woke == 0;
}

/* Who should end the wait: the owner or the last signaller; a thread id, 0 for none. */
static u32 expected(const struct wedge_wait *w)
{
    if (has_owner(w))
        return w->owner;
    return w->was_signalled && !is_pulsed_to_nobody(w) ? w->signal_thread : 0;
}

static void draw_arrows(struct graph *g)
{
    const struct wedge_report *report = g->report;
    for (u32 i = 0; i < report->thread_count; i++) {
        const struct wedge_thread *t = &report->threads[i];
        g->first[i] = g->arrow_count;
        for (u32 k = 0; t->state == WEDGE_WAITING && !is_suspended(t) && k < t->wait_count; k++) {
            const struct wedge_wait *w = &report->waits[t->first_wait + k];
            u32 to = place_of(report, expected(w));
            if (to != NOWHERE && to != i && is_blocked(&report->threads[to]))
                g->arrows[g->arrow_count++] = (struct arrow){i, to, has_owner(w)};
        }
    }
    g->first[report->thread_count] = g->arrow_count;
}

/* In a circle of owners nothing else matters: whatever else the thread waits on is no way out of it. */
static bool counts(const struct graph *g, const struct arrow *arrow)
{
    return arrow->certain || (!g->certain_only && !g->in_cycle[arrow->from]);
}

static void visit(struct graph *g, u32 place)
{
    g->order[place] = g->low[place] = ++g->discovered;
    g->stack[g->depth++] = place;
    for (u32 i = g->first[place]; i < g->first[place + 1]; i++) {
        u32 to = g->arrows[i].to;
        if (!counts(g, &g->arrows[i]))
            continue;
        if (!g->order[to])
            visit(g, to);
        if (g->component[to] == NOWHERE && g->low[to] < g->low[place])
            g->low[place] = g->low[to];
    }
    if (g->low[place] != g->order[place])
        return;
    u32 member;
    do {
        member = g->stack[--g->depth];
        g->component[member] = g->components;
    } while (member != place);
    g->components++;
}

static void find_components(struct graph *g, bool certain_only)
{
    u32 count = g->report->thread_count;
    g->certain_only = certain_only;
    g->discovered = g->components = 0;
    memset(g->order, 0, count * sizeof *g->order);
    memset(g->component, 0xFF, count * sizeof *g->component);
    for (u32 i = 0; i < count; i++)
        if (!g->order[i])
            visit(g, i);
}

/* The next thread along an arrow that stays within the component. */
static u32 step_within(const struct graph *g, u32 place)
{
    for (u32 i = g->first[place]; i < g->first[place + 1]; i++)
        if (counts(g, &g->arrows[i]) && g->component[g->arrows[i].to] == g->component[place])
            return g->arrows[i].to;
    return NOWHERE;
}

static void add_cycle(struct graph *g, u32 start, u32 count, bool certain)
{
    struct wedge_report *report = g->report;
    report->cycles = realloc(report->cycles, (report->cycle_count + 1) * sizeof *report->cycles);
    CHECK(report->cycles, "out of memory");
    struct wedge_cycle *cycle = &report->cycles[report->cycle_count++];
    *cycle = (struct wedge_cycle){.certain = certain, .count = count, .places = zeros(count, sizeof *cycle->places)};
    for (u32 i = 0, place = start; i < count; i++, place = step_within(g, place)) {
        cycle->places[i] = place;
        g->in_cycle[place] = g->in_cycle[place] || certain;
    }
}

/* A circle in each component of more than one thread, found by walking until a thread comes again. Components that are
 * explained by others (NULL: none) are left out. */
static void find_cycles(struct graph *g, bool certain, const bool *explained)
{
    u32 count = g->report->thread_count;
    u32 *walked = zeros(count, sizeof *walked); /* steps + 1 */
    bool *done = zeros(count, sizeof *done);    /* by component */
    for (u32 i = 0; i < count; i++) {
        u32 place = i, steps = 0;
        if (done[g->component[i]] || step_within(g, i) == NOWHERE || (explained && explained[g->component[i]]))
            continue;
        done[g->component[i]] = true;
        for (; !walked[place]; place = step_within(g, place))
            walked[place] = ++steps;
        add_cycle(g, place, steps + 1 - walked[place], certain);
    }
    free(walked);
    free(done);
}

static enum wedge_reason wait_reason(const struct wedge_report *report, const struct wedge_thread *t,
                                     const struct wedge_wait *w)
{
    u32 who = place_of(report, expected(w));
    if (w->is_untold)
        return WEDGE_UNTOLD;
    if (has_owner(w))
        return WEDGE_OWNER_ENDED;
    if (is_pulsed_to_nobody(w))
        return WEDGE_PULSED_TO_NOBODY;
    if (w->type == OBJECT_TIMER && !w->is_armed && !w->armed.count)
        return WEDGE_TIMER_NEVER_SET;
    if (w->type == OBJECT_TIMER && !w->is_armed && w->undone.count && w->undone.time >= w->armed.time)
        return WEDGE_TIMER_CANCELLED;
    if (w->refused.count && w->refused.time >= w->signal_time)
        return WEDGE_RELEASE_REFUSED;
    if (!w->was_signalled)
        return WEDGE_NEVER_SIGNALLED;
    if (!w->signal_thread)
        return WEDGE_LAST_BY_MACHINE;
    if (w->signal_thread == t->thread)
        return WEDGE_LAST_BY_ITSELF;
    return who == NOWHERE || report->threads[who].state == WEDGE_TERMINATED ? WEDGE_SIGNALLER_ENDED
                                                                            : WEDGE_SIGNALLER_RUNS;
}

static void count_explained(const struct graph *g, struct wedge_root *root)
{
    u32 count = g->report->thread_count;
    for (u32 certain = 0; certain < 2; certain++) {
        bool *reached = zeros(count, sizeof *reached);
        u32 found = 0;
        reached[root->place] = true;
        for (bool again = true; again;) {
            again = false;
            for (u32 i = 0; i < g->arrow_count; i++) {
                const struct arrow *a = &g->arrows[i];
                if ((certain && !a->certain) || !reached[a->to] || reached[a->from])
                    continue;
                reached[a->from] = again = true;
                found++;
            }
        }
        free(reached);
        *(certain ? &root->certain : &root->likely) = found;
    }
}

static void add_root(struct graph *g, u32 place, enum wedge_reason reason, u32 wait)
{
    struct wedge_report *report = g->report;
    report->roots = realloc(report->roots, (report->root_count + 1) * sizeof *report->roots);
    CHECK(report->roots, "out of memory");
    struct wedge_root *root = &report->roots[report->root_count++];
    *root = (struct wedge_root){.place = place, .reason = (u8)reason, .wait = wait};
    count_explained(g, root);
}

/* Roots of a lower rank come first. */
static u32 rank_of(u8 reason)
{
    switch (reason) {
    case WEDGE_IN_CYCLE:
        return 0;
    case WEDGE_NEVER_RESUMED:
    case WEDGE_PULSED_TO_NOBODY:
    case WEDGE_TIMER_CANCELLED:
    case WEDGE_TIMER_NEVER_SET:
    case WEDGE_RELEASE_REFUSED:
    case WEDGE_OWNER_ENDED:
        return 1;
    default:
        return 2;
    }
}

/* The wait that tells most, the first of equals. */
static void add_waiting_root(struct graph *g, u32 place, const struct wedge_thread *t)
{
    const struct wedge_report *report = g->report;
    u32 wait = t->first_wait;
    enum wedge_reason reason = wait_reason(report, t, &report->waits[wait]);
    for (u32 k = 1; k < t->wait_count; k++) {
        enum wedge_reason other = wait_reason(report, t, &report->waits[t->first_wait + k]);
        if (rank_of((u8)other) >= rank_of((u8)reason))
            continue;
        reason = other;
        wait = t->first_wait + k;
    }
    add_root(g, place, reason, wait);
}

/* The wait that points to the thread's neighbour in its circle. */
static u32 wait_within(const struct graph *g, u32 place)
{
    const struct wedge_report *report = g->report;
    const struct wedge_thread *t = &report->threads[place];
    u32 next = step_within(g, place);
    for (u32 k = 0; k < t->wait_count; k++)
        if (place_of(report, expected(&report->waits[t->first_wait + k])) == next)
            return t->first_wait + k;
    return NOWHERE;
}

static void judge(struct graph *g, u32 place, const bool *explained)
{
    const struct wedge_report *report = g->report;
    const struct wedge_thread *t = &report->threads[place];
    if (g->in_cycle[place])
        add_root(g, place, WEDGE_IN_CYCLE, wait_within(g, place));
    else if (!is_blocked(t) || explained[g->component[place]])
        return;
    else if (is_suspended(t))
        add_root(g, place, t->started ? WEDGE_LEFT_SUSPENDED : WEDGE_NEVER_RESUMED, NOWHERE);
    else if (step_within(g, place) != NOWHERE)
        add_root(g, place, WEDGE_IN_LIKELY_CYCLE, wait_within(g, place));
    else if (!t->wait_count)
        add_root(g, place, WEDGE_WAITS_FOR_NOTHING, NOWHERE);
    else
        add_waiting_root(g, place, t);
}

static int by_rank(const void *a, const void *b)
{
    const struct wedge_root *x = a, *y = b;
    if (rank_of(x->reason) != rank_of(y->reason))
        return rank_of(x->reason) < rank_of(y->reason) ? -1 : 1;
    if (x->certain != y->certain)
        return x->certain > y->certain ? -1 : 1;
    if (x->likely != y->likely)
        return x->likely > y->likely ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* By component: an arrow leads out of it, or a circle of owners stands in it. */
static void find_explained(const struct graph *g, bool *explained)
{
    for (u32 i = 0; i < g->arrow_count; i++) {
        const struct arrow *a = &g->arrows[i];
        if (counts(g, a) && g->component[a->from] != g->component[a->to])
            explained[g->component[a->from]] = true;
    }
    for (u32 i = 0; i < g->report->thread_count; i++)
        if (g->in_cycle[i])
            explained[g->component[i]] = true;
}

static void find_roots(struct graph *g)
{
    u32 count = g->report->thread_count;
    bool *explained = zeros(count, sizeof *explained);
    find_components(g, false);
    find_explained(g, explained);
    find_cycles(g, false, explained);
    for (u32 i = 0; i < count; i++)
        judge(g, i, explained);
    free(explained);
    if (g->report->root_count)
        qsort(g->report->roots, g->report->root_count, sizeof *g->report->roots, by_rank);
}

static void forget(struct wedge_report *report)
{
    for (u32 i = 0; i < report->cycle_count; i++)
        free(report->cycles[i].places);
    free(report->cycles);
    free(report->roots);
    report->cycles = NULL;
    report->roots = NULL;
    report->cycle_count = report->root_count = 0;
}

void wedge_analyse(struct wedge_report *report)
{
    u32 count = report->thread_count;
    struct graph g = {.report = report,
                      .arrows = zeros(report->wait_count, sizeof *g.arrows),
                      .first = zeros(count, sizeof *g.first),
                      .in_cycle = zeros(count, sizeof *g.in_cycle),
                      .order = zeros(count, sizeof *g.order),
                      .low = zeros(count, sizeof *g.low),
                      .component = zeros(count, sizeof *g.component),
                      .stack = zeros(count, sizeof *g.stack)};
    forget(report);
    draw_arrows(&g);
    find_components(&g, true);
    find_cycles(&g, true, NULL);
    find_roots(&g);
    free(g.arrows);
    free(g.first);
    free(g.in_cycle);
    free(g.order);
    free(g.low);
    free(g.component);
    free(g.stack);
}
