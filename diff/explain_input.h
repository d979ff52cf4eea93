/* SPDX-License-Identifier: BSD-3-Clause
 * Inputs of two runs: which of them differ, and which of those a kernel call rests on. */
#ifndef DIFF_EXPLAIN_INPUT_H
#define DIFF_EXPLAIN_INPUT_H

#include "diff/explain.h"

/* The differing input that explains what the call gave, in words; path: of the file that it is about, or "". */
bool explain_find_input(struct explain *x, const struct values_call call[2], const char *path, char *out,
                        size_t capacity);
/* The clock at boot differs. */
bool explain_find_clock(struct explain *x, char *out, size_t capacity);

/* Lines for --changes that make all answers of that kind as the other run had them. 0: there are none that a journal
 * keeps, or too many. */
u32 explain_put_inputs(struct explain *x, u32 other, u32 kind, FILE *out);

#endif
