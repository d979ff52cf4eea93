/* SPDX-License-Identifier: BSD-3-Clause
 * Rules in memory, as parsers ask for them (diff/import_rules.h); import_rules_read.c reads them. */
#include "diff/import_rules_store.h"
#include "diff/ops.h"

#include <stdio.h>
#include <stdlib.h>

struct import_rules *import_rules_create(void)
{
    struct import_rules *rules = calloc(1, sizeof *rules);
    CHECK(rules, "out of memory");
    memcpy(rules->clock.name, "line", 5);
    rules->clock.quantum = 1;
    rules->coverage = coverage_create();
    return rules;
}

void import_rules_destroy(struct import_rules *rules)
{
    if (!rules)
        return;
    struct import_table *tables[] = {&rules->path_table, &rules->words_table, &rules->events, &rules->objects,
                                     &rules->ops,        &rules->spellings,   &rules->probes};
    for (size_t i = 0; i < countof(tables); i++)
        import_table_free(tables[i]);
    for (size_t i = 0; i < rules->name_count; i++)
        free((char *)rules->names[i].name);
    coverage_destroy(rules->coverage);
    free(rules->names);
    free(rules->paths);
    free(rules->words);
    free(rules);
}

static u64 word_key(u64 path, const char *word, size_t size)
{
    return import_path(path + 1, word, size);
}

const struct import_path_rules *import_rules_path(struct import_rules *rules, u64 path, u64 parent)
{
    struct recent_path *recent = &rules->recent[path % RECENT_PATHS];
    if (likely(recent->path == path && path))
        return recent->rules;
    const u32 *place = import_table_get(&rules->path_table, path);
    if (!place)
        place = import_table_get(&rules->path_table, import_path(parent, "*", 1));
    *recent = (struct recent_path){path, place ? &rules->paths[*place] : NULL};
    return recent->rules;
}

struct import_path_rules *rules_path_add(struct import_rules *rules, u64 path)
{
    const u32 *place = import_table_get(&rules->path_table, path);
    memset(rules->recent, 0, sizeof rules->recent);
    if (place)
        return &rules->paths[*place];
    rules->paths = realloc(rules->paths, (rules->path_count + 1) * sizeof *rules->paths);
    CHECK(rules->paths, "out of memory");
    rules->paths[rules->path_count] = (struct import_path_rules){.path = path};
    import_table_set(&rules->path_table, path, rules->path_count);
    return &rules->paths[rules->path_count++];
}

const struct import_word *import_rules_word(const struct import_rules *rules, u64 path, u8 kind, const char *word,
                                            size_t size)
{
    u64 key = word_key(path, word, size);
    const u32 *place = import_table_get(&rules->words_table, key + kind);
    if (!place && kind)
        place = import_table_get(&rules->words_table, key);
    return place ? &rules->words[*place] : NULL;
}

void rules_word_add(struct import_rules *rules, u64 path, const char *word, struct import_word meaning)
{
    rules_path_add(rules, path)->words |= import_word_bit(word, strlen(word));
    meaning.key = word_key(path, word, strlen(word)) + meaning.kind;
    rules->words = realloc(rules->words, (rules->word_count + 1) * sizeof *rules->words);
    CHECK(rules->words, "out of memory");
    rules->words[rules->word_count] = meaning;
    import_table_set(&rules->words_table, meaning.key, rules->word_count++);
}

static u32 number_of(const struct import_table *table, const char *word, size_t size)
{
    const u32 *number = import_table_get(table, import_path(0, word, size));
    return number ? *number : 0;
}

u8 import_rules_event(const struct import_rules *rules, const char *word, size_t size)
{
    return (u8)number_of(&rules->events, word, size);
}

u8 import_rules_default(const struct import_rules *rules)
{
    return import_rules_event(rules, "*", 1);
}

u8 import_rules_object(const struct import_rules *rules, const char *word, size_t size)
{
    return (u8)number_of(&rules->objects, word, size);
}

