/* SPDX-License-Identifier: BSD-3-Clause
 * Aligning two trails by control flow (diff/trail.h). */
#include "diff/trail.h"

#include <stdlib.h>

enum { DEPTH_START = 1 << 16, FLOW_DEPTH = 1 << 12, CANDIDATES = 512, SEARCH = 1 << 14 };

/* ---- Depth of calls. ---- */

static void set_depths(struct trail *t)
{
    u32 depth = DEPTH_START;
    for (u32 i = 0; i < t->count; i++) {
        struct trail_step *s = &t->steps[i];
        s->depth = depth;
        if (i + 1 == t->count)
            break;
        u32 next = t->steps[i + 1].pc;
        const struct effects *x = effects_of(s->word);
        bool links = x->is_branch && (s->word & 1);
        bool is_return = x->is_branch && (s->word >> 26) == 19 && (s->word >> 1 & 0x3FF) == 16 && !links;
        if (links && next != s->pc + 4)
            depth++;
        else if (is_return && next != s->pc + 4 && depth)
            depth--;
    }
}

/* ---- The flow that both show: for each instruction, which came next in its function. ---- */

struct flow {
    u64 *edges; /* pc << 32 | next; next 0: the function ended */
    u32 count, room;
};

static void add_edge(struct flow *f, u32 pc, u32 next)
{
    if (f->count == f->room) {
        f->room = f->room ? f->room * 2 : 1024;
        f->edges = realloc(f->edges, f->room * sizeof *f->edges);
        CHECK(f->edges, "no memory for control flow");
    }
    f->edges[f->count++] = (u64)pc << 32 | next;
}

static int by_number(const void *x, const void *y)
{
    u64 a = *(const u64 *)x, b = *(const u64 *)y;
    return a < b ? -1 : a > b;
}

static void sort_edges(struct flow *f)
{
    u32 kept = 0;
    if (f->count)
        qsort(f->edges, f->count, sizeof *f->edges, by_number);
    for (u32 i = 0; i < f->count; i++)
        if (!i || f->edges[i] != f->edges[i - 1])
            f->edges[kept++] = f->edges[i];
    f->count = kept;
}

