/* SPDX-License-Identifier: BSD-3-Clause
 * Layered layout and SVG (diff/graph.h): circles are broken where a depth-first walk finds them, each node stands one
 * layer below the lowest that points to it, and within a layer by the mean place of its neighbours above. */
#include "diff/escape.h"
#include "diff/graph.h"

#include <stdlib.h>

enum { LETTER = 7, SMALL_LETTER = 6, LINE = 16, PAD = 8, GAP_X = 28, GAP_Y = 56, SWEEPS = 8, MARGIN = 16 };

enum { UNSEEN, OPEN, DONE };

static void walk(struct graph *g, u32 node, u8 *seen)
{
    seen[node] = OPEN;
    for (u32 i = 0; i < g->edge_count; i++) {
        struct graph_edge *e = &g->edges[i];
        if (e->from != node)
            continue;
        if (seen[e->to] == OPEN)
            e->is_back = true;
        else if (seen[e->to] == UNSEEN)
            walk(g, e->to, seen);
    }
    seen[node] = DONE;
}

static void find_layers(struct graph *g)
{
    u8 *seen = calloc(g->node_count + 1, 1);
    CHECK(seen, "out of memory");
    for (u32 i = 0; i < g->node_count; i++)
        if (seen[i] == UNSEEN)
            walk(g, i, seen);
    free(seen);
    for (bool again = true; again;) {
        again = false;
        for (u32 i = 0; i < g->edge_count; i++) {
            const struct graph_edge *e = &g->edges[i];
            u32 from = e->is_back ? e->to : e->from, to = e->is_back ? e->from : e->to;
            if (from == to || g->nodes[to].layer > g->nodes[from].layer)
                continue;
            g->nodes[to].layer = g->nodes[from].layer + 1;
            again = true;
        }
    }
}

/* The mean place of the neighbours one way, in 1/256; a node without any keeps its own. */
static u64 mean_place(const struct graph *g, u32 node, bool upwards)
{
    u64 sum = 0, count = 0;
    for (u32 i = 0; i < g->edge_count; i++) {
        const struct graph_edge *e = &g->edges[i];
        u32 other = e->from == node ? e->to : e->to == node ? e->from : node;
        bool is_above = g->nodes[other].layer < g->nodes[node].layer;
        if (other == node || is_above != upwards)
            continue;
        sum += (u64)g->nodes[other].order * 256;
        count++;
    }
    return count ? sum / count : (u64)g->nodes[node].order * 256;
}

static u32 layer_count(const struct graph *g)
{
    u32 count = 0;
    for (u32 i = 0; i < g->node_count; i++)
        count = g->nodes[i].layer >= count ? g->nodes[i].layer + 1 : count;
    return count;
}

/* The layer's nodes by those places, equal ones as they were. */
static void order_layer(struct graph *g, u32 layer, bool upwards, u32 *members, u64 *places)
{
    u32 count = 0;
    for (u32 i = 0; i < g->node_count; i++) {
        if (g->nodes[i].layer != layer)
            continue;
        u64 place = mean_place(g, i, upwards) * 65536 + g->nodes[i].order;
        u32 at = count++;
        for (; at > 0 && places[at - 1] > place; at--) {
            places[at] = places[at - 1];
            members[at] = members[at - 1];
        }
        places[at] = place;
        members[at] = i;
    }
    for (u32 i = 0; i < count; i++)
        g->nodes[members[i]].order = i;
}

static void find_order(struct graph *g)
{
    u32 *members = malloc((g->node_count + 1) * sizeof *members), layers = layer_count(g);
    u64 *places = malloc((g->node_count + 1) * sizeof *places);
    CHECK(members && places, "out of memory");
    for (u32 i = 0; i < g->node_count; i++)
        g->nodes[i].order = i;
    for (u32 sweep = 0; sweep < SWEEPS; sweep++)
        for (u32 k = 0; k < layers; k++)
            order_layer(g, sweep % 2 ? layers - 1 - k : k, sweep % 2 == 0, members, places);
    free(members);
    free(places);
}

static void measure(struct graph_node *n)
{
    size_t widest = 0, lines = 0;
    for (const char *p = n->text; *p; lines++) {
        size_t length = strcspn(p, "\n");
        widest = length > widest ? length : widest;
        p += length + (p[length] == '\n');
    }
    n->width = (s32)widest * LETTER + 2 * PAD;
    n->height = (s32)lines * LINE + 2 * PAD;
    n->room = n->width;
}

