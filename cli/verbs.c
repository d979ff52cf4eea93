/* SPDX-License-Identifier: BSD-3-Clause
 * The rows of cli/verbs.def as a table. */
#include "cli/cli.h"

#define JOIN(a, b)  JOIN_(a, b)
#define JOIN_(a, b) a##b

/* Option counts: one enumerator an option, between two that mark the verb. */
enum verb_marks {
#define VERB(name, program, group, operands, least, most, text, about) begin_##name,
#define OPTION(name, letter, argument, text)                           JOIN(option_, __COUNTER__),
#define END(name)                                                      end_##name,
#include "cli/verbs.def"
};

static const struct cli_verb verbs[] = {
#define VERB(verb_name, verb_program, verb_group, verb_operands, least, most, verb_text, verb_about)                   \
    {                                                                                                                  \
        .name = #verb_name, .program = #verb_program, .group = verb_group, .operands = verb_operands,                  \
        .text = verb_text, .about = verb_about, .operands_min = least, .operands_max = most,                           \
        .option_count = end_##verb_name - begin_##verb_name - 1, .options = {
#define OPTION(option_name, option_letter, option_argument, option_text)                                               \
    {.name = option_name, .letter = option_letter, .argument = option_argument, .text = option_text},
#define END(name)                                                                                                      \
    }                                                                                                                  \
    }                                                                                                                  \
    ,
#include "cli/verbs.def"
};

const struct cli_verb *cli_verb_find(const char *name)
{
    for (size_t i = 0; i < countof(verbs); i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

size_t cli_verb_count(void)
{
    return countof(verbs);
}

const struct cli_verb *cli_verb_at(size_t i)
{
    return &verbs[i];
}

enum { WORD_MAX = 32 };

static u32 least(u32 a, u32 b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance; WORD_MAX when a word is too long to be meant. */
static u32 distance(const char *a, const char *b)
{
    size_t length = strlen(a), width = strlen(b);
    if (length >= WORD_MAX || width >= WORD_MAX)
        return WORD_MAX;
    u32 row[WORD_MAX];
    for (u32 j = 0; j <= width; j++)
        row[j] = j;
    for (u32 i = 1; i <= length; i++) {
        u32 diagonal = row[0];
        row[0] = i;
        for (u32 j = 1; j <= width; j++) {
            u32 above = row[j];
            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[width];
}

const char *cli_verb_suggest(const char *name)
{
    const char *best = NULL;
    u32 best_distance = 3;
    for (size_t i = 0; i < countof(verbs); i++) {
        u32 d = distance(name, verbs[i].name);
        if (*name && !strncmp(name, verbs[i].name, strlen(name)))
            d = 1;
        if (d < best_distance && d < strlen(verbs[i].name)) {
            best = verbs[i].name;
            best_distance = d;
        }
    }
    return best;
}
