/* SPDX-License-Identifier: BSD-3-Clause
 * Graphs: building, text and DOT (diff/graph.h). */
#include "diff/graph.h"

#include <stdlib.h>

static char *copy(const char *text)
{
    char *out = text ? strdup(text) : NULL;
    CHECK(!text || out, "out of memory");
    return out;
}

u32 graph_add_node(struct graph *g, u8 kind, const char *text)
{
    g->nodes = realloc(g->nodes, (g->node_count + 1) * sizeof *g->nodes);
    CHECK(g->nodes, "out of memory");
    g->nodes[g->node_count] = (struct graph_node){.text = copy(text), .kind = kind};
    return g->node_count++;
}

void graph_add_edge(struct graph *g, u32 from, u32 to, bool is_faint, const char *text)
{
    g->edges = realloc(g->edges, (g->edge_count + 1) * sizeof *g->edges);
    CHECK(g->edges, "out of memory");
    g->edges[g->edge_count++] = (struct graph_edge){.from = from, .to = to, .text = copy(text), .is_faint = is_faint};
}

void graph_free(struct graph *g)
{
    for (u32 i = 0; i < g->node_count; i++)
        free(g->nodes[i].text);
    for (u32 i = 0; i < g->edge_count; i++)
        free(g->edges[i].text);
    free(g->nodes);
    free(g->edges);
    *g = (struct graph){0};
}

static void put_first_line(const char *text, FILE *out)
{
    fprintf(out, "%.*s", (int)strcspn(text, "\n"), text);
}

void graph_text(const struct graph *g, FILE *out)
{
    for (u32 i = 0; i < g->edge_count; i++) {
        const struct graph_edge *e = &g->edges[i];
        put_first_line(g->nodes[e->from].text, out);
        fprintf(out, " %s ", e->is_faint ? "..>" : "-->");
        put_first_line(g->nodes[e->to].text, out);
        fprintf(out, e->text ? "  (%s)\n" : "\n", e->text);
    }
}

static void put_quoted(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '\n') {
            fputs("\\l", out);
            continue;
        }
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void graph_dot(const struct graph *g, FILE *out)
{
    static const char *const styles[] = {"", ", style=filled, fillcolor=\"#ffd9d0\"",
                                         ", style=filled, fillcolor=\"#ffe9b8\"", ", color=gray, fontcolor=gray"};
    fputs("digraph wedge {\n    rankdir=TB;\n    node [shape=box, fontname=monospace];\n", out);
    for (u32 i = 0; i < g->node_count; i++) {
        fprintf(out, "    n%u [label=", i);
        put_quoted(g->nodes[i].text, out);
        fprintf(out, "%s];\n", styles[g->nodes[i].kind]);
    }
    for (u32 i = 0; i < g->edge_count; i++) {
        const struct graph_edge *e = &g->edges[i];
        fprintf(out, "    n%u -> n%u [label=", e->from, e->to);
        put_quoted(e->text ? e->text : "", out);
        fputs(e->is_faint ? ", style=dashed];\n" : "];\n", out);
    }
    fputs("}\n", out);
}
