/* SPDX-License-Identifier: BSD-3-Clause
 * The tree of templates (diff/import_tree.h). A node stands behind some holes; its edges are the literals that may
 * follow, found by a crit-bit tree over their bytes: each inner place looks at one bit of the line, so that a line is
 * compared with one literal only. A literal that another one begins with is kept beside the tree. */
#include "diff/import_tree.h"

#include <stdlib.h>

enum { BESIDE_MAX = 8, PADDING = 16 };

/* An inner place (even) or an edge (odd) of a crit-bit tree, by twice its number. */
typedef u32 place;
static const place nowhere = UINT32_MAX;

struct inner {
    u32 at;
    u8 mask;
    place sides[2];
};

struct edge {
    const u8 *text; /* the edge's own; zeros follow, to whole words */
    u32 size;
    u8 form, width; /* of the hole behind it */
    bool is_leaf;   /* the line ends behind it */
    u32 to;         /* node, or shape */
    u32 next;       /* an edge of the same literal, or UINT32_MAX */
};

struct node {
    place root;
    u32 beside[BESIDE_MAX];
    u32 beside_count;
};

/* An edge of a shape's way, and the node that it leads to. */
struct step {
    const u8 *text;
    u32 size;
    u8 form, width;
    bool is_leaf;
    u32 to;
};

struct import_tree {
    struct inner *inners;
    u32 inner_count;
    struct edge *edges;
    u32 edge_count;
    struct node *nodes;
    u32 node_count;
    bool *mixed;        /* by node: a line may fit several of its edges */
    struct step **ways; /* by shape; NULL: it cannot be found */
    u32 way_count;
};

static void *more(void *list, u32 count, size_t size)
{
    if (count & (count - 1))
        return list;
    list = realloc(list, (count ? 2 * count : 1) * size);
    CHECK(list, "out of memory");
    return list;
}

static u32 node_add(struct import_tree *tree)
{
    tree->nodes = more(tree->nodes, tree->node_count, sizeof *tree->nodes);
    tree->mixed = more(tree->mixed, tree->node_count, sizeof *tree->mixed);
    tree->nodes[tree->node_count] = (struct node){.root = nowhere};
    tree->mixed[tree->node_count] = false;
    return tree->node_count++;
}

struct import_tree *import_tree_create(void)
{
    struct import_tree *tree = calloc(1, sizeof *tree);
    CHECK(tree, "out of memory");
    node_add(tree);
    return tree;
}

void import_tree_destroy(struct import_tree *tree)
{
    if (!tree)
        return;
    for (u32 i = 0; i < tree->edge_count; i++)
        free((u8 *)tree->edges[i].text);
    free(tree->inners);
    free(tree->edges);
    free(tree->nodes);
    for (u32 i = 0; i < tree->way_count; i++)
        free(tree->ways[i]);
    free(tree->ways);
    free(tree->mixed);
    free(tree);
}

/* ---- Finding. ---- */

/* The one edge of the crit-bit tree that can fit. */
static u32 walk(const struct import_tree *tree, place at, const u8 *text, size_t size)
{
    while (!(at & 1)) {
        const struct inner *inner = &tree->inners[at >> 1];
        u8 byte = inner->at < size ? text[inner->at] : 0;
        at = inner->sides[(byte & inner->mask) != 0];
    }
    return at >> 1;
}

typedef u8 word __attribute__((vector_size(PADDING), aligned(1), may_alias));

/* Ones for the first n bytes. */
static const u8 masks[2 * PADDING] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

/* Whole words, whatever follows in the line; at least one. */
static inline bool same_words(const char *p, const u8 *text, size_t size)
{
    const u8 *end = text + size;
    word odd = {0}, even = {0};
    for (; end - text > 2 * PADDING; text += 2 * PADDING, p += 2 * PADDING) {
        odd |= *(const word *)p ^ *(const word *)text;
        even |= *(const word *)(p + PADDING) ^ *(const word *)(text + PADDING);
    }
    if (end - text > PADDING) {
        odd |= *(const word *)p ^ *(const word *)text;
        text += PADDING, p += PADDING;
    }
    word last = *(const word *)p ^ *(const word *)text;
    odd |= even | (last & *(const word *)(masks + PADDING - (end - text)));
    u64 halves[2];
    memcpy(halves, &odd, sizeof halves);
    return !(halves[0] | halves[1]);
}

static inline bool is_at(const struct edge *e, const char *p, const char *end)
{
    return (size_t)(end - p) >= e->size && same_words(p, e->text, e->size);
}

static u32 find(const struct import_tree *tree, u32 node, const char *p, const char *end, struct import_part *parts);