static u32 first_edge(const struct flow *f, u32 pc)
{
    u32 low = 0, high = f->count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (f->edges[middle] < (u64)pc << 32)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void gather(struct flow *f, const struct trail *t)
{
    u32 *last = calloc(FLOW_DEPTH, sizeof *last); /* pc of the last step at each depth */
    CHECK(last, "no memory for control flow");
    u32 before = 0;
    for (u32 i = 0; i < t->count; i++) {
        const struct trail_step *s = &t->steps[i];
        u32 at = s->depth % FLOW_DEPTH;
        if (i && s->depth < before) {
            u32 ended = before % FLOW_DEPTH;
            if (last[ended])
                add_edge(f, last[ended], 0);
            last[ended] = 0;
        }
        if (i && s->depth > before)
            last[at] = 0;
        if (last[at])
            add_edge(f, last[at], s->pc);
        last[at] = s->pc;
        before = s->depth;
    }
    free(last);
}

/* Can the function's end be reached from `from` without `without`? */
struct reach {
    u32 *seen, *stack;
    u32 seen_count, stack_count, room;
};

static bool note_seen(struct reach *r, u32 pc)
{
    for (u32 i = 0; i < r->seen_count; i++)
        if (r->seen[i] == pc)
            return false;
    if (r->seen_count == r->room) {
        r->room = r->room ? r->room * 2 : 256;
        r->seen = realloc(r->seen, r->room * sizeof *r->seen);
        r->stack = realloc(r->stack, r->room * sizeof *r->stack);
        CHECK(r->seen && r->stack, "no memory for control flow");
    }
    r->seen[r->seen_count++] = pc;
    return true;
}

static bool ends_without(const struct flow *f, struct reach *r, u32 from, u32 without)
{
    r->seen_count = r->stack_count = 0;
    note_seen(r, from);
    r->stack[r->stack_count++] = from;
    while (r->stack_count) {
        u32 pc = r->stack[--r->stack_count];
        u32 i = first_edge(f, pc);
        if (i == f->count || f->edges[i] >> 32 != pc)
            return true; /* nothing is known of what follows: the trail ends there */
        for (; i < f->count && f->edges[i] >> 32 == pc; i++) {
            u32 next = (u32)f->edges[i];
            if (!next)
                return true;
            if (next != without && note_seen(r, next))
                r->stack[r->stack_count++] = next;
        }
    }
    return false;
}

/* The next step at `meeting` in the branch's function, or behind its end; TRAIL_NONE: the trail ends before. */
static u32 go_to(const struct trail *t, u32 branch, u32 meeting, bool *ended)
{
    u32 depth = t->steps[branch].depth;
    for (u32 i = branch + 1; i < t->count; i++) {
        *ended = t->steps[i].depth < depth;
        if (*ended || (meeting && t->steps[i].depth == depth && t->steps[i].pc == meeting))
            return i;
    }
    return TRAIL_NONE;
}

/* Where the branch's function comes to in both trails; 0: nowhere. */
static u32 find_common(const struct trail trail[2], const u32 branch[2])
{
    const struct trail *t = &trail[0];
    u32 depth = t->steps[branch[0]].depth, tried = 0;
    for (u32 i = branch[0] + 1; i < t->count && t->steps[i].depth >= depth && tried < CANDIDATES; i++) {
        bool ended = false;
        if (t->steps[i].depth != depth)
            continue;
        tried++;
        if (go_to(&trail[1], branch[1], t->steps[i].pc, &ended) != TRAIL_NONE && !ended)
            return t->steps[i].pc;
    }
    return 0;
}

/* Where every way from the branch leads; 0: only its function's end. */
static u32 find_meeting(const struct flow *f, struct reach *r, const struct trail trail[2], const u32 branches[2])
{
    const struct trail *t = &trail[0];
    u32 branch = branches[0], depth = t->steps[branch].depth, tried = 0;
    if (!ends_without(f, r, t->steps[branch].pc, 0))
        return find_common(trail, branches);
    for (u32 i = branch + 1; i < t->count && t->steps[i].depth >= depth && tried < CANDIDATES; i++) {
        if (t->steps[i].depth != depth || t->steps[i].pc == t->steps[branch].pc)
            continue;
        tried++;
        if (!ends_without(f, r, t->steps[branch].pc, t->steps[i].pc))
            return t->steps[i].pc;
    }
    return 0;
}

/* ---- Walking both. ---- */

static void leave(struct trail *t, u32 from, u32 to, u32 control)
{
    for (u32 i = from; i < to; i++)
        t->steps[i].control = control;
}

/* Something came between that no branch did: a callback. The nearest place where they go on alike. */
static bool skip_callback(struct trail trail[2], u32 at[2])
{
    for (u32 n = 1; n < SEARCH; n++)
        for (u32 k = 0; k < 2; k++) {
            const struct trail *x = &trail[k], *y = &trail[!k];
            if (at[k] + n < x->count && x->steps[at[k] + n].pc == y->steps[at[!k]].pc) {
                at[k] += n;
                return true;
            }
        }
    return false;
}

/* Past what lies behind a branch that went two ways. False: they do not meet again. */
static bool meet(struct trail trail[2], const struct flow *f, struct reach *r, u32 at[2])
{
    u32 branch[2] = {at[0] - 1, at[1] - 1}, to[2];
    bool ended[2] = {false, false};
    u32 meeting = find_meeting(f, r, trail, branch);
    for (u32 k = 0; k < 2; k++)
        to[k] = go_to(&trail[k], branch[k], meeting, &ended[k]);
    if (ended[0] != ended[1])
        for (u32 k = 0; k < 2; k++)
            to[k] = go_to(&trail[k], branch[k], 0, &ended[k]);
    bool meets = to[0] != TRAIL_NONE && to[1] != TRAIL_NONE && trail[0].steps[to[0]].pc == trail[1].steps[to[1]].pc;
    for (u32 k = 0; k < 2; k++) {
        leave(&trail[k], at[k], meets ? to[k] : trail[k].count, branch[k]);
        if (meets)
            at[k] = to[k];
    }
    return meets;
}

static bool parts_ways(const struct trail *t, u32 step)
{
    return effects_of(t->steps[step].word)->is_branch;
}

void trail_align(struct trail trail[2], u32 parted[2])
{
    struct flow flow = {0};
    struct reach reach = {0};
    u32 at[2] = {0, 0};
    parted[0] = parted[1] = TRAIL_NONE;
    for (u32 k = 0; k < 2; k++) {
        set_depths(&trail[k]);
        gather(&flow, &trail[k]);
    }
    sort_edges(&flow);
    while (at[0] < trail[0].count && at[1] < trail[1].count) {
        if (trail[0].steps[at[0]].pc == trail[1].steps[at[1]].pc) {
            trail[0].steps[at[0]].partner = at[1];
            trail[1].steps[at[1]].partner = at[0];
            at[0]++;
            at[1]++;
            continue;
        }
        bool by_branch = at[0] && at[1] && parts_ways(&trail[0], at[0] - 1);
        if (!by_branch && skip_callback(trail, at))
            continue;
        if (by_branch && meet(trail, &flow, &reach, at))
            continue;
        for (u32 k = 0; by_branch && k < 2; k++)
            parted[k] = at[k] - 1;
        break;
    }
    free(flow.edges);
    free(reach.seen);
    free(reach.stack);
}
