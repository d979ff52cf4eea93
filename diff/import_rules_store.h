/* SPDX-License-Identifier: BSD-3-Clause
 * The inside of struct import_rules, shared by import_rules.c and import_rules_read.c. */
#ifndef DIFF_IMPORT_RULES_STORE_H
#define DIFF_IMPORT_RULES_STORE_H

#include "diff/import_rules.h"
#include "diff/import_table.h"
#include "diff/import_value.h"

/* How the captured ops follow from what the log holds. */
enum rules_captures { CAPTURES_AS_SAID, CAPTURES_SEEN, CAPTURES_UNLESS_UNSEEN };

enum { RECENT_PATHS = 256 };

struct import_rules {
    struct recent_path {
        u64 path;
        const struct import_path_rules *rules;
    } recent[RECENT_PATHS]; /* what import_rules_path found last, by the path's low bits */
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
    struct coverage *coverage;
    enum rules_captures captures;
    u64 hash; /* over what was read */
};

struct import_path_rules *rules_path_add(struct import_rules *rules, u64 path);
void rules_word_add(struct import_rules *rules, u64 path, const char *word, struct import_word meaning);

#endif
