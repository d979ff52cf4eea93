/* SPDX-License-Identifier: BSD-3-Clause
 * Directories: nodes and their order. Names compare without case (ASCII), and children stand in the order of their
 * names, so that an enumeration is the same in every run. */
#ifndef EMU_VFS_TREE_H
#define EMU_VFS_TREE_H

#include "emu/vfs/vfs.h"

int tree_compare(const char *a, const char *b);
/* A new child in its place; 0: no node is free. The name fits, and none of the kind is there. */
u32 tree_add(struct engine *e, u32 parent, const char *name, bool directory);
u32 tree_child(const struct engine *e, u32 directory, const char *name);
/* Out of its parent's list; it keeps its name and device. */
void tree_detach(struct engine *e, u32 node);
/* Into a parent's list under a new name. */
void tree_attach(struct engine *e, u32 parent, u32 node, const char *name);
/* Frees a detached node with its bytes. */
void tree_free(struct engine *e, u32 node);
/* The next node of a walk over all of root's content, parents before children, in order of names; 0: the end. */
u32 tree_next(const struct engine *e, u32 root, u32 node);

#endif
