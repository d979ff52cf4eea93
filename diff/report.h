/* SPDX-License-Identifier: BSD-3-Clause
 * The report: the one-page answer (diff/onepage.h) as one HTML file that needs no network, and as CSV tables. The same
 * journals give the same bytes. */
#ifndef DIFF_REPORT_H
#define DIFF_REPORT_H

#include "diff/onepage.h"

/* The whole HTML file. */
void report_write(const struct onepage *page, FILE *out);

/* ---- Its parts. ---- */

extern const char report_style[], report_script[];

/* An event that something in the report rests on. */
struct report_cite {
    u32 side, place;
    u64 position;
};
struct report_cites {
    struct report_cite *rows;
    u32 count;
};
void report_cite(struct report_cites *cites, u32 side, u32 place, u64 position);
/* "[A:7@26]" as a link to the row, in text that is escaped, and the event noted; a thread or event that is not there
 * stays text. */
void report_put_linked(const struct onepage *page, struct report_cites *cites, const char *text, FILE *out);
void report_put_link(const struct onepage *page, struct report_cites *cites, u32 side, u32 place, u64 position,
                     FILE *out);
/* Every cited event with those around it. */
void report_put_events(const struct onepage *page, struct report_cites *cites, FILE *out);
/* The <script> with the timeline's data. */
void report_put_timeline(const struct onepage *page, FILE *out);

#endif
