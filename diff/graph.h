/* SPDX-License-Identifier: BSD-3-Clause
 * Small directed graphs as text, DOT and SVG. The layout is our own: layers from the sources down, integer arithmetic,
 * the same bytes for the same graph everywhere. */
#ifndef DIFF_GRAPH_H
#define DIFF_GRAPH_H

#include "schema/base.h"

#include <stdio.h>

enum graph_kind { GRAPH_PLAIN, GRAPH_ROOT, GRAPH_CYCLE, GRAPH_FAINT };

struct graph_node {
    char *text;       /* lines */
    u8 kind;          /* enum graph_kind */
    u32 layer, order; /* order: place within the layer */
    s32 x, y, width, height;
    s32 room; /* width, with the text of an arrow that begins there */
};

struct graph_edge {
    u32 from, to;
    char *text; /* one line, or NULL */
    bool is_faint;
    bool is_back; /* set by the layout: it was turned to break a circle */
};

struct graph {
    struct graph_node *nodes;
    struct graph_edge *edges;
    u32 node_count, edge_count;
    s32 width, height;
};

/* Texts are copied. A zeroed graph is empty. */
u32 graph_add_node(struct graph *graph, u8 kind, const char *text);
void graph_add_edge(struct graph *graph, u32 from, u32 to, bool is_faint, const char *text);
void graph_free(struct graph *graph);

void graph_text(const struct graph *graph, FILE *out);
void graph_dot(const struct graph *graph, FILE *out);
/* Lays it out and writes one <svg> element. */
void graph_svg(struct graph *graph, FILE *out);

#endif
