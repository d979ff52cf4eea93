/* SPDX-License-Identifier: BSD-3-Clause
 * What the generator's subcommands are told. */
#ifndef TESTS_GEN_OPTIONS_H
#define TESTS_GEN_OPTIONS_H

#include "tests/gen/run.h"

struct gen_options {
    const char *kind, *class, *output;
    const char *style, *style_a, *style_b; /* NULL: not said */
    u64 seed, events;
    u32 threads; /* 0: not said */
    u32 count;   /* of pairs; 0: one, not in a folder of its own */
    s32 jitter;  /* per mille; -1: not said */
    bool no_lr, no_ordinal, no_handles, no_imports;
};

/* Each returns an exit code. */
int gen_log(const struct gen_options *options);
int gen_pair(const struct gen_options *options);
int gen_seeds(const struct gen_options *options);
/* A style by its name; false with a message: there is no such style. */
bool gen_style_by_name(const char *name, enum gen_style *style);

#endif