static u32 try_edges(const struct import_tree *tree, u32 edge, const char *p, const char *end,
                     struct import_part *parts)
{
    for (const struct edge *e; edge != UINT32_MAX; edge = e->next) {
        e = &tree->edges[edge];
        if (!is_at(e, p, end))
            return UINT32_MAX;
        if (e->is_leaf) {
            if ((size_t)(end - p) == e->size)
                return e->to;
            continue;
        }
        const char *behind = import_hole_quick(e->form, e->width, p + e->size, end, parts);
        u32 shape = behind && behind <= end ? find(tree, e->to, behind, end, parts + 1) : UINT32_MAX;
        if (shape != UINT32_MAX)
            return shape;
    }
    return UINT32_MAX;
}

/* Where several edges may fit: one after the other. */
static u32 find_any(const struct import_tree *tree, const struct node *n, u32 edge, const char *p, const char *end,
                    struct import_part *parts)
{
    u32 shape = try_edges(tree, edge, p, end, parts);
    for (u32 i = 0; shape == UINT32_MAX && i < n->beside_count; i++)
        shape = try_edges(tree, n->beside[i], p, end, parts);
    return shape;
}

/* From a node on. */
static u32 find(const struct import_tree *tree, u32 node, const char *p, const char *end, struct import_part *parts)
{
    for (;;) {
        const struct node *n = &tree->nodes[node];
        if (n->root == nowhere)
            return UINT32_MAX;
        u32 edge = walk(tree, n->root, (const u8 *)p, (size_t)(end - p));
        const struct edge *e = &tree->edges[edge];
        if (tree->mixed[node])
            return find_any(tree, n, edge, p, end, parts);
        if (!is_at(e, p, end))
            return UINT32_MAX;
        p += e->size;
        if (e->is_leaf)
            return p == end ? e->to : UINT32_MAX;
        p = import_hole_quick(e->form, e->width, p, end, parts++);
        if (!p || p > end)
            return UINT32_MAX;
        node = e->to;
    }
}

u32 import_tree_find(const struct import_tree *tree, const char *line, size_t size,
                     struct import_part parts[BLOCK_FIELDS_MAX])
{
    return find(tree, 0, line, line + size, parts);
}

/* Only one edge of a node that is not mixed can fit, so as long as the line goes the way that is expected, it is the
 * way that find would go. */
u32 import_tree_guess(const struct import_tree *tree, u32 shape, const char *p, const char *end, const char **line_end,
                      struct import_part parts[BLOCK_FIELDS_MAX])
{
    const struct step *step = shape < tree->way_count ? tree->ways[shape] : NULL;
    struct import_part *part = parts;
    u32 node = 0;
    for (; step && !tree->mixed[node]; step++, part++) {
        if ((size_t)(end - p) < step->size || !same_words(p, step->text, step->size))
            break;
        const char *behind = p + step->size;
        if (step->is_leaf) {
            if (behind >= end || *behind != '\n')
                break;
            *line_end = behind;
            return shape;
        }
        behind = import_hole_quick(step->form, step->width, behind, end, part);
        if (!behind || behind > end)
            break;
        p = behind;
        node = step->to;
    }
    *line_end = memchr(p, '\n', (size_t)(end - p));
    return *line_end ? find(tree, node, p, *line_end, part) : UINT32_MAX;
}

/* ---- Adding. ---- */

static u32 edge_add(struct import_tree *tree, const struct edge *edge)
{
    u8 *text = calloc(edge->size / PADDING + 1, PADDING);
    CHECK(text, "out of memory");
    memcpy(text, edge->text, edge->size);
    tree->edges = more(tree->edges, tree->edge_count, sizeof *tree->edges);
    tree->edges[tree->edge_count] = *edge;
    tree->edges[tree->edge_count].text = text;
    return tree->edge_count++;
}

static bool is_same_edge(const struct edge *a, const struct edge *b)
{
    return a->is_leaf == b->is_leaf && (a->is_leaf || (a->form == b->form && a->width == b->width));
}

/* The edge like this one in a list of the same literal; UINT32_MAX: none. */
static u32 like(const struct import_tree *tree, u32 edge, const struct edge *wanted)
{
    while (edge != UINT32_MAX && !is_same_edge(&tree->edges[edge], wanted))
        edge = tree->edges[edge].next;
    return edge;
}

static u32 chain(struct import_tree *tree, u32 node, u32 edge, const struct edge *wanted)
{
    u32 added = edge_add(tree, wanted);
    tree->mixed[node] = true;
    tree->edges[added].next = tree->edges[edge].next;
    tree->edges[edge].next = added;
    return added;
}

/* The place of the first byte in which they differ; the shorter one's size if there is none. */
static u32 first_difference(const struct edge *a, const struct edge *b)
{
    u32 size = a->size < b->size ? a->size : b->size, i = 0;
    while (i < size && a->text[i] == b->text[i])
        i++;
    return i;
}

