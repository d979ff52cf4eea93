/* SPDX-License-Identifier: BSD-3-Clause
 * What varies between good runs of one engine: a reference run's threads are laid beside A's from end to end, and every
 * call that one has and the other has not, and every value that differs, is written down. */
#ifndef DIFF_JITTER_H
#define DIFF_JITTER_H

#include "cli/cli.h"
#include "diff/keys.h"

struct jitter_site {
    u64 letter;
    u32 op, lr;
    u64 count;       /* in A */
    u64 least, most; /* in A and all references */
};

struct jitter {
    u64 *letters; /* that vary, in order */
    u32 letter_count;
    u64 *varying; /* letters whose values vary, in order */
    u32 varying_count;
    struct jitter_site *sites; /* of letters, in the same order */
    u32 runs;
    u32 lost; /* pairs of threads that part and do not meet again: behind that nothing is learnt of them */
};

/* The journals that --jitter A2,A3 --jitter A4 ... names, one after the other. Begins as zeros. */
enum { JITTER_PATH = 4096 };
struct jitter_names {
    u32 place;
    const char *list, *next;
    char path[JITTER_PATH]; /* "": what stands between two commas is none */
};
bool jitter_next_name(const struct cli *cli, struct jitter_names *names); /* false: no more */
/* False: one of them is none; err. */
bool jitter_check_lists(const struct cli *cli, struct err *err);
/* False: err says in what the reference run is of another engine, build or title than A: what differs between those is
 * no jitter. What only one of them tells is no hindrance. */
bool jitter_is_reference(struct run *a, struct run *reference, struct err *err);
/* Adds what varies between A and the run at `path`, which must be a reference. False: err. */
bool jitter_learn(struct jitter *jitter, struct run *a, const char *path, u32 parts, struct err *err);
void jitter_free(struct jitter *jitter);

#endif
