/* SPDX-License-Identifier: BSD-3-Clause
 * What the verbs that ask about one run have in common: the opened run, what part of it is meant, in which form to
 * answer, the views, and cells that many tables have. */
#ifndef DIFF_QUERY_H
#define DIFF_QUERY_H

#include "diff/calls.h"
#include "diff/select.h"
#include "diff/table.h"
#include "diff/waits.h"

enum { QUERY_NAME = 96 };

struct query {
    const struct cli *cli;
    struct run *run;
    struct journal_reader *journal;
    struct symbols *symbols;
    const struct run_clock *clock;
    enum table_form form;
    struct survey survey;
    struct select select;
    struct window window;
    u64 limit;
    struct objects objects;
    struct waits waits;
    bool has_objects, has_waits;
};

/* EXIT_OK, or what to exit with: the reason has been printed. Close it all the same. */
int query_open(struct query *q, const struct cli *cli);
void query_close(struct query *q);
/* For verbs that show events: select_follow. */
int query_follow(struct query *q);
int query_objects(struct query *q);
int query_waits(struct query *q);

/* The last time of any thread. */
u64 query_end(const struct query *q);
/* The object that --object VALUE (or text) names: an hsid, or a handle: at the end of the run or else when it last
 * stood for something. OBJECTS_NONE: none. */
u32 query_object(struct query *q, u64 value);
/* The same at a place of the run. */
u32 query_object_at(struct query *q, u64 value, const struct place *place);

/* Cells. */
void query_put_thread(struct query *q, struct table *t, u32 place);             /* TABLE_U64: its id */
void query_put_op(struct query *q, struct table *t, u32 op);                    /* TABLE_TEXT */
void query_put_name(struct query *q, struct table *t, u32 address);             /* TABLE_TEXT: what lies there */
void query_put_lr(struct query *q, struct table *t, u32 lr);                    /* TABLE_HEX and TABLE_TEXT: function */
void query_put_cite(struct query *q, struct table *t, u32 place, u64 position); /* TABLE_CITE */
void query_put_object(struct query *q, struct table *t, u32 object);            /* TABLE_TEXT */
/* "event 0x1070523EB111C6EA", "thread 13 0x8A25E09A8A739C1B", "event at 0x70001000"; "?" for OBJECTS_NONE. */
const char *query_object_name(struct query *q, u32 object, char out[QUERY_NAME]);

#endif