static void insert(struct import_tree *tree, u32 node, u32 edge, u32 at, u8 mask)
{
    tree->inners = more(tree->inners, tree->inner_count, sizeof *tree->inners);
    const struct edge *e = &tree->edges[edge];
    place *where = &tree->nodes[node].root;
    while (!(*where & 1)) {
        struct inner *inner = &tree->inners[*where >> 1];
        if (inner->at > at || (inner->at == at && inner->mask < mask))
            break;
        where = &inner->sides[(e->text[inner->at] & inner->mask) != 0];
    }
    struct inner *inner = &tree->inners[tree->inner_count];
    bool side = (e->text[at] & mask) != 0;
    *inner = (struct inner){.at = at, .mask = mask};
    inner->sides[side] = edge << 1 | 1;
    inner->sides[!side] = *where;
    *where = tree->inner_count++ << 1;
}

static u32 beside(struct import_tree *tree, u32 node, const struct edge *wanted)
{
    struct node *n = &tree->nodes[node];
    for (u32 i = 0; i < n->beside_count; i++) {
        const struct edge *e = &tree->edges[n->beside[i]];
        if (e->size != wanted->size || memcmp(e->text, wanted->text, e->size))
            continue;
        u32 same = like(tree, n->beside[i], wanted);
        return same != UINT32_MAX ? same : chain(tree, node, n->beside[i], wanted);
    }
    if (n->beside_count == BESIDE_MAX)
        return UINT32_MAX;
    tree->mixed[node] = true;
    n->beside[n->beside_count] = edge_add(tree, wanted);
    return n->beside[n->beside_count++];
}

/* The edge of that literal and hole, made if it is not there; UINT32_MAX: no room, its lines stay unknown. */
static u32 edge_of(struct import_tree *tree, u32 node, const struct edge *wanted)
{
    place root = tree->nodes[node].root;
    if (root == nowhere) {
        u32 added = edge_add(tree, wanted);
        tree->nodes[node].root = added << 1 | 1;
        return added;
    }
    u32 nearest = walk(tree, root, wanted->text, wanted->size);
    const struct edge *e = &tree->edges[nearest];
    u32 at = first_difference(e, wanted);
    if (at == e->size && at == wanted->size) {
        u32 same = like(tree, nearest, wanted);
        return same != UINT32_MAX ? same : chain(tree, node, nearest, wanted);
    }
    if (at == e->size || at == wanted->size)
        return beside(tree, node, wanted);
    u8 mask = 0x80;
    while (!((e->text[at] ^ wanted->text[at]) & mask))
        mask >>= 1;
    u32 added = edge_add(tree, wanted);
    insert(tree, node, added, at, mask);
    return added;
}

static void way_add(struct import_tree *tree, u32 shape, const u32 *edges, u32 count)
{
    if (shape >= tree->way_count) {
        u32 ways = (shape + 64) * 2;
        tree->ways = realloc(tree->ways, ways * sizeof *tree->ways);
        CHECK(tree->ways, "out of memory");
        memset(tree->ways + tree->way_count, 0, (ways - tree->way_count) * sizeof *tree->ways);
        tree->way_count = ways;
    }
    CHECK(!tree->ways[shape], "shape %u is there twice", shape);
    struct step *steps = malloc(count * sizeof *steps);
    CHECK(steps, "out of memory");
    for (u32 i = 0; i < count; i++) {
        const struct edge *e = &tree->edges[edges[i]];
        steps[i] = (struct step){e->text, e->size, e->form, e->width, e->is_leaf, e->to};
    }
    tree->ways[shape] = steps;
}

void import_tree_add(struct import_tree *tree, const struct template *t, u32 shape)
{
    u32 edges[BLOCK_FIELDS_MAX + 1], node = 0;
    for (u32 i = 0; i < t->hole_count; i++) {
        const struct template_hole *h = &t->holes[i];
        struct edge wanted = {h->text, h->text_size, h->form, h->width, false, UINT32_MAX, UINT32_MAX};
        edges[i] = edge_of(tree, node, &wanted);
        if (edges[i] == UINT32_MAX)
            return;
        if (tree->edges[edges[i]].to == UINT32_MAX) {
            u32 to = node_add(tree);
            tree->edges[edges[i]].to = to;
        }
        node = tree->edges[edges[i]].to;
    }
    struct edge leaf = {t->tail, t->tail_size, 0, 0, true, shape, UINT32_MAX};
    u32 last = edge_of(tree, node, &leaf);
    edges[t->hole_count] = last;
    if (last != UINT32_MAX && tree->edges[last].to == shape)
        way_add(tree, shape, edges, t->hole_count + 1);
}