const struct import_clock *import_rules_clock(const struct import_rules *rules)
{
    return &rules->clock;
}

/* ---- Ops. ---- */

static void note(struct import_rules *rules, u32 op, const char *text, u64 key)
{
    rules->names = realloc(rules->names, (rules->name_count + 1) * sizeof *rules->names);
    char *copy = strdup(text);
    CHECK(rules->names && copy, "out of memory");
    rules->names[rules->name_count++] = (struct import_op_name){op, copy};
    import_table_set(&rules->ops, key, op);
}

/* The first meeting with a spelling: its op is looked up and noted. */
static u32 op_note(struct import_rules *rules, const char *name, size_t size, u64 key)
{
    char *text = strndup(name, size);
    CHECK(text, "out of memory");
    const u32 *other = import_table_get(&rules->spellings, key);
    u32 op = other ? *other : ops_by_name(text);
    if (rules->name_count < IMPORT_OPS_MAX)
        note(rules, op, text, key);
    free(text);
    return op;
}

void import_rules_add_op(struct import_rules *rules, u32 op, const char *name, size_t size)
{
    u64 key = import_path(0, name, size);
    char *text = strndup(name, size);
    CHECK(text, "out of memory");
    if (!import_table_get(&rules->ops, key))
        note(rules, op, text, key);
    free(text);
}

u64 import_rules_hash(const struct import_rules *rules)
{
    return rules->hash;
}

u32 import_op(struct import_rules *rules, const char *name, size_t size)
{
    u64 key = import_path(0, name, size);
    const u32 *op = import_table_get(&rules->ops, key);
    return op ? *op : op_note(rules, name, size, key);
}

u32 import_known_op(struct import_rules *rules, const char *name, size_t size)
{
    char text[64];
    const u32 *op = import_table_get(&rules->ops, import_path(0, name, size));
    if (op)
        return op_is_foreign(*op) ? 0 : *op;
    if (import_table_get(&rules->spellings, import_path(0, name, size)))
        return import_op(rules, name, size);
    if (!size || size >= sizeof text)
        return 0;
    memcpy(text, name, size);
    text[size] = 0;
    return export_by_name(text) ? import_op(rules, name, size) : 0;
}

u32 import_probe(struct import_rules *rules, u32 pc)
{
    char name[24];
    const u32 *op = import_table_get(&rules->probes, pc);
    if (op)
        return *op;
    int size = snprintf(name, sizeof name, "probe@0x%08X", pc);
    return import_op(rules, name, (size_t)size);
}

void import_rules_note_engine(struct import_rules *rules, const char *name, size_t size)
{
    if (rules->engine[0] || size >= sizeof rules->engine)
        return;
    memcpy(rules->engine, name, size);
    rules->engine[size] = 0;
}

const char *import_rules_engine(const struct import_rules *rules)
{
    return rules->engine;
}

size_t import_rules_op_count(const struct import_rules *rules)
{
    return rules->name_count;
}

const struct import_op_name *import_rules_op(const struct import_rules *rules, size_t i)
{
    CHECK(i < rules->name_count, "op %zu of %zu", i, rules->name_count);
    return &rules->names[i];
}

static const char *op_name(const struct import_op_name *name)
{
    const struct export *export = export_find(name->op);
    return export ? export->name : name->name;
}

struct coverage *import_rules_coverage(struct import_rules *rules, const struct import_table *called)
{
    struct coverage *c = rules->coverage;
    if (rules->captures == CAPTURES_SEEN) {
        coverage_set_ops(c, COVERAGE_ONLY);
        for (size_t i = 0; i < rules->name_count; i++)
            coverage_add_op(c, rules->names[i].op, op_name(&rules->names[i]));
    } else if (rules->captures == CAPTURES_UNLESS_UNSEEN) {
        coverage_keep_ops(c, called);
    }
    return c;
}
