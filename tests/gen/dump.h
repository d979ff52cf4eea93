/* SPDX-License-Identifier: BSD-3-Clause
 * What an engine writes when it halts on a deadlock: each thread, its state, and what it waits for. */
#ifndef TESTS_GEN_DUMP_H
#define TESTS_GEN_DUMP_H

#include "tests/gen/out.h"
#include "tests/gen/run.h"

void dump_write(struct gen_out *out, const struct gen_run *run);

#endif
