/* SPDX-License-Identifier: BSD-3-Clause
 * The inside of struct import_rules, shared by import_rules.c and import_rules_read.c. */
#ifndef DIFF_IMPORT_RULES_STORE_H
#define DIFF_IMPORT_RULES_STORE_H

#include "diff/import_rules.h"
#include "diff/import_table.h"
#include "diff/import_value.h"

enum { RULES_COVERAGE_MAX = 16 };

struct rules_coverage {
    char key[24];
    char *words;
};

struct import_rules {
    struct import_path_rules *paths;
    struct import_word *words;
    u32 path_count, word_count;
    struct import_table path_table, words_table; /* to places in these */
    struct import_table events, objects;         /* a word's path to a kind, a type */
    struct import_table spellings;               /* a name's path to an op, from `op` statements */
    struct import_table ops;                     /* the same, of all names met */
    struct import_table probes;                  /* PC to op */
    struct import_op_name *names;
    size_t name_count;
    struct import_clock clock;
    char engine[64];
    struct rules_coverage coverage[RULES_COVERAGE_MAX];
    size_t coverage_count;
};

struct import_path_rules *rules_path_add(struct import_rules *rules, u64 path);
void rules_word_add(struct import_rules *rules, u64 path, const char *word, struct import_word meaning);
u32 rules_op_by_name(const char *name);

#endif