/* An arrow's text stands right of where it begins. */
static void make_room(struct graph *g)
{
    for (u32 i = 0; i < g->edge_count; i++) {
        struct graph_node *n = &g->nodes[g->edges[i].from];
        s32 room = g->edges[i].text ? 2 * (s32)strlen(g->edges[i].text) * SMALL_LETTER + 2 * PAD : 0;
        n->room = room > n->room ? room : n->room;
    }
}

static s32 layer_width(const struct graph *g, u32 layer, s32 *height)
{
    s32 width = -GAP_X;
    *height = 0;
    for (u32 i = 0; i < g->node_count; i++) {
        if (g->nodes[i].layer != layer)
            continue;
        width += g->nodes[i].room + GAP_X;
        *height = g->nodes[i].height > *height ? g->nodes[i].height : *height;
    }
    return width;
}

static void place_layer(struct graph *g, u32 layer, s32 x, s32 y)
{
    for (u32 order = 0, found = 1; found; order++) {
        found = 0;
        for (u32 i = 0; i < g->node_count; i++) {
            struct graph_node *n = &g->nodes[i];
            if (n->layer != layer || n->order != order)
                continue;
            n->x = x + (n->room - n->width) / 2;
            n->y = y;
            x += n->room + GAP_X;
            found = 1;
        }
    }
}

static void lay_out(struct graph *g)
{
    u32 layers;
    s32 height, y = MARGIN;
    find_layers(g);
    find_order(g);
    layers = layer_count(g);
    for (u32 i = 0; i < g->node_count; i++)
        measure(&g->nodes[i]);
    make_room(g);
    g->width = 0;
    for (u32 k = 0; k < layers; k++) {
        s32 width = layer_width(g, k, &height);
        g->width = width > g->width ? width : g->width;
    }
    for (u32 k = 0; k < layers; k++) {
        s32 width = layer_width(g, k, &height);
        place_layer(g, k, MARGIN + (g->width - width) / 2, y);
        y += height + GAP_Y;
    }
    g->width += 2 * MARGIN;
    g->height = y - (layers ? GAP_Y : 0) + MARGIN;
}

static void put_node(const struct graph_node *n, FILE *out)
{
    static const char *const fills[] = {"#ffffff", "#ffd9d0", "#ffe9b8", "#f4f4f4"};
    fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" stroke=\"#555\"/>\n", n->x,
            n->y, n->width, n->height, fills[n->kind]);
    s32 y = n->y + PAD + LINE - 4;
    for (const char *p = n->text; *p; y += LINE) {
        size_t length = strcspn(p, "\n");
        fprintf(out, "<text x=\"%d\" y=\"%d\">", n->x + PAD, y);
        escape_markup(p, length, out);
        fputs("</text>\n", out);
        p += length + (p[length] == '\n');
    }
}

/* From the side that faces the other; within a layer, and to itself, around the bottom. */
static void put_edge(const struct graph *g, const struct graph_edge *e, FILE *out)
{
    const struct graph_node *a = &g->nodes[e->from], *b = &g->nodes[e->to];
    bool is_down = b->layer > a->layer, is_same = b->layer == a->layer;
    s32 shift = is_down ? 0 : is_same ? 0 : 14; /* the way back beside the way there */
    s32 x1 = a->x + a->width / 2 + shift, x2 = b->x + b->width / 2 + shift;
    s32 y1 = is_down || is_same ? a->y + a->height : a->y, y2 = is_down ? b->y : b->y + b->height;
    s32 bend = is_down ? GAP_Y / 2 : is_same ? GAP_Y / 2 : -GAP_Y / 2;
    s32 bend2 = is_same ? GAP_Y / 2 : -bend;
    fprintf(out, "<path d=\"M%d %d C%d %d %d %d %d %d\" fill=\"none\" stroke=\"#333\"%s marker-end=\"url(#arrow)\"/>\n",
            x1, y1, x1, y1 + bend, x2, y2 + bend2, x2, y2, e->is_faint ? " stroke-dasharray=\"4 3\"" : "");
    if (!e->text)
        return;
    fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"edge\">", x1 + 6, is_down || is_same ? y1 + LINE - 3 : y1 - 5);
    escape_markup(e->text, strlen(e->text), out);
    fputs("</text>\n", out);
}

void graph_svg(struct graph *g, FILE *out)
{
    lay_out(g);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
            "font-family=\"monospace\" font-size=\"11.5\">\n",
            g->width, g->height, g->width, g->height);
    fputs("<style>.edge{font-size:10px;fill:#555}</style>\n<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" "
          "refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#333\"/>"
          "</marker></defs>\n",
          out);
    for (u32 i = 0; i < g->edge_count; i++)
        put_edge(g, &g->edges[i], out);
    for (u32 i = 0; i < g->node_count; i++)
        put_node(&g->nodes[i], out);
    fputs("</svg>\n", out);
}
