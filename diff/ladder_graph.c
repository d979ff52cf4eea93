/* SPDX-License-Identifier: BSD-3-Clause
 * The ladder and the wait-for graph as pictures (diff/graph.h). */
#include "diff/ladder_graph.h"
#include "diff/ladder.h"
#include "diff/table.h"

#include <stdlib.h>

static void add_call(char *text, size_t capacity, struct run *run, u32 op, u32 lr)
{
    size_t at = strlen(text);
    at += (size_t)snprintf(text + at, capacity - at, "%s", op ? run_op_name(run, op) : "no call");
    if (lr && at < capacity)
        snprintf(text + at, capacity - at, " lr 0x%08X", lr);
}

static void describe_object(char *text, size_t capacity, const struct signals *s, u32 object)
{
    const struct object *o = &s->objects.rows[object];
    size_t at = strlen(text);
    u32 handle = signals_handle(s, object);
    if (o->target != UINT32_MAX)
        snprintf(text + at, capacity - at, "\nfor the end of thread %u", run_thread(s->run, o->target)->thread);
    else
        snprintf(text + at, capacity - at, "\nfor %s %s0x%llX", object_type_name((enum object_type)o->type),
                 o->hsid  ? "hsid "
                 : handle ? "handle "
                          : "at ",
                 (unsigned long long)(o->hsid  ? o->hsid
                                      : handle ? handle
                                               : signals_address(s, object)));
}

static void describe_rung(const struct ladder *l, u32 rung, u32 size, char *text, size_t capacity)
{
    const struct ladder_rung *r = &l->rungs[rung];
    struct run *run = r->kind == LADDER_CREATION ? l->a : l->b;
    const struct run_thread *t = run_thread(run, r->place);
    const struct ladder_need *n = ladder_need(l, r);
    char entry[TABLE_ADDRESS];
    snprintf(text, capacity, "%u. %sthread %u, entry %s", rung + 1, r->kind == LADDER_CREATION ? "A's " : "", t->thread,
             table_show_address(t->entry, entry));
    if (size > 1)
        snprintf(text + strlen(text), capacity - strlen(text), ", and %u like it", size - 1);
    if (r->kind != LADDER_WAIT) {
        strncat(text, r->kind == LADDER_CREATION ? "\nnever created in B" : "\nnever ran", capacity - strlen(text) - 1);
        return;
    }
    const struct wait *w = signals_wait(l->signals_b, r->wait);
    strncat(text, "\n", capacity - strlen(text) - 1);
    add_call(text, capacity, l->b, w->op, w->lr);
    if (n && n->object != (u32)LADDER_NONE)
        describe_object(text, capacity, l->signals_b, n->object);
}

static void describe_signal(const struct ladder *l, const struct ladder_need *n, char *text, size_t capacity)
{
    text[0] = 0;
    if (!n->has_signal)
        return;
    snprintf(text, capacity, "A: thread %u ", run_thread(l->a, n->signal.place)->thread);
    add_call(text, capacity, l->a, n->signal.op, n->signal.lr);
}

static void add_missing(const struct ladder *l, struct graph *g, u32 from, const struct ladder_need *n)
{
    char text[512], signal[200], who[32] = "";
    describe_signal(l, n, signal, sizeof signal);
    if (n->place != (u32)LADDER_NONE)
        snprintf(who, sizeof who, "B: thread %u ", run_thread(l->b, n->place)->thread);
    snprintf(text, sizeof text, "%s\n%s%s", signal, who, ladder_state_text(n->state));
    graph_add_edge(g, from, graph_add_node(g, GRAPH_ROOT, signal[0] ? text : strchr(text, '\n') + 1), false, NULL);
}

void ladder_graph(const struct ladder *l, struct graph *g)
{
    u32 *nodes = malloc((l->rung_count + 1) * sizeof *nodes), *sizes = calloc(l->rung_count + 1, sizeof *sizes);
    char text[512];
    CHECK(nodes && sizes, "out of memory");
    for (u32 i = 0; i < l->rung_count; i++)
        sizes[l->rungs[i].group]++;
    for (u32 i = 0; i < l->rung_count; i++) {
        const struct ladder_rung *r = &l->rungs[i];
        if (r->group == i) {
            describe_rung(l, i, sizes[i], text, sizeof text);
            nodes[i] = graph_add_node(g, r->is_cycle ? GRAPH_CYCLE : r->is_root ? GRAPH_ROOT : GRAPH_PLAIN, text);
        } else {
            nodes[i] = nodes[r->group];
        }
    }
    for (u32 i = 0; i < l->rung_count; i++) {
        const struct ladder_need *n = ladder_need(l, &l->rungs[i]);
        if (!n || l->rungs[i].group != i)
            continue;
        describe_signal(l, n, text, sizeof text);
        if (n->next != (u32)LADDER_NONE)
            graph_add_edge(g, nodes[i], nodes[n->next], false, text);
        else if (l->rungs[i].is_root)
            add_missing(l, g, nodes[i], n);
    }
    free(nodes);
    free(sizes);
}

/* ---- One run alone. ---- */

static u32 place_of(const struct wedge_report *report, u32 thread)
{
    for (u32 i = 0; i < report->thread_count; i++)
        if (report->threads[i].thread == thread)
            return i;
    return UINT32_MAX;
}

static bool is_root(const struct wedge_report *report, u32 place)
{
    for (u32 i = 0; i < report->root_count; i++)
        if (report->roots[i].place == place)
            return true;
    return false;
}

static bool is_in_cycle(const struct wedge_report *report, u32 place)
{
    for (u32 i = 0; i < report->cycle_count; i++)
        for (u32 k = 0; k < report->cycles[i].count; k++)
            if (report->cycles[i].places[k] == place)
                return true;
    return false;
}

static void add_thread(const struct wedge_report *report, struct graph *g, u32 place)
{
    const struct wedge_thread *t = &report->threads[place];
    char text[256], op[64];
    snprintf(text, sizeof text, "thread %u, entry 0x%08X\n%s", t->thread, t->entry,
             wedge_state_name((enum wedge_state)t->state));
    if (t->state == WEDGE_WAITING)
        snprintf(text + strlen(text), sizeof text - strlen(text), " in %s lr 0x%08X",
                 t->op ? export_op_name(t->op, op, sizeof op) : "no call", t->lr);
    graph_add_node(g,
                   is_in_cycle(report, place)     ? GRAPH_CYCLE
                   : is_root(report, place)       ? GRAPH_ROOT
                   : t->state == WEDGE_TERMINATED ? GRAPH_FAINT
                                                  : GRAPH_PLAIN,
                   text);
}

/* An owner is certain; who signalled last is likely. */
void wedge_graph(const struct wedge_report *report, struct graph *g)
{
    char text[128];
    for (u32 i = 0; i < report->thread_count; i++)
        add_thread(report, g, i);
    for (u32 i = 0; i < report->thread_count; i++)
        for (u32 k = 0; k < report->threads[i].wait_count; k++) {
            const struct wedge_wait *w = &report->waits[report->threads[i].first_wait + k];
            u32 to = place_of(report, w->owner ? w->owner : w->was_signalled ? w->signal_thread : UINT32_MAX);
            snprintf(text, sizeof text, "%s 0x%llX", object_type_name((enum object_type)w->type),
                     (unsigned long long)(w->hsid ? w->hsid : w->handle));
            if (to != UINT32_MAX)
                graph_add_edge(g, i, to, !w->owner, text);
        }
}
