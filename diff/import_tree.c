/* SPDX-License-Identifier: BSD-3-Clause
 * The tree of templates (diff/import_tree.h). A node stands behind some holes; its edges are the literals that may
 * follow, found by a crit-bit tree over their bytes: each inner place looks at one bit of the line, so that a line is
 * compared with one literal only. A literal that another one begins with is kept beside the tree. */
#include "diff/import_tree.h"

#include <stdlib.h>

enum { BESIDE_MAX = 8 };

/* An inner place (even) or an edge (odd) of a crit-bit tree, by twice its number. */
typedef u32 place;
static const place nowhere = UINT32_MAX;

struct inner {
    u32 at;
    u8 mask;
    place sides[2];
};

struct edge {
    const u8 *text;
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

struct import_tree {
    struct inner *inners;
    u32 inner_count;
    struct edge *edges;
    u32 edge_count;
    struct node *nodes;
    u32 node_count;
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
    tree->nodes[tree->node_count] = (struct node){.root = nowhere};
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
    free(tree->inners);
    free(tree->edges);
    free(tree->nodes);
    free(tree);
}

/* ---- Holes. ---- */

static inline u64 load64(const void *p)
{
    u64 value;
    memcpy(&value, p, sizeof value);
    return value;
}

/* Up to eight digits at once: how many there are, and their value. */
static inline u32 eight_digits(const char *p, u64 *value)
{
    u64 digits = load64(p) ^ 0x3030303030303030;
    u64 others = ((digits + 0x7676767676767676) | digits) & 0x8080808080808080;
    u32 count = others ? (u32)__builtin_ctzll(others) / 8 : 8;
    if (!count)
        return 0;
    digits <<= 64 - 8 * count; /* zeros come first */
    digits = digits * 10 + (digits >> 8);
    *value = (((digits & 0x000000FF000000FF) * 0x000F424000000064) +
              ((digits >> 16 & 0x000000FF000000FF) * 0x0000271000000001)) >>
             32;
    return count;
}

/* The number's value and end; 20 digits may overflow, which the caller sees by their count. */
static inline const char *read_digits(const char *p, const char *end, u64 *value)
{
    static const u64 powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    u64 total = 0, part = 0;
    for (u32 n = 8; n == 8 && end - p >= 8;) {
        n = eight_digits(p, &part);
        total = n ? total * powers[n] + part : total;
        p += n;
        if (n < 8) {
            *value = total;
            return p;
        }
    }
    for (; p < end && (u8)(*p - '0') < 10; p++)
        total = total * 10 + (u8)(*p - '0');
    *value = total;
    return p;
}

static const char *read_decimal(u8 form, const char *p, const char *end, struct import_part *part)
{
    bool negative = p < end && *p == '-';
    u64 value;
    const char *first = p + negative;
    p = read_digits(first, end, &value);
    if (p == first || p - first > 20 || (*first == '0' && (p - first > 1 || negative)))
        return NULL;
    if (p - first == 20 && (*first != '1' || value < 10000000000000000000u))
        return NULL; /* over 64 bits */
    bool is_big = value > (u64)INT64_MAX + negative;
    part->number = negative ? -value : value;
    return is_big == (form == FORM_UDEC) && !(is_big && negative) ? p : NULL;
}

static inline u32 hex_digit(char c, char base)
{
    u8 digit = (u8)(c - '0'), letter = (u8)(c - base);
    return digit < 10 ? digit : letter < 6 ? letter + 10u : 99u;
}

/* Digits alone are FORM_LOWER. */
static const char *read_hex(u8 form, u8 width, const char *p, const char *end, struct import_part *part)
{
    u64 value = 0;
    u32 greatest = 0;
    char base = form == FORM_UPPER ? 'A' : 'a';
    if (end - p < width)
        return NULL;
    for (const char *stop = p + width; p < stop; p++) {
        u32 digit = hex_digit(*p, base);
        value = value << 4 | digit;
        greatest = digit > greatest ? digit : greatest;
    }
    part->number = value;
    bool goes_on = p < end && (hex_digit(*p, 'a') < 16 || hex_digit(*p, 'A') < 16);
    return greatest == 99 || goes_on || (form == FORM_UPPER && greatest < 10) ? NULL : p;
}

/* To the closing quote. */
static const char *read_string(const char *p, const char *end, struct import_part *part)
{
    part->text = p;
    for (; p < end && *p != '"'; p++)
        if (*p == '\\' && ++p == end)
            return NULL;
    part->size = (u32)(p - part->text);
    return p < end ? p : NULL;
}

const char *import_hole_read(u8 form, u8 width, const char *p, const char *end, struct import_part *part)
{
    switch ((enum template_form)form) {
    case FORM_DEC:
    case FORM_UDEC:
        return read_decimal(form, p, end, part);
    case FORM_LOWER:
    case FORM_UPPER:
        return read_hex(form, width, p, end, part);
    case FORM_JSON:
        return read_string(p, end, part);
    default:
        return NULL;
    }
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

static u32 find(const struct import_tree *tree, u32 node, const char *p, const char *end, struct import_part *parts);

static u32 try_edges(const struct import_tree *tree, u32 edge, const char *p, const char *end,
                     struct import_part *parts)
{
    for (const struct edge *e; edge != UINT32_MAX; edge = e->next) {
        e = &tree->edges[edge];
        size_t left = (size_t)(end - p);
        if (left < e->size || memcmp(p, e->text, e->size))
            return UINT32_MAX;
        if (e->is_leaf) {
            if (left == e->size)
                return e->to;
            continue;
        }
        const char *behind = import_hole_read(e->form, e->width, p + e->size, end, parts);
        u32 shape = behind ? find(tree, e->to, behind, end, parts + 1) : UINT32_MAX;
        if (shape != UINT32_MAX)
            return shape;
    }
    return UINT32_MAX;
}

static bool same_bytes(const void *left, const void *right, size_t size)
{
    const u8 *a = left, *b = right;
    if (size < 8)
        return !memcmp(a, b, size);
    for (size_t i = 0; i + 8 < size; i += 8)
        if (load64(a + i) != load64(b + i))
            return false;
    return load64(a + size - 8) == load64(b + size - 8);
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

static u32 find(const struct import_tree *tree, u32 node, const char *p, const char *end, struct import_part *parts)
{
    for (;;) {
        const struct node *n = &tree->nodes[node];
        if (n->root == nowhere)
            return UINT32_MAX;
        u32 edge = walk(tree, n->root, (const u8 *)p, (size_t)(end - p));
        const struct edge *e = &tree->edges[edge];
        if (e->next != UINT32_MAX || n->beside_count)
            return find_any(tree, n, edge, p, end, parts);
        if ((size_t)(end - p) < e->size || !same_bytes(p, e->text, e->size))
            return UINT32_MAX;
        p += e->size;
        if (e->is_leaf)
            return p == end ? e->to : UINT32_MAX;
        p = import_hole_read(e->form, e->width, p, end, parts++);
        if (!p)
            return UINT32_MAX;
        node = e->to;
    }
}

u32 import_tree_find(const struct import_tree *tree, const char *line, size_t size,
                     struct import_part parts[BLOCK_FIELDS_MAX])
{
    return find(tree, 0, line, line + size, parts);
}

/* ---- Adding. ---- */

static u32 edge_add(struct import_tree *tree, const struct edge *edge)
{
    tree->edges = more(tree->edges, tree->edge_count, sizeof *tree->edges);
    tree->edges[tree->edge_count] = *edge;
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

static u32 chain(struct import_tree *tree, u32 edge, const struct edge *wanted)
{
    u32 added = edge_add(tree, wanted);
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
        return same != UINT32_MAX ? same : chain(tree, n->beside[i], wanted);
    }
    if (n->beside_count == BESIDE_MAX)
        return UINT32_MAX;
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
        return same != UINT32_MAX ? same : chain(tree, nearest, wanted);
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

void import_tree_add(struct import_tree *tree, const struct template *t, u32 shape)
{
    u32 node = 0;
    for (u32 i = 0; i < t->hole_count; i++) {
        const struct template_hole *h = &t->holes[i];
        struct edge wanted = {h->text, h->text_size, h->form, h->width, false, UINT32_MAX, UINT32_MAX};
        u32 edge = edge_of(tree, node, &wanted);
        if (edge == UINT32_MAX)
            return;
        if (tree->edges[edge].to == UINT32_MAX) {
            u32 to = node_add(tree);
            tree->edges[edge].to = to;
        }
        node = tree->edges[edge].to;
    }
    struct edge leaf = {t->tail, t->tail_size, 0, 0, true, shape, UINT32_MAX};
    edge_of(tree, node, &leaf);
}
