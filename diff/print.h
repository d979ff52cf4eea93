/* SPDX-License-Identifier: BSD-3-Clause
 * One event as a line of text or of JSON. Arguments and results of kernel calls are named by the export's signature,
 * values of other events by schema/events.def. */
#ifndef DIFF_PRINT_H
#define DIFF_PRINT_H

#include "cli/cli.h"
#include "replay/journal.h"

void print_event(struct journal_reader *journal, const struct event *event, FILE *out);
/* Of it only what stands behind the op: arguments, result, values. A value that the source does not tell is "?". */
void print_details(struct journal_reader *journal, const struct event *event, FILE *out);
/* {"thread", "index", "time", "kind", "op", "lr", "args": {...}, "args_named": {...}, "result", "status", "text",
 * "seq", "lineage"}: time in ticks, addresses, handles, statuses and identities as hex strings, what there is not as
 * null. args_named holds, under the same keys, "function+0xc" for those values of args (and result) that lie where
 * something is known. */
void print_event_json(struct journal_reader *journal, const struct event *event, u64 lineage, FILE *out);

/* What the i-th value of an event (of struct event's v[]) points to: "function+0xc" where that is known, else NULL. A
 * value that is no address by its type has none; of a register whose meaning nobody knows it is what lies there. */
const char *print_name_of(struct journal_reader *journal, const struct event *event, u32 i, char *buffer,
                          size_t capacity);

/* How a call's i-th argument is shown (enum argument_type): a pointer as an address, whatever it points to. */
u8 print_argument_type(u32 op, u32 i);
/* The place of the n-th scalar that a call writes through an `out` argument; -1: there is none, or optional arguments
 * before it make it uncertain which it is. */
int print_out_argument(u32 op, u32 n);

#endif
