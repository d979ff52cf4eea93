/* SPDX-License-Identifier: BSD-3-Clause
 * Wedges as graphs. */
#ifndef DIFF_LADDER_GRAPH_H
#define DIFF_LADDER_GRAPH_H

#include "diff/graph.h"
#include "diff/ladder.h"
#include "replay/wedge.h"
#include "schema/export.h"

/* A node for each group of rungs, an arrow to what it rests on; at a root, the signal that is missing. */
void ladder_graph(const struct ladder *ladder, struct graph *graph);
/* A node for each thread, an arrow to the owner of what it waits for, or (dashed) to who signalled it last. */
void wedge_graph(const struct wedge_report *report, struct graph *graph);

#endif
