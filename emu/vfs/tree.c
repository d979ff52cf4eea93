/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/vfs/tree.h"

#include "emu/vfs/blocks.h"

static int fold(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : (u8)c;
}

int tree_compare(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return fold(*a) - fold(*b);
}

static u32 node_new(struct vfs *v)
{
    u32 node = v->node_free;
    if (node) {
        v->node_free = v->nodes[node].next;
        v->nodes[node].next = 0;
    } else if (v->node_high + 1 < VNODES_MAX) {
        node = ++v->node_high;
    }
    return node;
}

u32 tree_child(const struct engine *e, u32 directory, const char *name)
{
    const struct vfs *v = &e->m->vfs;
    u32 child = v->nodes[directory].first_child;
    while (child) {
        int order = tree_compare(v->nodes[child].name, name);
        if (order == 0)
            return child;
        if (order > 0)
            return 0;
        child = v->nodes[child].next;
    }
    return 0;
}

void tree_attach(struct engine *e, u32 parent, u32 node, const char *name)
{
    struct vfs *v = &e->m->vfs;
    struct vnode *n = &v->nodes[node];
    CHECK(strlen(name) < sizeof n->name, "name of %zu bytes", strlen(name));
    memset(n->name, 0, sizeof n->name);
    memcpy(n->name, name, strlen(name));
    n->parent = parent;
    n->device = parent ? v->nodes[parent].device : n->device;
    if (!parent)
        return;
    u32 *link = &v->nodes[parent].first_child;
    while (*link && tree_compare(v->nodes[*link].name, name) < 0)
        link = &v->nodes[*link].next;
    n->next = *link;
    *link = node;
}

u32 tree_add(struct engine *e, u32 parent, const char *name, bool directory)
{
    struct vfs *v = &e->m->vfs;
    u32 node = node_new(v);
    if (node == 0)
        return 0;
    struct vnode *n = &v->nodes[node];
    memset(n, 0, sizeof *n);
    n->attributes = directory ? VFS_DIRECTORY : VFS_NORMAL;
    tree_attach(e, parent, node, name);
    return node;
}

void tree_detach(struct engine *e, u32 node)
{
    struct vfs *v = &e->m->vfs;
    struct vnode *n = &v->nodes[node];
    if (n->parent) {
        u32 *link = &v->nodes[n->parent].first_child;
        while (*link && *link != node)
            link = &v->nodes[*link].next;
        CHECK(*link == node, "node %u is not among its parent's children", node);
        *link = n->next;
    }
    n->parent = 0;
    n->next = 0;
}

void tree_free(struct engine *e, u32 node)
{
    struct vfs *v = &e->m->vfs;
    blocks_resize(e, node, 0);
    memset(&v->nodes[node], 0, sizeof v->nodes[node]);
    v->nodes[node].next = v->node_free;
    v->node_free = node;
}

u32 tree_next(const struct engine *e, u32 root, u32 node)
{
    const struct vnode *nodes = e->m->vfs.nodes;
    if (nodes[node].first_child)
        return nodes[node].first_child;
    while (node != root && node) {
        if (nodes[node].next)
            return nodes[node].next;
        node = nodes[node].parent;
    }
    return 0;
}
